//! Who can get at a channel, a lock or a group: read from the memory of the process itself.
//!
//! Go's collector knows which goroutine can still reach a channel. Here nobody collects, but the
//! memory is the same: whoever can use a handle has its bytes somewhere. So the words that point to
//! a resource are looked for in all memory that can be written, and traced back to whoever owns
//! them: the future of a task, or a heap block that something else points to, and so on.
//!
//! What is found is never more certain than *likely*, and doubt counts as "somebody can":
//! * a pointer in a register, in the kernel, or packed in some way is not seen. A handle that is on
//!   the move is missed at most once, and a claim needs two searches that agree;
//! * what lies on the stack of a thread that waits in `block_on` it may have lent to a thread that it
//!   has started: it is that one's who points there;
//! * a stale copy of a handle looks like a handle, and then nothing is claimed; unless it can be counted who
//!   has them all, or is seen when the futures of those who wait are dropped, in a copy of the process;
//! * heap blocks are known by the headers that glibc writes; with another allocator, handles that
//!   lie outside of futures count as anybody's.
//!
//! It reads `/proc/self/mem` from one thread of the house, takes no lock and stops nobody; only to copy the
//! process may hold others up for milliseconds, see `rehearsal`. Nothing is searched for until something has
//! waited for long.

mod counted;
mod frames;
mod goal;
mod handle;
mod heap;
mod maps;
mod owners;
mod reach;
mod reader;
mod rehearsal;
mod remains;
mod search;
mod threads;
mod trace;
mod wakers;

pub use counted::{Need, Needs};
pub use frames::{Frame, frame};
pub use handle::{GuardMark, Mark, Trace, points_to, side};
pub use reach::{Known, Survey, survey};
pub use rehearsal::{know_drop, may_rehearse};
pub use remains::{Noted, keep, note_behind, sweep};
pub use wakers::know_wakers;

/// What stands in the second word of a block of the heap that the house keeps for later use: nothing in
/// it is anybody's.
pub const FREE: usize = 0x77_616b_6566_756c_u64 as usize;

/// An address, kept inverted: the search must not find its own notes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(usize);

impl Address {
    /// Of this number.
    #[must_use]
    pub const fn new(address: usize) -> Self {
        Self(!address)
    }

    /// As it was [kept](Self::kept), without ever being a number; 0 is that of nothing.
    #[must_use]
    pub(crate) const fn of_kept(kept: usize) -> Self {
        if kept == 0 { Self::new(0) } else { Self(kept) }
    }

    /// Of this number, for whoever keeps it as a word.
    #[must_use]
    pub(crate) const fn kept(address: usize) -> usize {
        !address
    }

    /// As a number again.
    #[must_use]
    pub const fn get(self) -> usize {
        !self.0
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#x}", self.get())
    }
}
