//! A task that is due, its polls and its end.

use std::fmt;
use std::task::{Context, Poll};

use wakeful_diagnostics::registry::TaskRecord;
use wakeful_diagnostics::{clock, current};
use wakeful_sync::wait::{budget, recall};

use super::table::VTable;
use super::{Header, header, joiner_of};
use crate::task::state::{self, AfterEnd, AfterPoll, BeforePoll};
use crate::task::{JoinError, condemned, outcome, waker};

/// A task that is due to be polled. To hold it is to be the one who will.
#[must_use = "a ready task that is dropped is never polled again"]
pub(crate) struct Ready(&'static TaskRecord);

impl Ready {
    /// The task is queued by the caller, who alone has it.
    #[inline]
    pub(super) const fn new(task: &'static TaskRecord) -> Self {
        Self(task)
    }

    /// Polls the task once. `cancel`: ends it instead, as its runtime is shutting down.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller that is not cold runs it for each poll")]
    pub(crate) fn run(self, cancel: bool) -> Option<Self> {
        let task = self.0;
        let begin = state::begin(task);
        task.begin_poll(clock::cached());
        if cancel || begin == BeforePoll::Cancel {
            cancel_at_once(task);
            return None;
        }
        match poll_once(task)? {
            AfterPoll::Idle => None,
            AfterPoll::Requeue => Some(self),
        }
    }

    /// The task's record.
    pub(crate) const fn record(&self) -> &'static TaskRecord {
        self.0
    }

    /// As an untyped pointer, for a place that holds one task; see [`Self::from_ptr`].
    pub(crate) const fn into_ptr(self) -> *mut TaskRecord {
        std::ptr::from_ref(self.0).cast_mut()
    }

    /// Back from [`Self::into_ptr`]; `None` from null.
    ///
    /// # Safety
    ///
    /// - `ptr` is null, or came from `into_ptr` and is given back once.
    pub(crate) const unsafe fn from_ptr(ptr: *mut TaskRecord) -> Option<Self> {
        // SAFETY: records are never unmapped.
        match unsafe { ptr.as_ref() } {
            Some(record) => Some(Self(record)),
            None => None,
        }
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ready").field(&self.0.id()).finish()
    }
}

/// Ends a task that is to be cancelled instead of polled.
#[cold]
#[inline(never)]
fn cancel_at_once(task: &'static TaskRecord) {
    let header = header(task);
    // SAFETY: RUNNING is set by the caller, so the task cannot be freed meanwhile.
    let vtable = unsafe { (*header).vtable };
    let error = condemned::execute(task).unwrap_or_else(|| JoinError::cancelled(task.id()));
    outcome::count(task, &error);
    // SAFETY: RUNNING makes this thread the only user of the future.
    current::scope(task, || unsafe { (vtable.cancel)(header, error) });
    end(task, header, vtable);
}

/// Runs one poll to its end: the task sleeps, is to be requeued, or is over.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn poll_once(task: &'static TaskRecord) -> Option<AfterPoll> {
    let header = header(task);
    // SAFETY: RUNNING is set by the caller, so the task cannot be freed meanwhile.
    let vtable = unsafe { (*header).vtable };
    let waker = waker::borrowed(task);
    let mut cx = Context::from_waker(&waker);
    // SAFETY: RUNNING makes this thread the only user of the future.
    let poll = || unsafe { (vtable.poll)(header, &mut cx) };
    match current::scope(task, || budget::scope(poll)) {
        Poll::Pending => {
            let after = state::suspend(task);
            if after == AfterPoll::Idle {
                // The record is there, whoever has the task now.
                recall::asleep(task);
            }
            Some(after)
        }
        Poll::Ready(()) => {
            end(task, header, vtable);
            None
        }
    }
}

#[inline(never)]
fn end(task: &'static TaskRecord, header: *mut Header, vtable: &VTable) {
    let after = match state::end(task, true) {
        AfterEnd::DropOutput => {
            // SAFETY: RUNNING and TAKEN: nobody else will touch the output.
            unsafe { (vtable.clear)(header) };
            state::end(task, false)
        }
        after => after,
    };
    let free = match after {
        AfterEnd::DropOutput => unreachable!("there is no output any more"),
        AfterEnd::Gone { free } => free,
        AfterEnd::Joined { wake, drop_output } => {
            if wake {
                // SAFETY: the transition passed the joiner's place on, and the scheduler's handle
                // keeps the cell.
                let joiner = unsafe { &mut *joiner_of(header) };
                if let Some(joiner) = joiner.take() {
                    joiner.serve().wake();
                }
            }
            if drop_output {
                // SAFETY: TAKEN before DONE: nobody else will touch the output.
                unsafe { (vtable.clear)(header) };
            }
            state::drop_handle(task)
        }
    };
    if free {
        free_task(task);
    }
}

/// Frees a task whose last transition said so.
pub(in crate::task) fn free_task(task: &'static TaskRecord) {
    let header = header(task);
    // SAFETY: DONE, no handle, no waker: the caller is the last who knows the cell.
    let free = unsafe { (*header).vtable.free };
    // SAFETY: as above.
    unsafe { free(header) };
    task.retire();
}
