//! Tells who holds a lock for how long, what it does meanwhile, and who waits.

use std::time::Duration;

use super::meanwhile::{Meanwhile, meanwhile};
use super::{Queue, StaleHold};
use crate::finding::{Class, Evidence, Finding, FindingId, FindingKind, Subject};
use crate::noun;
use crate::snapshot::{Hold, Index, Place, Resource, Task};

/// Waiters named one by one; the others are counted.
const NAMED: usize = 4;

/// A task holds it. `others`: how many more readers do so for that long.
pub(super) fn held(
    index: &Index<'_>,
    queue: &Queue<'_>,
    holder: &Task,
    hold: &Hold,
    others: usize,
) -> Finding {
    let lock = queue.lock;
    let how = if hold.shared { "has been reading" } else { "has held" };
    let headline = format!(
        "{} {how} {} for {}, and {}",
        noun::task(holder),
        noun::resource(lock),
        long(hold.age),
        waiting(queue),
    );
    let Meanwhile { evidence: doing, fix } = meanwhile(index, holder, hold);
    let mut evidence = vec![line(format!("it was taken at {}", hold.at), Some(hold.at))];
    evidence.extend(doing);
    if hold.owned {
        let text = "the guard borrows nothing, so it may be with another task by now";
        evidence.push(line(text.to_owned(), None));
    }
    if others > 0 {
        let readers = noun::count(others, "other reader");
        evidence.push(line(format!("{readers} for as long"), None));
    }
    evidence.extend(waiters(queue));
    let class = if hold.owned { Class::Hint } else { Class::Likely };
    let subjects = vec![Subject::Task(holder.id)];
    finding(
        index,
        queue,
        class,
        Told { how: "holds", headline, evidence, fix, subjects, taken_at: Some(hold.at) },
    )
}

/// The task that took it has ended.
pub(super) fn orphaned(index: &Index<'_>, queue: &Queue<'_>, hold: &StaleHold) -> Finding {
    let lock = queue.lock;
    let by = hold.by.map_or_else(|| "a task".to_owned(), |id| id.to_string());
    let headline = format!(
        "{} was taken by {by}, which has ended, and {}",
        noun::resource(lock),
        waiting(queue)
    );
    let mut evidence = vec![line(
        format!("it was taken at {}, {} ago, and not released since", hold.at, long(hold.age)),
        Some(hold.at),
    )];
    if hold.owned {
        let text = "the guard borrows nothing, so it may be with another task, or in a collection";
        evidence.push(line(text.to_owned(), None));
    }
    evidence.extend(waiters(queue));
    let class = if hold.owned { Class::Hint } else { Class::Likely };
    let fix = format!(
        "let the guard taken at {} be dropped: look for `mem::forget`, `Box::leak`, a circle of \
         `Arc`s, or a place where it is kept",
        hold.at
    );
    let (how, subjects) = ("orphan", Vec::new());
    let told = Told { how, headline, evidence, fix, subjects, taken_at: Some(hold.at) };
    finding(index, queue, class, told)
}

/// No task is known to have taken it.
pub(super) fn held_by_nobody(index: &Index<'_>, queue: &Queue<'_>) -> Finding {
    let lock = queue.lock;
    let headline = format!(
        "{} is taken, no task is known to hold it, and {}",
        noun::resource(lock),
        waiting(queue)
    );
    let mut evidence =
        vec![line("it was taken outside a task, or its guard is kept somewhere".to_owned(), None)];
    evidence.extend(waiters(queue));
    let fix = "look for a `try_lock` in a plain thread that keeps its guard".to_owned();
    let (how, subjects) = ("nobody", Vec::new());
    let told = Told { how, headline, evidence, fix, subjects, taken_at: None };
    finding(index, queue, Class::Hint, told)
}

struct Told {
    /// What sort of hold it is, for the id.
    how: &'static str,
    headline: String,
    evidence: Vec<Evidence>,
    fix: String,
    subjects: Vec<Subject>,
    taken_at: Option<Place>,
}

fn finding(index: &Index<'_>, queue: &Queue<'_>, class: Class, mut told: Told) -> Finding {
    let lock = queue.lock;
    if let Some(at) = lock.created_at {
        let text = format!("{} was created at {at}", noun::resource(lock));
        told.evidence.push(line(text, Some(at)));
    }
    let (_, oldest) = queue.waiters[0];
    let mut marks = vec![format!("{} {}", lock.kind, lock_class(lock))];
    marks.extend(told.taken_at.map(|at| format!("{} {at}", told.how)));
    marks.push(format!("{} {}", oldest.op, oldest.at));
    let mut subjects = told.subjects;
    subjects.extend(queue.waiters.iter().map(|(task, _)| Subject::Task(task.id)));
    subjects.push(Subject::Resource(lock.id));
    let taken = index.snapshot.taken_at;
    Finding {
        id: FindingId::of(FindingKind::LongHold, marks),
        kind: FindingKind::LongHold,
        class,
        headline: told.headline,
        subjects,
        evidence: told.evidence,
        fix: Some(told.fix),
        since: taken.checked_sub(oldest.age).unwrap_or(taken),
    }
}

/// Its name, or the place where it was made: what is the same for all locks alike.
fn lock_class(lock: &Resource) -> String {
    match (&lock.name, lock.created_at) {
        (Some(name), _) => name.to_string(),
        (None, Some(at)) => at.to_string(),
        (None, None) => String::new(),
    }
}

/// `3 tasks wait for it`.
fn waiting(queue: &Queue<'_>) -> String {
    match queue.waiters.len() {
        1 => "1 task waits for it".to_owned(),
        n => format!("{n} tasks wait for it"),
    }
}

fn waiters(queue: &Queue<'_>) -> Vec<Evidence> {
    let (task, wait) = queue.waiters[0];
    let text = format!(
        "{} has waited for {}: {} at {}",
        noun::task(task),
        long(wait.age),
        wait.op,
        wait.at
    );
    let mut evidence = vec![line(text, Some(wait.at))];
    let others = &queue.waiters[1..];
    if !others.is_empty() {
        let names = noun::list_of(others.len(), NAMED, |n| noun::task(others[n].0));
        let verb = if others.len() == 1 { "has" } else { "have" };
        evidence.push(line(format!("{names} {verb} waited less"), None));
    }
    evidence
}

/// An age that is told however short it is.
pub(super) fn long(age: Duration) -> String {
    noun::age(age).unwrap_or_else(|| format!("{} ms", age.as_millis()))
}

pub(super) fn line(text: String, at: Option<Place>) -> Evidence {
    Evidence { text, at }
}
