//! The task a worker will run next.
//!
//! A task that was just woken finds its data still warm, so it goes here, and not to the end of
//! the queue. Thieves leave it alone; the monitor takes it out when the worker is stuck in a poll. Each
//! wake puts a task here and each poll takes it out, so the owner does both by a load and a store: see
//! [`Latch`]. Invariant: the pointer is null, or from `Ready::into_ptr` and not given back; it changes
//! inside of the latch only.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use wakeful_diagnostics::registry::TaskRecord;

use super::latch::Latch;
use crate::task::Ready;

/// A slot for one ready task.
#[derive(Debug, Default)]
pub(crate) struct Next {
    task: AtomicPtr<TaskRecord>,
    latch: Latch,
}

impl Next {
    /// Puts a task in if there is none, as there mostly is not; else it comes back, to
    /// [replace](Self::replace) the other one. Only the owner does.
    #[inline]
    pub(crate) fn put(&self, task: Ready) -> Result<(), Ready> {
        let mut task = Some(task);
        self.latch.own_at_once(|| {
            if self.is_empty() {
                if let Some(task) = task.take() {
                    self.task.store(task.into_ptr(), Ordering::Release);
                }
            }
        });
        task.map_or(Ok(()), Err)
    }

    /// Puts a task in, and takes out the one that was there. Only the owner does.
    #[inline]
    pub(crate) fn replace(&self, task: Ready) -> Option<Ready> {
        self.latch.own(|| self.swap(task.into_ptr()))
    }

    /// Takes the task out. Only the owner does.
    #[inline]
    pub(crate) fn take(&self) -> Option<Ready> {
        if self.is_empty() {
            return None;
        }
        self.latch.own(|| self.swap(ptr::null_mut()))
    }

    /// Takes the task out while the owner is elsewhere.
    pub(crate) fn raid(&self) -> Option<Ready> {
        if self.is_empty() {
            return None;
        }
        self.latch.raid(|| self.swap(ptr::null_mut())).flatten()
    }

    /// The caller is inside of the latch.
    #[inline]
    fn swap(&self, new: *mut TaskRecord) -> Option<Ready> {
        let old = self.task.load(Ordering::Relaxed);
        self.task.store(new, Ordering::Release);
        // SAFETY: the latch makes this call the only owner of `old`.
        unsafe { Ready::from_ptr(old) }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.task.load(Ordering::Acquire).is_null()
    }
}
