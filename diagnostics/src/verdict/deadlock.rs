//! Deadlock of a part: tasks that wait for ever while the rest of the program runs.

use std::collections::HashSet;

use super::cause::{Causes, causes};
use super::liveness::{Outside, liveness};
use super::wording;
use crate::finding::{Class, Finding, FindingKind, Subject};
use crate::names::{Kind, Op, TaskId};
use crate::snapshot::{Client, Index, On, Snapshot, Task, Wait, snapshot};

/// Judges one snapshot: rings of locks and joins, locks held by tasks that sleep for ever, and
/// tasks that nothing can wake.
///
/// Each finding is *likely*, because the moment of a snapshot has a width. [`confirm`] makes it a
/// proof.
#[must_use]
pub fn examine(snapshot: &Snapshot) -> Vec<Finding> {
    let index = Index::new(snapshot);
    let causes = stuck(&index, Outside::Somebody);
    // Who waits for ever by design and harms nobody by it is left in peace: a daemon, a main that
    // is `pending()`.
    let told = |end: &super::cause::End| {
        let by_design = |wait: &Wait| {
            matches!(wait.op, Op::RecvNever | Op::SelectNone) || wait.on == On::Nothing
        };
        let is_set_aside = |&task: &usize| {
            let task = &snapshot.tasks[task];
            task.daemon || (task.root && task.waits.is_empty())
        };
        end.blocks.is_some()
            || (!end.wait.as_ref().is_some_and(by_design) && !end.tasks.iter().all(is_set_aside))
    };
    wording::findings(&index, &causes, Class::Likely, told)
}

/// Keeps the findings of `later` whose tasks have not moved since `before`.
///
/// What is asleep for good stays put, so a deadlock seen twice with no poll in between is a proof,
/// if it rests on nothing that may have moved unseen. These stay *likely*:
/// * a task without a wait: whoever took it out of a line may still be about to wake it;
/// * what rests on a guard or a permit that may have moved: one of a lock that lives for ever
///   (`&'static`) can be passed to another task, which draws no edge. That it has not been is known
///   if all who have a reference to the lock are stuck themselves;
/// * what rests on who can get at a channel, a group, or a waker outside the house, or on a client not to hang up.
#[must_use]
pub fn confirm(before: &Snapshot, later: &Snapshot) -> Vec<Finding> {
    let mut findings = examine(later);
    if findings.is_empty() {
        return findings;
    }
    let doubted = doubt(later);
    let doubted = Index::new(&doubted);
    let live = liveness(&doubted, Outside::Somebody);
    let (before, later) = (Index::new(before), Index::new(later));
    findings.retain_mut(|finding| {
        let still = finding.subjects.iter().all(|subject| match *subject {
            Subject::Task(id) => before.task(id).zip(later.task(id)).is_some_and(unmoved),
            Subject::Resource(_) => true,
        });
        let sure = finding.subjects.iter().all(|subject| match *subject {
            Subject::Task(id) => {
                // What is told because of what it blocks rests on the guards of those.
                let rests = later.task(id).is_some_and(|task| task.holds.iter().any(|h| h.found));
                !rests && doubted.task_place(id).is_some_and(|place| !live[place])
            }
            Subject::Resource(_) => true,
        });
        if still && sure && finding.kind != FindingKind::LostWakeup {
            finding.class = Class::Proof;
        }
        still
    });
    findings
}

/// The same house, where each guard may have moved to whoever has a reference to its lock, and
/// anybody may get at anything else.
fn doubt(snapshot: &Snapshot) -> Snapshot {
    let mut doubted = snapshot.clone();
    let mut owned = HashSet::new();
    for task in &mut doubted.tasks {
        task.wakers = None;
        match task.client.take() {
            Some(Client::HangsUp(wait)) => task.waits.push(wait),
            Some(Client::Resets) => task.foreign_wakers += 1,
            None => {}
        }
    }
    for hold in doubted.tasks.iter_mut().flat_map(|task| &mut task.holds) {
        hold.found = false;
        if std::mem::replace(&mut hold.owned, true) {
            owned.extend(hold.what);
        }
    }
    for resource in &mut doubted.resources {
        let is_lock = matches!(resource.kind, Kind::Mutex | Kind::RwLock | Kind::Once);
        let references = resource.reach.givers.take();
        resource.reach.takers = references.filter(|_| is_lock && !owned.contains(&resource.id));
    }
    doubted
}

/// Takes a snapshot, searches the memory for who can get at what its tasks wait for, and judges it;
/// see [`examine`]. It takes milliseconds to a second, depending on how large the process is.
#[must_use]
pub fn deadlocks() -> Vec<Finding> {
    let mut seen = snapshot();
    super::watch::survey(&mut seen);
    wording::folded(examine(&seen))
}

/// The tasks that can never go on, as far as that is known: Go's leaked goroutines. Daemons are
/// among them. It takes as long as [`deadlocks`].
#[must_use]
pub fn stuck_tasks() -> Snapshot {
    let (mut seen, stuck) = with_stuck();
    seen.tasks.retain(|task| stuck.contains(&task.id));
    seen
}

/// All tasks, and which of them can never go on.
pub(crate) fn with_stuck() -> (Snapshot, HashSet<TaskId>) {
    let mut seen = snapshot();
    super::watch::survey(&mut seen);
    let live = liveness(&Index::new(&seen), Outside::Somebody);
    let stuck = seen.tasks.iter().zip(live).filter(|(task, live)| !live && task.is_asleep());
    let stuck = stuck.map(|(task, _)| task.id).collect();
    (seen, stuck)
}

/// The causes among the tasks that cannot make progress.
pub(super) fn stuck(index: &Index<'_>, outside: Outside) -> Causes {
    let live = liveness(index, outside);
    let stuck: Vec<bool> = live
        .into_iter()
        .zip(&index.snapshot.tasks)
        .map(|(live, task)| !live && (task.is_asleep() || task.blocks_on().is_some()))
        .collect();
    causes(index, &stuck)
}

/// Whether nothing happened to the task from one snapshot to the next.
pub(super) fn unmoved((before, later): (&Task, &Task)) -> bool {
    let doing = |task: &Task| {
        let waits = task.waits.iter().map(|wait| (wait.op, wait.on, wait.at));
        (task.state, task.polls, task.foreign_wakers, waits.collect::<Vec<_>>())
    };
    before.id == later.id && doing(before) == doing(later)
}
