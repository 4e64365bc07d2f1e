//! Locks held for long while others wait for them.
//!
//! To hold a lock across a wait is legal, so each of these is *likely* at most, and it takes both: a
//! hold and a wait for it that are older than the limit. With the hold the report tells what its
//! task does instead of letting go.
//!
//! A lock can also be held by nobody: the guard was forgotten, or the task that took it has ended
//! and the guard lives on elsewhere. The slot of its edge is taken as long as the guard is, so it is
//! known where the lock was taken even then.

mod contended;
mod meanwhile;
mod orphan;
mod wording;

pub use contended::contended;
pub use orphan::{StaleHold, stale_holds};

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::finding::{Finding, Subject};
use crate::names::{Kind, Op, ResourceId, RuntimeId};
use crate::snapshot::{Hold, Index, On, Resource, Snapshot, Task, TaskState, Wait};
use crate::verdict::{Outside, liveness};

/// A lock that nobody holds is waited for in vain for so long before it is told.
pub const ORPHAN: Duration = Duration::from_secs(1);

/// A lock for which somebody waits too long.
struct Queue<'a> {
    lock: &'a Resource,
    /// The oldest first.
    waiters: Vec<(&'a Task, &'a Wait)>,
}

/// Finds locks that were held for longer than the limit while somebody waited for longer than that.
///
/// `limit`: from how long on, by runtime; `None` does not look. `doubt`: how long it takes to find
/// out whether a task that waits for another one does so for ever; nobody does if it is zero.
///
/// A holder that can never go on is left out: that is a deadlock, and told as one. The first subject
/// of each finding is its holder.
#[must_use]
pub fn examine(
    snapshot: &Snapshot,
    limit: impl Fn(RuntimeId) -> Option<Duration>,
    doubt: Duration,
) -> Vec<Finding> {
    let index = Index::new(snapshot);
    let queues = queues(&index, &limit);
    if queues.is_empty() {
        return Vec::new();
    }
    let live = liveness(&index, Outside::Somebody);
    let may_go_on = |task: &Task| index.task_place(task.id).is_none_or(|place| live[place]);
    let mut findings = Vec::new();
    for queue in &queues {
        let too_long = |(task, hold): &(&Task, &Hold)| {
            let least = if may_be_dead(task) { doubt } else { Duration::ZERO };
            limit(task.runtime).is_some_and(|limit| hold.age >= limit.max(least)) && !is_late(task)
        };
        let mut holders: Vec<_> = index.held(queue.lock.id).filter(too_long).collect();
        holders.sort_by_key(|(task, hold)| (std::cmp::Reverse(hold.age), task.id));
        if let Some(&(holder, hold)) = holders.first().filter(|(holder, _)| may_go_on(holder)) {
            findings.push(wording::held(&index, queue, holder, hold, holders.len() - 1));
        }
    }
    findings
}

/// Whether the holder is among these subjects of deadlocks, or waits for such alone: those were told, and are
/// the cause.
#[must_use]
pub fn is_behind(snapshot: &Snapshot, dead: &HashSet<Subject>, long_hold: &Finding) -> bool {
    let Some(&holder) = long_hold.subjects.first() else { return false };
    let task = snapshot.tasks.iter().find(|task| Subject::Task(task.id) == holder);
    let is_dead = |wait: &Wait| match wait.on {
        On::Resource(id) => dead.contains(&Subject::Resource(id)),
        On::Task(id) => dead.contains(&Subject::Task(id)),
        _ => false,
    };
    let waits = task.map_or(&[][..], |task| &task.waits);
    dead.contains(&holder) || (!waits.is_empty() && waits.iter().all(is_dead))
}

/// Finds locks that are taken, and by none of the tasks there are, while somebody has waited for
/// [`ORPHAN`].
///
/// `limit`: `None` for the runtimes where it is not looked for. `stale`: see [`stale_holds`]; asked
/// only if there is such a lock.
///
/// Between the taking of a lock and its mark in the registry lies a moment, so this is to be
/// believed when it is found twice.
#[must_use]
pub fn orphans(
    snapshot: &Snapshot,
    stale: impl FnOnce() -> Vec<StaleHold>,
    limit: impl Fn(RuntimeId) -> Option<Duration>,
) -> Vec<Finding> {
    let index = Index::new(snapshot);
    let mut queues = queues(&index, |runtime| limit(runtime).map(|_| ORPHAN));
    queues.retain(|queue| orphan::is_one(&index, queue));
    if queues.is_empty() {
        return Vec::new();
    }
    let stale = stale();
    queues.iter().map(|queue| orphan::tell(&index, queue, &stale)).collect()
}

/// Whether the task sleeps, and neither a clock nor anything outside the process ends it.
fn may_be_dead(task: &Task) -> bool {
    task.is_asleep() && !task.waits.iter().any(|wait| wait.op.is_external())
}

/// Whether the task would go on if only a worker came to it: not the lock is what is slow.
fn is_late(task: &Task) -> bool {
    task.state == TaskState::Runnable
}

/// The locks for which somebody waits too long, in the order of their numbers.
fn queues<'a>(index: &Index<'a>, limit: impl Fn(RuntimeId) -> Option<Duration>) -> Vec<Queue<'a>> {
    let mut waiters: HashMap<ResourceId, Vec<(&Task, &Wait)>> = HashMap::new();
    for task in index.in_order().filter(|task| task.is_asleep()) {
        for wait in &task.waits {
            if let Some(id) = wanted(wait) {
                waiters.entry(id).or_default().push((task, wait));
            }
        }
    }
    let mut queues = Vec::new();
    for (id, mut waiters) in waiters {
        waiters.sort_by_key(|(task, wait)| (std::cmp::Reverse(wait.age), task.id));
        let (oldest, wait) = waiters[0];
        let Some(lock) = index.resource(id).filter(|lock| is_lock(lock.kind)) else { continue };
        if limit(oldest.runtime).is_some_and(|limit| wait.age >= limit) {
            queues.push(Queue { lock, waiters });
        }
    }
    queues.sort_by_key(|queue| queue.lock.id);
    queues
}

/// For which lock it waits, if it is one.
fn wanted(wait: &Wait) -> Option<ResourceId> {
    match (wait.op, wait.on) {
        (Op::Lock | Op::Read | Op::Write, On::Resource(id)) => Some(id),
        _ => None,
    }
}

const fn is_lock(kind: Kind) -> bool {
    matches!(kind, Kind::Mutex | Kind::RwLock)
}
