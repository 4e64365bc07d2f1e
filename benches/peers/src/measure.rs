//! Runs a row or a probe on a backend, in a process of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::go;
use crate::list::{BACKENDS, Backend, How};
use crate::table::Cell;

/// A measurement that takes so long hangs.
const LIMIT: Duration = Duration::from_secs(40);

/// What wants to be run, and how often.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub name: &'a str,
    pub size: u64,
    pub rounds: usize,
    /// Files and sockets that one process opens.
    pub descriptors: u64,
}

/// Where the programs lie.
pub struct Bench {
    this: PathBuf,
    go: Result<PathBuf, String>,
}

impl Bench {
    pub fn new() -> Self {
        let this = std::env::current_exe().expect("this binary has a path");
        Self { this, go: go::program() }
    }

    /// Runs it on each backend that has it: A B C, then B C A, so that no backend always follows
    /// the same one.
    pub fn interleave(&self, backends: &[Backend], wanted: Wanted<'_>) -> Vec<Cell> {
        let start = |backend: &Backend| match (&backend.how, &self.go) {
            _ if !backend.runs(wanted.name) => Cell::Absent("-".into()),
            (How::Go, Err(why)) => Cell::Absent(why.clone()),
            _ => enough_descriptors(wanted.descriptors)
                .map_or_else(|| Cell::Figures(Vec::new()), Cell::Absent),
        };
        let mut cells: Vec<_> = backends.iter().map(start).collect();
        for round in 0..wanted.rounds {
            for turn in 0..backends.len() {
                let which = (turn + round) % backends.len();
                let Cell::Figures(figures) = &mut cells[which] else { continue };
                match self.measure(&backends[which], wanted) {
                    Ok(figure) => figures.push(figure),
                    Err(why) => {
                        eprintln!("{} on {}: {why}", wanted.name, backends[which].name);
                        cells[which] = Cell::Absent(format!("failed: {why}"));
                    }
                }
            }
        }
        cells
    }

    /// The subject alone.
    pub fn subject(&self, wanted: Wanted<'_>) -> Result<Vec<f64>, String> {
        self.measure(&BACKENDS[0], wanted)
    }

    /// The figures, or what went wrong.
    fn measure(&self, backend: &Backend, wanted: Wanted<'_>) -> Result<Vec<f64>, String> {
        // A pipe that nobody reads meanwhile may be full; a file is not.
        let (told, said) =
            (self.this.with_file_name("told.txt"), self.this.with_file_name("said.txt"));
        let file = |path: &Path| File::create(path).map_err(|error| error.to_string());
        let mut child = self
            .command(backend, wanted.descriptors)
            .args([wanted.name, &wanted.size.to_string()])
            .env("RUST_BACKTRACE", "0")
            .env("PEERS_CLIENT", &self.this)
            .env_remove("WAKEFUL")
            .stdin(Stdio::null())
            .stdout(file(&told)?)
            .stderr(file(&said)?)
            .spawn()
            .map_err(|error| error.to_string())?;
        let ended = wait(&mut child);
        let said = std::fs::read_to_string(said).unwrap_or_default();
        if ended.as_ref().is_ok_and(ExitStatus::success) {
            // A report of a run that went well would be a false alarm, and is nothing to hide.
            eprint!("{said}");
            let told = std::fs::read_to_string(told).unwrap_or_default();
            let figures: Result<Vec<f64>, _> = told.split_whitespace().map(str::parse).collect();
            return figures.ok().filter(|all| !all.is_empty()).ok_or("no figure".into());
        }
        Err(ended.err().unwrap_or_else(|| reason(&said)))
    }

    fn command(&self, backend: &Backend, descriptors: u64) -> Command {
        let (program, before) = match (&backend.how, &self.go) {
            (How::Go, Ok(program)) => (program, vec![]),
            _ => (&self.this, vec!["--child", backend.name]),
        };
        let mut command = if descriptors > 0 {
            // The shell raises its own limit, and becomes the program.
            let mut shell = Command::new("sh");
            shell.args(["-c", "ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" \"$@\""]).arg(program);
            shell
        } else {
            Command::new(program)
        };
        command.args(before).env("GOMAXPROCS", "2");
        command
    }
}

fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Err(error) => return Err(error.to_string()),
            Ok(None) if start.elapsed() > LIMIT => {
                // It may just have ended: then there is nothing to kill.
                let _ = child.kill();
                let _ = child.wait();
                return Err("hangs".into());
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// What a process said last, in a few words: what it panicked with, if it did.
fn reason(said: &str) -> String {
    let mut lines = said.lines().skip_while(|line| !line.contains("panicked at"));
    let panic = said.lines().find_map(|line| line.strip_prefix("panic: ")).or(lines.nth(1));
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    let words: String = panic.or(last).unwrap_or("no word of why").chars().take(60).collect();
    words.replace('|', "/")
}

/// Why there are not so many, if so.
fn enough_descriptors(wanted: u64) -> Option<String> {
    let text = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("Max open files"))?;
    let allowed: u64 = line.split_whitespace().nth(4)?.parse().ok()?;
    (wanted > allowed).then(|| format!("needs {wanted} descriptors, {allowed} are allowed"))
}
