//! Who holds a lock, where the lock itself knows: one task at a time, of several that may hold it.
//!
//! While nobody asks for the order of locks, nobody asks a task what it holds: it is enough that the
//! lock knows its task. Plain stores, no search for a free slot: this is part of every lock.
//! Invariants:
//! * of those who hold the lock at most one signs here, and nobody else writes: between going in and
//!   leaving. Who does is the lock's business: of a mutex the holder, of others the first to come;
//! * `task` is written last when the lock is taken, and first when it is given back, so a reader who
//!   finds the same task before and after has read what that task wrote. If that task has given
//!   the lock back and taken it again meanwhile, the line may be that of the other time; a task
//!   that sleeps does no such thing.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::fixed::AtomicSite;
use super::task::TaskRecord;
use crate::clock::Tick;
use crate::names::{Op, Site, TaskId};

/// The guard borrows nothing, so it may be another task's by now.
const OWNED: u64 = 1 << 63;
/// Others may hold it too: a reader.
const SHARED: u64 = 1 << 62;

/// Part of a lock's record.
#[derive(Debug)]
pub(super) struct Holder {
    /// The number of the task, `OWNED` and `SHARED`; zero if nobody has signed.
    task: AtomicU64,
    site: AtomicSite,
    since: AtomicU32,
}

/// A holder as it stood when somebody looked.
#[derive(Debug, Clone, Copy)]
pub struct HolderView {
    /// The task that took the lock, which may have ended since.
    pub task: TaskId,
    /// Whether the guard may have gone to another task.
    pub owned: bool,
    /// Whether others may hold it too.
    pub shared: bool,
    /// Where in source it was taken.
    pub site: Site,
    /// When.
    pub since: Tick,
}

impl Holder {
    pub(super) const fn new() -> Self {
        Self { task: AtomicU64::new(0), site: AtomicSite::new(), since: AtomicU32::new(0) }
    }

    /// `how`: as the operation of an edge tells it.
    #[inline]
    pub(super) fn take(&self, task: &TaskRecord, how: Op, site: Site, since: Tick) {
        self.site.set(site);
        self.since.store(since.0, Ordering::Relaxed);
        let how = match how {
            Op::HoldsOwned => OWNED,
            Op::HoldsRead => SHARED,
            _ => 0,
        };
        self.task.store(task.id().0 | how, Ordering::Release);
    }

    #[inline]
    pub(super) fn leave(&self) {
        self.task.store(0, Ordering::Release);
    }

    /// Where in source the last one who noted it took the lock.
    pub(super) fn last_site(&self) -> Option<Site> {
        self.site.get()
    }

    /// `None` if nobody is known to hold the lock, or it changes hands faster than it can be read.
    pub(super) fn view(&self) -> Option<HolderView> {
        for _ in 0..8 {
            let task = self.task.load(Ordering::Acquire);
            if task == 0 {
                return None;
            }
            let site = self.site.get();
            let since = Tick(self.since.load(Ordering::Acquire));
            if self.task.load(Ordering::Relaxed) == task {
                return Some(HolderView {
                    task: TaskId(task & !(OWNED | SHARED)),
                    owned: task & OWNED != 0,
                    shared: task & SHARED != 0,
                    site: site?,
                    since,
                });
            }
        }
        None
    }
}
