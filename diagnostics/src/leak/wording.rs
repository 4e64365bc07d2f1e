//! Tells what is left over: once for all tasks of one place.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::finding::{Class, Evidence, Finding, FindingId, FindingKind, Subject};
use crate::names::Op;
use crate::noun;
use crate::snapshot::{Index, On, Place, Snapshot, Task, TaskState, Wait};
use crate::store;

/// Tasks named one by one; the others are counted.
const NAMED: usize = 5;
/// Waits of one task told one by one.
const TOLD: usize = 6;

/// One finding for each place where the tasks that `is_left` says were spawned and wait.
pub(super) fn findings(snapshot: &Snapshot, is_left: impl Fn(&Task) -> bool) -> Vec<Finding> {
    let index = Index::new(snapshot);
    let mut places: HashMap<_, usize> = HashMap::new();
    let mut groups: Vec<Vec<&Task>> = Vec::new();
    for task in index.in_order().filter(|task| is_left(task)) {
        let mut waits: Vec<(Op, Place)> = task.waits.iter().map(|w| (w.op, w.at)).collect();
        waits.sort_unstable();
        let asleep = task.is_asleep();
        let waits = if asleep { waits } else { Vec::new() };
        let place = *places.entry((task.spawned_at, asleep, waits)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(task),
            None => groups.push(vec![task]),
        }
    }
    groups.iter().map(|tasks| finding(&index, tasks)).collect()
}

/// What a panic says of them: `call` is what found them.
#[must_use]
pub fn all(call: &str, findings: &[Finding]) -> String {
    let tasks = findings.iter().flat_map(|finding| &finding.subjects);
    let tasks = tasks.filter(|subject| matches!(subject, Subject::Task(_))).count();
    let (verb, them) = if tasks == 1 { ("is", "it") } else { ("are", "them") };
    let mut out = format!(
        "{call}: {} {verb} left over; await or abort {them}, or spawn {them} with \
         `task::Builder::daemon` if {} may stay\n",
        noun::count(tasks, "task"),
        if tasks == 1 { "it" } else { "they" },
    );
    for finding in findings {
        let _ = write!(out, "{finding}");
    }
    out
}

fn finding(index: &Index<'_>, tasks: &[&Task]) -> Finding {
    let first = tasks[0];
    let mut evidence = Vec::new();
    if tasks.len() > 1 {
        let text = noun::list_of(tasks.len(), NAMED, |n| noun::task(tasks[n]));
        evidence.push(Evidence { text, at: first.spawned_at });
    }
    evidence.extend(facts(index, tasks));
    let mut marks = vec!["LK".to_owned()];
    marks.extend(first.spawned_at.map(|at| format!("spawned {at}")));
    if first.is_asleep() {
        marks.extend(first.waits.iter().map(|wait| format!("{} {}", wait.op, wait.at)));
    }
    let oldest = tasks.iter().map(|task| task.age).max().unwrap_or_default();
    let taken = index.snapshot.taken_at;
    Finding {
        id: FindingId::of(FindingKind::Leak, marks),
        kind: FindingKind::Leak,
        class: Class::Likely,
        headline: headline(tasks),
        subjects: tasks.iter().map(|task| Subject::Task(task.id)).collect(),
        evidence,
        fix: Some(fix(tasks)),
        since: taken.checked_sub(oldest).unwrap_or(taken),
    }
}

fn headline(tasks: &[&Task]) -> String {
    let spawned = tasks[0].spawned_at.map_or_else(String::new, |at| format!("spawned at {at}"));
    match tasks {
        [one] if spawned.is_empty() => format!("{} is left over", noun::task(one)),
        [one] => format!("{}, {spawned}, is left over", noun::task(one)),
        several => format!("{} {spawned} are left over", noun::count(several.len(), "task")),
    }
}

/// What they do instead of ending.
fn facts(index: &Index<'_>, tasks: &[&Task]) -> Vec<Evidence> {
    let first = tasks[0];
    let line = |text: String, at: Option<Place>| Evidence { text, at };
    let oldest = tasks.iter().map(|task| task.age).max().unwrap_or_default();
    let age = noun::age(oldest).map_or_else(String::new, |age| format!(", for {age}"));
    match first.state {
        TaskState::Running | TaskState::Runnable | TaskState::Done => {
            let running = tasks.iter().filter(|task| task.state == TaskState::Running).count();
            let text = match (tasks.len(), running) {
                (1, 1) => format!("running{age}"),
                (1, _) => "ready to run".to_owned(),
                (all, running) => format!("{running} running, {} ready to run", all - running),
            };
            vec![line(text, None)]
        }
        TaskState::Waiting if first.waits.is_empty() => {
            let text = match first.foreign_wakers {
                0 => format!("asleep{age}, and no waker is left"),
                _ => format!("asleep{age}; code outside wakeful can wake it"),
            };
            vec![line(text, None)]
        }
        TaskState::Waiting => {
            let told = first.waits.iter().take(TOLD);
            told.map(|wait| line(waits(index, tasks, wait) + &age, Some(wait.at))).collect()
        }
    }
}

/// `channel send at src/main.rs:26, on channel 1 "answers" (0/0)`.
fn waits(index: &Index<'_>, tasks: &[&Task], wait: &Wait) -> String {
    let mut text = format!("{} at {}", wait.op, wait.at);
    let on = |task: &Task| {
        let same = |other: &&Wait| (other.op, other.at) == (wait.op, wait.at);
        task.waits.iter().find(same).map(|wait| wait.on)
    };
    let is_shared = tasks.iter().all(|task| on(task) == Some(wait.on));
    match wait.on {
        On::Resource(id) if is_shared => {
            let fill = index.resource(id).map_or_else(String::new, noun::fill);
            let _ = write!(text, ", on {}{fill}", noun::resource_id(index, id));
        }
        On::Task(id) if is_shared => _ = write!(text, ", of {}", noun::task_id(index, id)),
        On::Moment(left) if tasks.len() == 1 && left >= Duration::from_millis(100) => {
            let _ = write!(text, ", {} more", noun::age(left).unwrap_or_default());
        }
        _ => {}
    }
    text
}

/// How such tasks are brought to their end.
fn fix(tasks: &[&Task]) -> String {
    if let Some(finding) = told(tasks) {
        return format!("see {finding}, which says why {}", plural(tasks, "it waits", "they wait"));
    }
    let first = tasks[0];
    let it = plural(tasks, "it", "them");
    let waits = plural(tasks, "it waits", "they wait");
    let handle = plural(tasks, "its handle", "their handles");
    let how = match first.waits.first().filter(|_| first.is_asleep()).map(|wait| wait.op) {
        Some(Op::Recv | Op::OneshotRecv | Op::WatchChanged | Op::BroadcastRecv) => format!(
            "drop the last sender or close the channel: then {}",
            plural(tasks, "its receive ends", "their receives end"),
        ),
        Some(Op::Send | Op::Closed) => format!(
            "receive what {}, or drop the last receiver: then {}",
            plural(tasks, "it sends", "they send"),
            plural(tasks, "its send ends", "their sends end"),
        ),
        Some(Op::WaitGroup | Op::GroupWait | Op::Join | Op::Barrier) => {
            format!("see to it that what {waits} for ends, and await {it}")
        }
        Some(Op::ContextDone) => format!("cancel the context {waits} for, and await {it}"),
        Some(op) if op.is_external() => format!(
            "abort {it} by {handle}, or let {it} wait for a context or a channel as well and tell \
             {it} to stop"
        ),
        _ => format!("await {it} by {handle} before the end, or abort {it}"),
    };
    format!("{how}; one that may stay is spawned with `task::Builder::daemon`")
}

const fn plural<'a>(tasks: &[&Task], one: &'a str, several: &'a str) -> &'a str {
    if tasks.len() == 1 { one } else { several }
}

/// The finding that tells of each of these tasks why it can never end.
fn told(tasks: &[&Task]) -> Option<FindingId> {
    let is_told = |finding: &Finding| {
        let kinds = [FindingKind::Deadlock, FindingKind::SelfDeadlock, FindingKind::LostWakeup];
        kinds.contains(&finding.kind)
            && tasks.iter().all(|task| finding.subjects.contains(&Subject::Task(task.id)))
    };
    store::findings().into_iter().find(is_told).map(|finding| finding.id)
}
