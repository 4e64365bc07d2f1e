//! How long a task may go on without yielding.
//!
//! A poll starts with [`PER_POLL`] operations. An operation that is ready costs one; once they are
//! used up, the next one says `Pending` and wakes the task, so a channel that is always ready
//! cannot starve its worker. The scheme and its size are tokio's.

use std::cell::Cell;
use std::task::{Context, Poll};

/// Ready operations a task may do in one poll.
pub const PER_POLL: u32 = 128;

/// Outside a runtime nobody counts.
const UNLIMITED: u32 = u32::MAX;

thread_local! {
    static LEFT: Cell<u32> = const { Cell::new(UNLIMITED) };
    static YIELDS: Cell<u64> = const { Cell::new(0) };
}

/// Runs one poll of a task with a fresh budget.
#[inline]
pub fn scope<R>(poll: impl FnOnce() -> R) -> R {
    with(PER_POLL, poll)
}

/// Runs `poll` without a budget.
#[inline]
pub fn unlimited<R>(poll: impl FnOnce() -> R) -> R {
    with(UNLIMITED, poll)
}

#[inline]
fn with<R>(left: u32, poll: impl FnOnce() -> R) -> R {
    struct Restore(u32);
    impl Drop for Restore {
        #[inline]
        fn drop(&mut self) {
            LEFT.set(self.0);
        }
    }
    let _restore = Restore(LEFT.replace(left));
    poll()
}

/// Asks whether the current task may do one more operation; called first in a leaf's `poll`.
#[inline]
pub fn proceed(cx: &Context<'_>) -> Poll<()> {
    match LEFT.get() {
        0 => exhausted(cx),
        _ => Poll::Ready(()),
    }
}

/// Counts an operation that was ready; called where a leaf's `poll` returns `Ready`.
#[inline]
pub fn spend() {
    let left = LEFT.get();
    if left != UNLIMITED {
        LEFT.set(left.saturating_sub(1));
    }
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
