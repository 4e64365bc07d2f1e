//! The task a worker will run next.
//!
//! A task that was just woken finds its data still warm, so it goes here, and not to the end of
//! the queue. Thieves leave it alone; the monitor takes it out when the worker is stuck in a poll.
//! Invariant: the pointer is null, or from `Ready::into_ptr` and not given back.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use wakeful_diagnostics::registry::TaskRecord;

use crate::task::Ready;

/// A slot for one ready task.
#[derive(Debug, Default)]
pub(crate) struct Next(AtomicPtr<TaskRecord>);

impl Next {
    /// Puts a task in, and takes out the one that was there.
    #[inline]
    pub(crate) fn replace(&self, task: Ready) -> Option<Ready> {
        let old = self.0.swap(task.into_ptr(), Ordering::AcqRel);
        // SAFETY: the swap made this call the only owner of `old`.
        unsafe { Ready::from_ptr(old) }
    }

    /// Takes the task out.
    #[inline]
    pub(crate) fn take(&self) -> Option<Ready> {
        if self.is_empty() {
            return None;
        }
        let old = self.0.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: as in `replace`.
        unsafe { Ready::from_ptr(old) }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Acquire).is_null()
    }
}
