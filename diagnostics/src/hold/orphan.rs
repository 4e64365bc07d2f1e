//! Locks whose holder has ended: a guard that was forgotten, or went elsewhere.

use std::collections::HashSet;
use std::time::Duration;

use super::{Queue, wording};
use crate::clock::Tick;
use crate::finding::Finding;
use crate::names::{Kind, Op, ResourceId, TaskId};
use crate::registry::{self, Target};
use crate::snapshot::{Index, Place};

/// A hold whose task has ended, while its guard was not dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaleHold {
    /// What is held.
    pub what: ResourceId,
    /// Who took it, if its record was not given to another task since.
    pub by: Option<TaskId>,
    /// Whether others may hold it too: a reader.
    pub shared: bool,
    /// Whether the guard borrows nothing, so that it may live on in another task.
    pub owned: bool,
    /// Where in source it was taken.
    pub at: Place,
    /// How long ago.
    pub age: Duration,
}

/// The holds of tasks that have ended. It looks at every record.
#[must_use]
pub fn stale_holds(now: Tick) -> Vec<StaleHold> {
    let alive: HashSet<TaskId> = registry::tasks().map(|task| task.id).collect();
    let by_locks = registry::resources().filter_map(|lock| {
        let holder = lock.holder.filter(|holder| !alive.contains(&holder.task))?;
        Some(StaleHold {
            what: lock.id,
            by: Some(holder.task),
            shared: holder.shared,
            owned: holder.owned,
            at: holder.site.into(),
            age: holder.since.until(now),
        })
    });
    by_locks.chain(by_edges(now)).collect()
}

fn by_edges(now: Tick) -> impl Iterator<Item = StaleHold> {
    registry::stale_edges().filter(|(_, edge)| edge.op.is_hold()).filter_map(move |(by, edge)| {
        let Target::Resource(index, generation) = edge.target else { return None };
        let lock = registry::resource(index).filter(|lock| lock.generation == generation)?;
        Some(StaleHold {
            what: lock.id,
            by,
            shared: edge.op == Op::HoldsRead,
            owned: edge.op == Op::HoldsOwned,
            at: edge.site.into(),
            age: edge.since.until(now),
        })
    })
}

/// Whether the lock is taken, and by none of the tasks there are.
///
/// Readers leave without a word, but for the last one: how many there were says nothing, that there are
/// some does. One that was forgotten is found once those that are known have left.
pub(super) fn is_one(index: &Index<'_>, queue: &Queue<'_>) -> bool {
    let lock = queue.lock;
    let is_taken = match lock.kind {
        // With somebody served and not back it is between two holders.
        Kind::Mutex => lock.level == 1 && lock.givers == 0,
        Kind::RwLock => lock.level != 0,
        _ => false,
    };
    is_taken && index.held(lock.id).next().is_none()
}

pub(super) fn tell(index: &Index<'_>, queue: &Queue<'_>, stale: &[StaleHold]) -> Finding {
    let lock = queue.lock;
    let (_, oldest) = queue.waiters[0];
    let mut stale = stale.iter().filter(|hold| hold.what == lock.id && hold.age >= oldest.age);
    match stale.next() {
        Some(hold) => wording::orphaned(index, queue, hold),
        None => wording::held_by_nobody(index, queue),
    }
}
