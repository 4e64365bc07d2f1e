//! What somebody wants to know about a socket.

use std::ops::BitOr;

use crate::reactor::Ready;

/// What somebody wants to know about a socket: whether it is readable, writable, or either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest(Ready);

impl Interest {
    /// Whether it can be read, or has nothing more to be read.
    pub const READABLE: Self = Self(Ready::READABLE);
    /// Whether it can be written.
    pub const WRITABLE: Self = Self(Ready::WRITABLE);

    /// Whether reading is of interest.
    #[must_use]
    pub const fn is_readable(self) -> bool {
        self.0.contains(Ready::READABLE)
    }

    /// Whether writing is of interest.
    #[must_use]
    pub const fn is_writable(self) -> bool {
        self.0.contains(Ready::WRITABLE)
    }
}

impl BitOr for Interest {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
