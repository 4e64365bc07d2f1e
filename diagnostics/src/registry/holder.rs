//! Who holds a lock that only one task at a time can hold.
//!
//! While nobody asks for the order of locks, nobody asks a task what it holds: it is enough that the
//! lock knows its task. Plain stores, no search for a free slot: this is part of every lock.
//! Invariants:
//! * only the holder writes: between taking the lock and giving it back;
//! * `task` is written last when the lock is taken, and first when it is given back, so a reader who
//!   finds the same task before and after has read what that task wrote. If that task has given
//!   the lock back and taken it again meanwhile, the line may be that of the other time; a task
//!   that sleeps does no such thing.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::fixed::AtomicSite;
use super::task::TaskRecord;
use crate::clock::{self, Tick};
use crate::names::{Site, TaskId};

/// The guard borrows nothing, so it may be another task's by now.
const OWNED: u64 = 1 << 63;

/// Part of a lock's record.
#[derive(Debug, Default)]
pub(super) struct Holder {
    /// The number of the task, and `OWNED`; zero if nobody holds the lock, or nobody knows who does.
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
    /// Where in source it was taken.
    pub site: Site,
    /// When.
    pub since: Tick,
}

impl Holder {
    #[inline]
    pub(super) fn take(&self, task: &TaskRecord, owned: bool, site: Site) {
        self.site.set(site);
        self.since.store(clock::cached().0, Ordering::Relaxed);
        let owned = if owned { OWNED } else { 0 };
        self.task.store(task.id().0 | owned, Ordering::Release);
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
                let owned = task & OWNED != 0;
                return Some(HolderView { task: TaskId(task & !OWNED), owned, site: site?, since });
            }
        }
        None
    }
}
