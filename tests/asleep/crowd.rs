//! Runs programs in child processes, a few at a time.

use std::io::Read;
use std::ops::Range;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::KINDS;
use crate::judge::{Outcome, Run, faults};
use crate::program::{End, Kind, Program};

/// Children at a time: they sleep more than they run.
const LANES: usize = 6;
/// After this long a child that should have ended will not.
const LIMIT: Duration = Duration::from_secs(20);
/// A child that stays is watched for this long. A slow machine makes the watch weaker, not wrong.
const WATCH: Duration = Duration::from_millis(700);

/// So much of what it wrote is shown when something is wrong.
const STDERR_LINES: usize = 30;

/// A program that did not do as it must.
struct Failure {
    kind: Kind,
    seed: u64,
    missed_or_false: bool,
    faults: Vec<String>,
    stderr: String,
}

/// Runs both programs of each seed, and tells how many did as they must.
pub(crate) fn all(seeds: Range<u64>) -> ExitCode {
    let next = AtomicU64::new(seeds.start);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    for kind in KINDS {
                        let failure = failure(&Program::of(kind, seed));
                        failures.lock().expect("no lane panics").extend(failure);
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no lane panics");
    failures.sort_by_key(|failure| (failure.kind == Kind::MustNot, failure.seed));
    for failure in &failures {
        tell(&format!(
            "{:?} {}: {}; rerun: cargo test --test asleep -- --seed {}",
            failure.kind,
            failure.seed,
            failure.faults.join("; "),
            failure.seed
        ));
        failure.stderr.lines().take(STDERR_LINES).for_each(|line| tell(&format!("    {line}")));
    }
    let count = (seeds.end - seeds.start) as usize;
    let wrong = |kind, missed_or_false| {
        let of_kind = |f: &&Failure| f.kind == kind && f.missed_or_false == missed_or_false;
        failures.iter().filter(of_kind).count()
    };
    let (missed, ill_told) = (wrong(Kind::MustPanic, true), wrong(Kind::MustPanic, false));
    let (loud, stuck) = (wrong(Kind::MustNot, true), wrong(Kind::MustNot, false));
    tell(&format!(
        "must panic: {} found, {missed} missed; must not: {} silent, {loud} false",
        count - missed,
        count - loud - stuck
    ));
    if ill_told > 0 {
        tell(&format!("of those found, {ill_told} reports were not as they must be"));
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs both programs of one seed, and shows everything.
pub(crate) fn one(seed: u64) -> ExitCode {
    let mut all_well = true;
    for kind in KINDS {
        let program = Program::of(kind, seed);
        let run = child(&program);
        let faults = faults(&program, &run);
        all_well &= faults.is_empty();
        tell(&format!("{program:#?}\n{:?}; stderr:\n{}", run.outcome, run.stderr));
        tell(&format!(
            "{kind:?} {seed}: {}\n",
            if faults.is_empty() { "as it must" } else { "WRONG" }
        ));
        faults.iter().for_each(|fault| tell(fault));
    }
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn failure(program: &Program) -> Option<Failure> {
    let run = child(program);
    let faults = faults(program, &run);
    if faults.is_empty() {
        return None;
    }
    let missed_or_false = run.panicked() == (program.kind == Kind::MustNot);
    let Run { stderr, .. } = run;
    Some(Failure { kind: program.kind, seed: program.seed, missed_or_false, faults, stderr })
}

/// What is said of time is another matter, and a busy machine gives cause for it. What ends with all
/// asleep may have been stuck in part before, and locks of random programs have no order.
const fn quiet(kind: Kind) -> &'static str {
    match kind {
        Kind::MustPanic => {
            "long_hold=off,stall=off,leak=off,lock_order=off,deadlock=off,lost_wakeup=off"
        }
        Kind::MustNot => "long_hold=off,stall=off,leak=off,lock_order=off",
    }
}

fn child(program: &Program) -> Run {
    let this = std::env::current_exe().expect("this binary has a path");
    let mut child = Command::new(this)
        .args([program.kind.flag(), &program.seed.to_string()])
        .env("RUST_BACKTRACE", "0")
        .env("WAKEFUL", quiet(program.kind))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a child process");
    let mut stderr = child.stderr.take().expect("stderr is a pipe");
    let limit = if program.end == End::Stays { WATCH } else { LIMIT };
    let mut bytes = Vec::new();
    let outcome = thread::scope(|scope| {
        scope.spawn(|| stderr.read_to_end(&mut bytes));
        end_of(&mut child, limit)
    });
    Run { outcome, stderr: String::from_utf8_lossy(&bytes).into_owned() }
}

fn end_of(child: &mut Child, limit: Duration) -> Outcome {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return outcome(status);
        }
        thread::sleep(Duration::from_millis(3));
    }
    child.kill().expect("the child can be killed");
    outcome(child.wait().expect("the child can be waited for"))
}

fn outcome(status: ExitStatus) -> Outcome {
    match (status.code(), status.signal()) {
        (Some(code), None) => Outcome::Exit(code),
        _ => Outcome::Killed,
    }
}

#[expect(clippy::print_stdout, reason = "it is what this command is for")]
fn tell(line: &str) {
    println!("{line}");
}
