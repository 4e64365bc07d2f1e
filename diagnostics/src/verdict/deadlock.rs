//! Deadlock of a part: tasks that wait for ever while the rest of the program runs.

use super::cause::{Causes, causes};
use super::liveness::{Outside, liveness};
use super::wording;
use crate::finding::{Class, Finding, FindingKind, Subject};
use crate::names::Op;
use crate::snapshot::{Index, Snapshot, Task, Wait, snapshot};

/// Judges one snapshot: rings of locks and joins, locks held by tasks that sleep for ever, and
/// tasks that nothing can wake.
///
/// Each finding is *likely*, because the moment of a snapshot has a width. [`confirm`] makes it a
/// proof.
#[must_use]
pub fn examine(snapshot: &Snapshot) -> Vec<Finding> {
    let index = Index::new(snapshot);
    let causes = stuck(&index, Outside::Somebody);
    // Who waits for ever and harms nobody by it is left in peace.
    let told = |end: &super::cause::End| {
        let counted = |wait: &Wait| matches!(wait.op, Op::WaitGroup | Op::Acquire);
        end.blocks.is_some() || end.wait.as_ref().is_none_or(counted)
    };
    wording::findings(&index, &causes, Class::Likely, told)
}

/// Keeps the findings of `later` whose tasks have not moved since `before`.
///
/// What is asleep for good stays put, so a deadlock seen twice with no poll in between is a proof,
/// if it rests on nothing that may have moved unseen. These stay *likely*:
/// * a task without a wait: whoever took it out of a line may still be about to wake it;
/// * what rests on a guard or a permit. One of a lock that lives for ever (`&'static`) may have
///   been moved to another task, which draws no edge.
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
            Subject::Task(id) => doubted.task_place(id).is_some_and(|place| !live[place]),
            Subject::Resource(_) => true,
        });
        if still && sure && finding.kind != FindingKind::LostWakeup {
            finding.class = Class::Proof;
        }
        still
    });
    findings
}

/// The same house, where each guard may have moved.
fn doubt(snapshot: &Snapshot) -> Snapshot {
    let mut doubted = snapshot.clone();
    for hold in doubted.tasks.iter_mut().flat_map(|task| &mut task.holds) {
        hold.owned = true;
    }
    doubted
}

/// Takes a snapshot and judges it; see [`examine`].
#[must_use]
pub fn deadlocks() -> Vec<Finding> {
    examine(&snapshot())
}

/// The causes among the tasks that cannot make progress.
pub(super) fn stuck(index: &Index<'_>, outside: Outside) -> Causes {
    let live = liveness(index, outside);
    let stuck: Vec<bool> = live
        .into_iter()
        .zip(&index.snapshot.tasks)
        .map(|(live, task)| !live && task.is_asleep())
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
