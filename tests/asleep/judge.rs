//! What was wrong with a run.

use crate::program::{End, Kind, Program};
use crate::world::name;

const FIRST_LINE: &str = "fatal error: all tasks are asleep - deadlock!";
const PANIC: &str = "all tasks are asleep - deadlock!";

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With this exit code.
    Exit(i32),
    /// By a signal, or not at all in the time it had.
    Killed,
}

/// What a child did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) outcome: Outcome,
    pub(crate) stderr: String,
}

impl Run {
    /// Whether it panicked as all-asleep does, whatever the report says.
    pub(crate) fn panicked(&self) -> bool {
        self.outcome == Outcome::Exit(101) && self.stderr.lines().any(|line| line == PANIC)
    }
}

/// Each way in which the run was not as it must be.
pub(crate) fn faults(program: &Program, run: &Run) -> Vec<String> {
    match program.kind {
        Kind::MustPanic => panic_faults(program, run),
        Kind::MustNot => quiet_faults(program, run),
    }
}

fn quiet_faults(program: &Program, run: &Run) -> Vec<String> {
    let expected = match program.end {
        End::Itself => Outcome::Exit(0),
        End::Stays => Outcome::Killed,
    };
    let mut faults = Vec::new();
    if run.outcome != expected {
        faults.push(format!("ended as {:?}, not as {expected:?}", run.outcome));
    }
    if !run.stderr.is_empty() {
        faults.push("wrote to stderr".to_owned());
    }
    faults
}

fn panic_faults(program: &Program, run: &Run) -> Vec<String> {
    let mut faults = Vec::new();
    if !run.panicked() {
        faults.push(format!("did not panic as it must, but ended as {:?}", run.outcome));
        return faults;
    }
    let lines: Vec<&str> = run.stderr.lines().collect();
    if lines.first() != Some(&FIRST_LINE) {
        faults.push(format!("the first line is {:?}", lines.first()));
    }
    for start in ["cause: ", "fix: "] {
        let found = lines.iter().filter(|line| line.starts_with(start)).count();
        if found != 1 {
            faults.push(format!("{found} lines begin with {start:?}"));
        }
    }
    let listed = |task: usize| lines.iter().any(|line| is_head_of(line, &name(task)));
    for (number, task) in program.tasks.iter().enumerate().filter(|(_, task)| !task.root) {
        if !task.ends && !listed(number) {
            faults.push(format!("task \"{}\" is not listed", name(number)));
        }
        if task.ends && listed(number) {
            faults.push(format!("task \"{}\" is listed, but is over", name(number)));
        }
    }
    let asleep = program.tasks.iter().filter(|task| !task.ends).count();
    let heads = lines.iter().filter(|line| is_head(line)).count();
    if heads != asleep {
        faults.push(format!("{heads} tasks are listed, {asleep} sleep"));
    }
    let roots = program.tasks.iter().filter(|task| task.root).count();
    let panics = lines.iter().filter(|line| line.contains(") panicked at ")).count();
    // The process ends with its main thread, perhaps before the others have panicked.
    if panics == 0 || panics > roots {
        faults.push(format!("{panics} panics, {roots} roots"));
    }
    faults
}

/// `task 17 "fetcher" [mutex lock]:`.
fn is_head(line: &str) -> bool {
    line.starts_with("task ") && line.contains(" [") && line.ends_with(':')
}

fn is_head_of(line: &str, name: &str) -> bool {
    is_head(line) && line.contains(&format!(" \"{name}\" ["))
}
