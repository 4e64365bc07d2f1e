//! The bits of a task's state word. Its legal transitions are the scheduler's business, but for the
//! one that every waiting place makes: a wake.

use std::sync::atomic::Ordering::{AcqRel, Acquire};

use super::TaskRecord;

/// Somebody woke the task: it is in a queue, or will be once its poll is over.
pub const NOTIFIED: u64 = 1;
/// The task is being polled, or its future is being dropped.
pub const RUNNING: u64 = 1 << 1;
/// The future is gone; what is left is its output, or nothing.
pub const DONE: u64 = 1 << 2;
/// A waker of whoever joins is in the cell.
pub const JOINER: u64 = 1 << 3;
/// The task shall end at its next poll.
pub const ABORTED: u64 = 1 << 4;
/// Nobody will take the output.
pub const TAKEN: u64 = 1 << 5;
/// Its poll waits in a `block_on`, and goes on only when that is over.
pub const PAUSED: u64 = 1 << 6;
/// One handle of the user's (`JoinHandle`, `AbortHandle`); 24 bits of them.
pub const HANDLE: u64 = 1 << 8;
/// One waker clone that the house did not make: somebody outside may wake the task.
pub const FOREIGN: u64 = 1 << 32;

/// Whether the task sleeps: nobody polls it, and nobody has woken it.
#[inline]
#[must_use]
pub const fn is_asleep(word: u64) -> bool {
    word & (NOTIFIED | RUNNING | DONE) == 0
}

/// How many handles the user has.
#[must_use]
pub const fn handles(word: u64) -> u64 {
    (word & (FOREIGN - 1)) / HANDLE
}

/// How many waker clones are alive outside the house.
#[must_use]
pub const fn foreign(word: u64) -> u64 {
    word / FOREIGN
}

impl TaskRecord {
    /// The first step of a wake: marks the task as woken. Whether the caller has to queue it.
    #[inline]
    #[must_use]
    pub fn notify(&self) -> bool {
        is_asleep(self.word.fetch_or(NOTIFIED, AcqRel))
    }

    /// Whether the record is a task's, and that sleeps.
    pub(crate) fn is_asleep(&self) -> bool {
        self.generation() % 2 == 1 && is_asleep(self.word.load(Acquire))
    }
}
