//! Runs a variant of a kernel in a child process, and tells what came of it.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::event::Event;
use crate::kernel::{Kernel, Sign, Variant};
use crate::pace::Pace;

/// How children are run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) pace: Pace,
    /// How long a child watches over what its main left behind.
    pub(crate) patience: Duration,
}

/// What came of a child.
#[derive(Debug)]
pub(crate) struct Run {
    /// What it told, in the order of telling.
    pub(crate) events: Vec<Event>,
    /// `None`: it did not end, and was killed.
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

/// A child has so much more time than it needs for its patience.
const GRACE: Duration = Duration::from_secs(5);

impl Run {
    /// The signs among `wanted` that were told.
    pub(crate) fn signs(&self, wanted: &[Sign]) -> Vec<Sign> {
        let signs = self.events.iter().filter_map(|event| match event {
            Event::Found { sign, .. } if wanted.contains(sign) => Some(*sign),
            _ => None,
        });
        let mut signs: Vec<Sign> = signs.collect();
        signs.sort();
        signs.dedup();
        signs
    }

    /// Whether main did not return, or something was left behind.
    pub(crate) fn hung(&self) -> bool {
        let left = |event: &Event| {
            matches!(event, Event::Found { sign: Sign::AllAsleep | Sign::Leak, .. })
        };
        !self.events.contains(&Event::Over) || self.events.iter().any(left)
    }

    /// What a run of a cured kernel must not show.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = self
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Found { sign, class, headline } => {
                    Some(format!("{} ({class}): {headline}", sign.letters()))
                }
                Event::Over => None,
            })
            .collect();
        match self.code {
            Some(0) => {}
            Some(code) => faults.push(format!("exit code {code}")),
            None => faults.push("did not end".to_owned()),
        }
        if faults.is_empty() && !self.stderr.is_empty() {
            faults.push("wrote to stderr".to_owned());
        }
        faults
    }
}

pub(crate) fn run(kernel: &Kernel, variant: Variant, manner: Manner) -> Run {
    let this = std::env::current_exe().expect("this binary has a path");
    let mut child = Command::new(this)
        .args([variant.flag(), kernel.id])
        .args(["--pace", manner.pace.word()])
        .args(["--patience", &manner.patience.as_millis().to_string()])
        .env("RUST_BACKTRACE", "0")
        .env_remove("WAKEFUL")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a child process");
    let mut stdout = child.stdout.take().expect("stdout is a pipe");
    let mut stderr = child.stderr.take().expect("stderr is a pipe");
    let (mut told, mut written) = (Vec::new(), Vec::new());
    let code = thread::scope(|scope| {
        scope.spawn(|| stdout.read_to_end(&mut told));
        scope.spawn(|| stderr.read_to_end(&mut written));
        end_of(&mut child, manner.patience + GRACE)
    });
    let events = String::from_utf8_lossy(&told).lines().filter_map(Event::read).collect();
    Run { events, code, stderr: String::from_utf8_lossy(&written).into_owned() }
}

fn end_of(child: &mut Child, limit: Duration) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return Some(status.code().unwrap_or_else(|| -status.signal().unwrap_or_default()));
        }
        thread::sleep(Duration::from_millis(3));
    }
    child.kill().expect("the child can be killed");
    child.wait().expect("the child can be waited for");
    None
}
