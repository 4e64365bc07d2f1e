//! Tells a stall.

use std::time::{Duration, SystemTime};

use super::{Doing, Stuck};
use crate::finding::{Class, Evidence, Finding, FindingId, FindingKind, Subject};
use crate::noun;
use crate::registry::TaskView;
use crate::stacks::Call;

/// Tasks named one by one; the others are counted.
const NAMED: usize = 4;

/// One worker is stuck.
#[must_use]
pub fn stuck(stuck: &Stuck) -> Finding {
    let Stuck { worker, task, lasted, .. } = stuck;
    let headline = format!(
        "a poll of {} has kept worker {worker} for {}: it {}",
        who(task),
        long(*lasted),
        doing(stuck.doing),
    );
    let mut evidence = origin(task);
    evidence.extend(calls(&stuck.calls));
    if let Some(ran) = stuck.ran.filter(|_| stuck.doing == Doing::Running) {
        let ran = ran.min(*lasted);
        let text = format!("its thread had the processor for {} of that time", long(ran));
        evidence.push(line(text));
    }
    if !stuck.beside.is_empty() {
        let workers: Vec<String> = stuck.beside.iter().map(usize::to_string).collect();
        let (noun, verb) =
            if workers.len() == 1 { ("worker", "waits") } else { ("workers", "wait") };
        let workers = noun::list(&workers, usize::MAX);
        evidence.push(line(format!("{noun} {workers} {verb} on the same address")));
    }
    evidence.push(line(match (stuck.ready, stuck.workers) {
        (0, 1) => "no other worker could run a task meanwhile".to_owned(),
        (0, _) => "no task waits for a worker at the moment".to_owned(),
        (1, _) => "1 task is ready to run, and waits for a worker".to_owned(),
        (n, _) => format!("{n} tasks are ready to run, and wait for a worker"),
    }));
    finding(&[stuck], Class::Likely, headline, evidence, cure(stuck.doing))
}

/// So many calls are told; the others are counted.
const CALLS: usize = 12;

/// Of calls in crates, if the program's own lie so deep below that they would not be told: so many.
const INNERMOST: usize = 3;

/// `it is in svc::parse, src/parse.rs:41`, and who called that.
fn calls(calls: &[Call]) -> Vec<Evidence> {
    let calls: Vec<&Call> = calls.iter().filter(|call| !call.function.is_empty()).collect();
    let own = calls.iter().position(|call| !call.of_crate).filter(|&own| own >= CALLS);
    let (inner, between, outer) = match own {
        Some(own) => (INNERMOST, own - INNERMOST, (calls.len() - own).min(CALLS - INNERMOST)),
        None => (calls.len().min(CALLS), 0, 0),
    };
    let told = |call: &&Call| format!("{}, {}", call.function, call.at);
    let by = |call: &&Call| line(format!("called by {}", told(call)));
    let mut lines = Vec::new();
    if let Some((first, others)) = calls[..inner].split_first() {
        lines.push(line(format!("it is in {}", told(first))));
        lines.extend(others.iter().map(by));
    }
    if between > 0 {
        lines.push(line(format!("called by {between} more of crates")));
        lines.extend(calls[inner + between..].iter().take(outer).map(by));
    }
    let rest = calls.len() - inner - between - outer;
    if rest > 0 {
        lines.push(line(format!("and {rest} more")));
    }
    lines
}

/// Every worker of a runtime is stuck, and tasks are ready to run.
///
/// # Panics
///
/// If there is none.
#[must_use]
pub fn starved(all: &[Stuck]) -> Finding {
    let first = &all[0];
    let ready = noun::count(first.ready, "task");
    let verb = if first.ready == 1 { "is" } else { "are" };
    let workers = match all.len() {
        1 => "the only worker is".to_owned(),
        2 => "both workers are".to_owned(),
        n => format!("all {n} workers are"),
    };
    let headline = format!("{workers} stuck, and {ready} {verb} ready to run");
    let mut evidence = Vec::new();
    if all.len() > 1 && all.iter().all(|stuck| stuck.doing == first.doing) {
        if let Doing::Futex(address) = first.doing {
            evidence.push(line(format!(
                "they all wait on the address {address:#x}, for instance of one \
                 `std::sync::Mutex`; its guard may be in a task that waits for a worker"
            )));
        }
    }
    for stuck in all.iter().take(NAMED) {
        let at = stuck.task.spawned_at.map_or_else(String::new, |at| format!(", spawned at {at},"));
        let text = format!(
            "worker {}, for {}: {}{at} {}",
            stuck.worker,
            long(stuck.lasted),
            who(&stuck.task),
            doing(stuck.doing),
        );
        evidence.push(Evidence { text, at: stuck.task.spawned_at.map(Into::into) });
    }
    if all.len() > NAMED {
        evidence.push(line(format!("and {} more", all.len() - NAMED)));
    }
    let stuck: Vec<&Stuck> = all.iter().collect();
    finding(&stuck, Class::Likely, headline, evidence, cure(first.doing))
}

fn finding(
    stuck: &[&Stuck],
    class: Class,
    headline: String,
    evidence: Vec<Evidence>,
    fix: &str,
) -> Finding {
    let mut marks = vec![format!("{} stuck", if stuck.len() == 1 { "one" } else { "all" })];
    for stuck in stuck {
        marks.push(state(stuck.doing).to_owned());
        marks.extend(stuck.task.spawned_at.map(|at| at.to_string()));
        marks.extend(stuck.task.type_name.map(str::to_owned));
    }
    marks.sort();
    marks.dedup();
    let lasted = stuck.iter().map(|stuck| stuck.lasted).max().unwrap_or_default();
    let now = SystemTime::now();
    Finding {
        id: FindingId::of(FindingKind::Stall, marks),
        kind: FindingKind::Stall,
        class,
        headline,
        subjects: stuck.iter().map(|stuck| Subject::Task(stuck.task.id)).collect(),
        evidence,
        fix: Some(fix.to_owned()),
        since: now.checked_sub(lasted).unwrap_or(now),
    }
}

fn who(task: &TaskView) -> String {
    match task.meta.as_ref().and_then(|meta| meta.name.as_deref()) {
        Some(name) => format!("{} {}", task.id, noun::quoted(name)),
        None => task.id.to_string(),
    }
}

fn origin(task: &TaskView) -> Vec<Evidence> {
    let function =
        task.type_name.map_or_else(String::new, |name| format!(", {}", noun::tidy(name)));
    let how = if task.root { "it is the future of `block_on`, called" } else { "it was spawned" };
    task.spawned_at
        .map(|at| Evidence { text: format!("{how} at {at}{function}"), at: Some(at.into()) })
        .into_iter()
        .collect()
}

/// The state without its numbers: the same in each run.
const fn state(doing: Doing) -> &'static str {
    match doing {
        Doing::Running => "running",
        Doing::Futex(_) => "futex",
        Doing::Sleep => "sleep",
        Doing::Read(_) => "read",
        Doing::Write(_) => "write",
        Doing::Poll => "poll",
        Doing::Child => "child",
        Doing::Disk => "disk",
        Doing::Call(_) | Doing::Kernel => "system call",
        Doing::Unknown => "unknown",
    }
}

fn doing(doing: Doing) -> String {
    match doing {
        Doing::Running => "is running".to_owned(),
        Doing::Futex(address) => format!(
            "is blocked in a futex at {address:#x}: a `std::sync` lock or Condvar, or a thread's end"
        ),
        Doing::Sleep => "is blocked in a sleep of the thread".to_owned(),
        Doing::Read(fd) => format!("is blocked reading file descriptor {fd}"),
        Doing::Write(fd) => format!("is blocked writing file descriptor {fd}"),
        Doing::Poll => "is blocked waiting for file descriptors".to_owned(),
        Doing::Child => "is blocked waiting for a child process".to_owned(),
        Doing::Disk => "is blocked by a disk".to_owned(),
        Doing::Call(number) => format!("is blocked in system call {number}"),
        Doing::Kernel => "is blocked in the kernel".to_owned(),
        Doing::Unknown => "does not come back".to_owned(),
    }
}

const fn cure(doing: Doing) -> &'static str {
    match doing {
        Doing::Running | Doing::Unknown => {
            "let it `yield_now().await` now and then, or move the work into `task::spawn_blocking`"
        }
        Doing::Futex(_) => {
            "use `wakeful::sync::Mutex` for what is held across an `.await`, a channel instead of a \
             Condvar, or move the call into `task::spawn_blocking`"
        }
        Doing::Sleep => "use `wakeful::time::sleep`",
        Doing::Read(_) | Doing::Write(_) | Doing::Poll | Doing::Disk => {
            "use `wakeful::net`, `wakeful::fs` or `wakeful::io`, or move the call into \
             `task::spawn_blocking`"
        }
        Doing::Child | Doing::Call(_) | Doing::Kernel => {
            "move the call into `task::spawn_blocking`"
        }
    }
}

/// An age that is told however short it is.
fn long(age: Duration) -> String {
    match age.as_millis() {
        millis @ 0..=999 => format!("{millis} ms"),
        _ => noun::age(age).unwrap_or_default(),
    }
}

fn line(text: String) -> Evidence {
    Evidence { text, at: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_the_program_are_told_however_deep_a_crate_is_in_its_own() {
        let call = |n: usize, of_crate| Call {
            function: format!("f{n}"),
            at: format!("a.rs:{n}"),
            of_crate,
        };
        let stack =
            |crates, own| -> Vec<Call> { (0..crates + own).map(|n| call(n, n < crates)).collect() };
        let texts = |stack: &[Call]| -> Vec<String> {
            calls(stack).into_iter().map(|line| line.text).collect()
        };
        assert_eq!(
            texts(&stack(200, 2)),
            [
                "it is in f0, a.rs:0",
                "called by f1, a.rs:1",
                "called by f2, a.rs:2",
                "called by 197 more of crates",
                "called by f200, a.rs:200",
                "called by f201, a.rs:201",
            ]
        );
        let shallow = texts(&stack(11, 9));
        assert_eq!((shallow.len(), shallow[12].as_str()), (13, "and 8 more"));
        assert_eq!(texts(&stack(200, 40)).last().map(String::as_str), Some("and 31 more"));
        assert_eq!(texts(&[]), [""; 0]);
    }
}
