//! A task's state word, and its legal transitions.
//!
//! ```text
//!            spawn                 run                    poll: Pending
//!  (nothing) ─────> NOTIFIED ────────────> RUNNING ─────────────────────────> idle (neither)
//!                      ^                    │   │  woken meanwhile: NOTIFIED again, requeued
//!                      └────── wake ────────┘   │ poll: Ready, panic, or ABORTED
//!                                               v
//!                                              DONE ── last handle and waker gone ──> retired
//! ```
//! Invariants:
//! * NOTIFIED without RUNNING: exactly one [`Ready`](super::Ready) of the task exists;
//! * RUNNING: whoever set it alone may touch the future, until it clears RUNNING;
//! * JOINER and not DONE: the joiner's place in the cell is full, and nobody touches it;
//!   the transition to DONE passes it to whoever makes that transition;
//! * DONE with no handle and no foreign waker: what is left in the cell is dropped with it;
//! * DONE and not TAKEN: the output, unless it was taken, is in the cell and belongs to the
//!   `JoinHandle`, which knows whether it has taken it;
//! * the scheduler has a handle of its own until it has no more business with a task that is DONE;
//! * the record is retired, and the cell freed, by whoever's transition leaves DONE with no handle
//!   and no foreign waker.
//!
//! Each transition is one read-modify-write and returns what its caller has to do next. It is less where
//! nobody else can change the word in a way that matters: whoever has the only handle of a task that has
//! no foreign waker ends it by a store, and frees it by a load. All that others may still do to such a
//! word is a stale wake, which finds DONE or the end of the poll, or is overwritten.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Release, SeqCst};

use wakeful_diagnostics::registry::TaskRecord;
use wakeful_diagnostics::registry::word::{
    ABORTED, DONE, FOREIGN, HANDLE, JOINER, NOTIFIED, RUNNING, TAKEN, foreign, handles,
};

/// The word of a task that is about to be queued: one handle is the user's, one the scheduler's.
pub(super) const SPAWNED: u64 = NOTIFIED | (2 * HANDLE);
/// The word of a `block_on` that is being polled: nobody but its thread will take the output.
pub(super) const ROOT: u64 = RUNNING | TAKEN | HANDLE;

/// What to do with a task that was taken from a queue.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BeforePoll {
    Poll,
    Cancel,
}

/// What to do with a task whose poll said `Pending`.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AfterPoll {
    /// It sleeps; the next wake queues it.
    Idle,
    /// It was woken during its poll: queue it again.
    Requeue,
}

/// What to do with a task whose future is gone.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AfterEnd {
    /// Not ended yet: nobody wants the output; drop it and try again.
    DropOutput,
    /// Ended, and the scheduler's handle is given up: free the task, or leave it alone.
    Gone { free: bool },
    /// Ended, with a joiner in its place or an output nobody wants; then drop the handle.
    Joined { wake: bool, drop_output: bool },
}

/// What a joiner has to do.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Joining {
    /// Not done: its place stays as it is.
    Wait,
    /// Done: the output is there to be taken.
    Take,
}

const fn is_free(word: u64) -> bool {
    word & DONE != 0 && handles(word) == 0 && foreign(word) == 0
}

/// An abort: whether the caller has to queue the task, which will then end.
pub(super) fn abort(task: &TaskRecord) -> bool {
    task.word.fetch_or(NOTIFIED | ABORTED, AcqRel) & (NOTIFIED | RUNNING | DONE) == 0
}

/// From the queue to a worker.
#[inline]
pub(super) fn begin(task: &TaskRecord) -> BeforePoll {
    // NOTIFIED becomes RUNNING, by an addition: what it was comes back without a loop.
    let old = task.word.fetch_add(RUNNING - NOTIFIED, AcqRel);
    debug_assert_eq!(old & (NOTIFIED | RUNNING | DONE), NOTIFIED, "only a queued task is run");
    if old & ABORTED == 0 { BeforePoll::Poll } else { BeforePoll::Cancel }
}

/// From a worker to sleep. Sequentially consistent: see `wakeful_sync::wait::recall`.
#[inline]
pub(super) fn suspend(task: &TaskRecord) -> AfterPoll {
    // It is set, so to subtract it clears it.
    let old = task.word.fetch_sub(RUNNING, SeqCst);
    debug_assert_eq!(old & (RUNNING | DONE), RUNNING, "only a running task is suspended");
    if old & NOTIFIED == 0 { AfterPoll::Idle } else { AfterPoll::Requeue }
}

/// Whether it has been woken.
pub(super) fn is_notified(task: &TaskRecord) -> bool {
    task.word.load(Acquire) & NOTIFIED != 0
}

/// A root's turn: whether it was woken since it was last asked.
pub(super) fn take_notified(task: &TaskRecord) -> bool {
    // Asked between any two tasks, so it looks before it writes.
    is_notified(task) && task.word.fetch_and(!NOTIFIED, AcqRel) & NOTIFIED != 0
}

/// A root that goes to sleep or wakes up: whether it was woken meanwhile.
pub(super) fn set_running(task: &TaskRecord, running: bool) -> bool {
    let old = if running {
        task.word.fetch_or(RUNNING, AcqRel)
    } else {
        task.word.fetch_and(!RUNNING, SeqCst)
    };
    old & NOTIFIED != 0
}

/// The future is gone; `has_output`: the output is in the cell.
#[inline]
pub(super) fn end(task: &TaskRecord, has_output: bool) -> AfterEnd {
    let mut word = task.word.load(Acquire);
    loop {
        debug_assert_eq!(word & (RUNNING | DONE), RUNNING, "only a running task ends");
        let ended = (word ^ (RUNNING | DONE)) - HANDLE;
        if is_free(ended) {
            // The scheduler's was the only handle: whoever frees the task drops its output.
            task.word.store(ended, Release);
            return AfterEnd::Gone { free: true };
        }
        if word & JOINER != 0 {
            let old = task.word.fetch_xor(RUNNING | DONE, AcqRel);
            return AfterEnd::Joined {
                wake: old & JOINER != 0,
                drop_output: has_output && old & TAKEN != 0,
            };
        }
        if has_output && word & TAKEN != 0 {
            return AfterEnd::DropOutput;
        }
        // Nobody waits: the end and the scheduler's farewell are one step.
        match task.word.compare_exchange_weak(word, ended, AcqRel, Acquire) {
            Ok(_) => return AfterEnd::Gone { free: is_free(ended) },
            Err(now) => word = now,
        }
    }
}

/// Whether the task has ended.
pub(super) fn is_done(task: &TaskRecord) -> bool {
    task.word.load(Acquire) & DONE != 0
}

/// The joiner's place is full: leave it to whoever ends the task.
pub(super) fn offer_joiner(task: &TaskRecord) -> Joining {
    if task.word.fetch_or(JOINER, AcqRel) & DONE == 0 {
        return Joining::Wait;
    }
    // Ended first, so nobody but the joiner ever looks at its place.
    let _ = task.word.fetch_and(!JOINER, AcqRel);
    Joining::Take
}

/// Takes the joiner's place back. `Wait`: it is the caller's again (full, if it had been offered).
pub(super) fn withdraw_joiner(task: &TaskRecord) -> Joining {
    if is_done(task) {
        // The place is whoever's who ended the task.
        return Joining::Take;
    }
    if task.word.fetch_and(!JOINER, AcqRel) & DONE == 0 { Joining::Wait } else { Joining::Take }
}

/// Nobody will take the output any more: whether the caller has to drop it.
pub(super) fn renounce(task: &TaskRecord) -> bool {
    task.word.fetch_or(TAKEN, AcqRel) & (DONE | TAKEN) == DONE
}

/// The `JoinHandle` goes: nobody will take the output any more. True if that is done, in one step, as
/// the task has not ended; if not, it is to be [renounced](renounce), and the handle to be
/// [dropped](drop_handle).
#[inline]
pub(super) fn detach(task: &TaskRecord) -> bool {
    let word = task.word.load(Acquire);
    let detached = (word | TAKEN) - HANDLE;
    word & DONE == 0 && task.word.compare_exchange(word, detached, AcqRel, Acquire).is_ok()
}

/// One more handle.
pub(super) fn add_handle(task: &TaskRecord) {
    let old = task.word.fetch_add(HANDLE, AcqRel);
    assert!(handles(old) < (1 << 24) - 1, "a task has 16 million handles: they are leaking");
}

/// One handle less: whether the caller has to free the task.
#[inline]
pub(super) fn drop_handle(task: &TaskRecord) -> bool {
    // The only handle of a task that is over: nobody else can come to have one.
    is_free(task.word.load(Acquire) - HANDLE)
        || is_free(task.word.fetch_sub(HANDLE, AcqRel) - HANDLE)
}

/// One more waker outside the house.
#[inline]
pub(super) fn add_foreign(task: &TaskRecord) {
    if foreign(task.word.fetch_add(FOREIGN, AcqRel)) > u64::from(u32::MAX) / 2 {
        // Two billion clones were forgotten; going on would wrap the count. `Arc` aborts as well.
        std::process::abort();
    }
}

/// One waker outside the house less: whether the caller has to free the task.
#[inline]
pub(super) fn drop_foreign(task: &TaskRecord) -> bool {
    is_free(task.word.fetch_sub(FOREIGN, AcqRel) - FOREIGN)
}

#[cfg(all(test, loom))]
mod tests;
