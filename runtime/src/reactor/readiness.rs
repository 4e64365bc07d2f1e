//! What a descriptor is ready for.

use std::ops::{BitOr, BitOrAssign};

use wakeful_diagnostics::names::Op;

/// What a task waits for at a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Bytes, connections, or the end of them.
    Read,
    /// Room.
    Write,
}

/// A set of things that a descriptor is ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ready(pub(super) u32);

/// What a descriptor was ready for at some moment; clears no readiness that came later.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub(super) tick: u32,
    /// What it was ready for.
    pub(crate) ready: Ready,
}

impl Ready {
    /// Nothing.
    pub const EMPTY: Self = Self(0);
    /// A read may not block.
    pub const READABLE: Self = Self(1);
    /// A write may not block.
    pub const WRITABLE: Self = Self(1 << 1);
    /// The other side writes no more.
    pub const READ_CLOSED: Self = Self(1 << 2);
    /// The other side reads no more.
    pub const WRITE_CLOSED: Self = Self(1 << 3);
    /// There is an error to be fetched.
    pub const ERROR: Self = Self(1 << 4);
    /// The runtime has ended.
    pub(super) const SHUT: Self = Self(1 << 7);

    pub(super) const BITS: u32 = 8;

    pub(super) fn of(event: &mio::event::Event) -> Self {
        let mut ready = Self::EMPTY;
        for (is, bit) in [
            (event.is_readable(), Self::READABLE),
            (event.is_writable(), Self::WRITABLE),
            (event.is_read_closed(), Self::READ_CLOSED),
            (event.is_write_closed(), Self::WRITE_CLOSED),
            // Whatever is tried next fetches the error.
            (event.is_error(), Self::ERROR | Self::READABLE | Self::WRITABLE),
        ] {
            if is {
                ready |= bit;
            }
        }
        ready
    }

    /// Whether all of `other` is in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing is in this set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a read may not block.
    #[must_use]
    pub const fn is_readable(self) -> bool {
        self.0 & Direction::Read.mask().0 != 0
    }

    /// Whether a write may not block.
    #[must_use]
    pub const fn is_writable(self) -> bool {
        self.0 & Direction::Write.mask().0 != 0
    }

    pub(super) const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Direction {
    /// What a task that waits in this direction is said to do, if nothing better is known.
    pub(crate) const fn op(self) -> Op {
        match self {
            Self::Read => Op::IoRead,
            Self::Write => Op::IoWrite,
        }
    }

    /// All that ends a wait in this direction.
    pub(super) const fn mask(self) -> Ready {
        match self {
            Self::Read => Ready(Ready::READABLE.0 | Ready::READ_CLOSED.0),
            Self::Write => Ready(Ready::WRITABLE.0 | Ready::WRITE_CLOSED.0),
        }
    }

    /// What is used up when an operation did less than it was asked to.
    pub(super) const fn open(self) -> Ready {
        match self {
            Self::Read => Ready::READABLE,
            Self::Write => Ready::WRITABLE,
        }
    }
}

impl BitOr for Ready {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Ready {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}
