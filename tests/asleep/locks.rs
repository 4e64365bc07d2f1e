//! A lock of one of several kinds, and the guards a task holds.

use std::sync::Arc;

use crate::house::{
    Mutex, OwnedMutexGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock, Semaphore,
};
use crate::program::LockKind;
use crate::world::bad;

pub(crate) enum AnyLock {
    Mutex(Arc<Mutex<u64>>),
    RwLock(Arc<RwLock<u64>>),
    Semaphore(Arc<Semaphore>),
}

/// Held, not looked at.
pub(crate) enum AnyGuard {
    Mutex(#[expect(dead_code, reason = "its drop is what counts")] OwnedMutexGuard<u64>),
    RwLock(#[expect(dead_code, reason = "its drop is what counts")] OwnedRwLockWriteGuard<u64>),
    Semaphore(#[expect(dead_code, reason = "its drop is what counts")] OwnedSemaphorePermit),
}

impl AnyLock {
    pub(crate) fn new(kind: LockKind) -> Self {
        match kind {
            LockKind::Mutex => Self::Mutex(Arc::new(Mutex::new(0))),
            LockKind::RwLock => Self::RwLock(Arc::new(RwLock::new(0))),
            LockKind::Semaphore => Self::Semaphore(Arc::new(Semaphore::new(1))),
        }
    }

    pub(crate) async fn take(&self) -> AnyGuard {
        match self {
            Self::Mutex(lock) => AnyGuard::Mutex(Arc::clone(lock).lock_owned().await),
            Self::RwLock(lock) => AnyGuard::RwLock(Arc::clone(lock).write_owned().await),
            Self::Semaphore(lock) => match Arc::clone(lock).acquire_owned().await {
                Ok(permit) => AnyGuard::Semaphore(permit),
                Err(_) => bad("a semaphore of it was closed"),
            },
        }
    }
}

/// What a task holds, by the number of the lock.
#[derive(Default)]
pub(crate) struct Guards(Vec<(usize, AnyGuard)>);

impl Guards {
    pub(crate) fn keep(&mut self, lock: usize, guard: AnyGuard) {
        self.0.push((lock, guard));
    }

    pub(crate) fn release(&mut self, lock: usize) {
        drop(self.take(lock));
    }

    pub(crate) fn forget(&mut self, lock: usize) {
        std::mem::forget(self.take(lock));
    }

    fn take(&mut self, lock: usize) -> AnyGuard {
        match self.0.iter().position(|(held, _)| *held == lock) {
            Some(place) => self.0.swap_remove(place).1,
            None => bad("it lets go of a lock it has not"),
        }
    }
}
