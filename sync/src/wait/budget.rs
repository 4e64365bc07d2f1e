//! How long a task may go on without yielding.
//!
//! A poll starts with [`PER_POLL`] operations. An operation that is ready costs one; once they are
//! used up, the next one says `Pending` and wakes the task, so a channel that is always ready
//! cannot starve its worker. The scheme is tokio's.
//!
//! The size is half as much again. A receiver that yields with values left goes to the end of the
//! queue, and all who send find the buffer full before its next turn: each of them then waits once for
//! as many values as the receiver takes in a poll. So one poll is to be enough for a buffer of usual
//! size and for those who wait beside it; with 16 senders and room for 128 one value in eight was a
//! wait with tokio's size, and now about one in 60 is. With 256 it would be one in 128, but on a busy
//! machine who shares a channel would have less even shares of it. Ready operations take 5 to 20 ns
//! each, so that this is some microseconds still; a system call counts twice.

use std::cell::Cell;
use std::task::{Context, Poll};

/// Ready operations a task may do in one poll.
pub const PER_POLL: u32 = 192;

/// For so many operations stands a system call.
const CALL: i64 = 2;

/// Outside a runtime the end is never reached, so that to count is to subtract one and ask nothing.
const UNLIMITED: i64 = i64::MAX;

thread_local! {
    static LEFT: Cell<i64> = const { Cell::new(UNLIMITED) };
    static YIELDS: Cell<u64> = const { Cell::new(0) };
}

/// Runs one poll of a task with a fresh budget.
#[inline]
pub fn scope<R>(poll: impl FnOnce() -> R) -> R {
    with(i64::from(PER_POLL), poll)
}

/// Runs `poll` without a budget.
#[inline]
pub fn unlimited<R>(poll: impl FnOnce() -> R) -> R {
    with(UNLIMITED, poll)
}

#[inline]
fn with<R>(left: i64, poll: impl FnOnce() -> R) -> R {
    struct Restore(i64);
    impl Drop for Restore {
        #[inline]
        fn drop(&mut self) {
            LEFT.set(self.0);
        }
    }
    let _restore = Restore(LEFT.replace(left));
    poll()
}

/// Whether the current task may do one more operation.
#[inline]
#[must_use]
pub fn is_left() -> bool {
    LEFT.get() > 0
}

/// Asks whether the current task may do one more operation; called first in a leaf's `poll`.
#[inline]
pub fn proceed(cx: &Context<'_>) -> Poll<()> {
    proceed_if(cx, || true)
}

/// As [`proceed`], for an operation that knows whether it may be ready. One that is not goes on and
/// parks, also where the budget is used up: to yield instead would be a poll in vain, and the task
/// would stand at the end of the queue, where who wakes a sleeper has it run next.
#[inline]
pub fn proceed_if(cx: &Context<'_>, may_be_ready: impl FnOnce() -> bool) -> Poll<()> {
    if is_left() || !may_be_ready() { Poll::Ready(()) } else { exhausted(cx) }
}

/// Counts an operation that was ready; called where a leaf's `poll` returns `Ready`.
#[inline]
pub fn spend() {
    LEFT.set(LEFT.get() - 1);
}

/// As [`spend`], for an operation that was a system call.
#[inline]
pub fn spend_call() {
    LEFT.set(LEFT.get() - CALL);
}

/// How often this thread made a task yield since this was last asked.
#[must_use]
pub fn take_yields() -> u64 {
    YIELDS.take()
}

#[cold]
fn exhausted(cx: &Context<'_>) -> Poll<()> {
    YIELDS.set(YIELDS.get() + 1);
    cx.waker().wake_by_ref();
    Poll::Pending
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn who_has_used_it_up_yields_if_ready_and_parks_if_not() {
        let cx = Context::from_waker(Waker::noop());
        scope(|| {
            for _ in 0..i64::from(PER_POLL) - CALL {
                assert!(proceed(&cx).is_ready());
                spend();
            }
            spend_call();
            let before = YIELDS.get();
            assert!(proceed_if(&cx, || false).is_ready());
            assert_eq!(YIELDS.get(), before);
            assert!(proceed_if(&cx, || true).is_pending());
            assert!(proceed(&cx).is_pending());
            assert_eq!(YIELDS.get(), before + 2);
        });
        assert!(proceed(&cx).is_ready(), "outside of a poll nobody counts");
    }
}
