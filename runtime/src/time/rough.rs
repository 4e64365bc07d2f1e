//! A clock that costs a quarter of the real one, and by which no deadline may be set.
//!
//! A time limit begins with its call, but most end before they have ever been looked at: for them the
//! real clock, 27 ns, would be the dearest part of all. The kernel keeps a clock that it moves from
//! one of its own ticks to the next, every 1 to 10 ms, and which is read in 7 ns. That is enough to
//! say, once the limit is needed, when it began: at most so many milliseconds ago, and not before.

use std::time::Duration;

#[cfg(target_os = "linux")]
use imp as system;

/// A moment, as the kernel last noted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rough(u64);

/// So late the clock may be: a tick of the kernel's that ticks most slowly, and that again should it
/// have been kept from it.
const LATE: u64 = 2 * 10_000_000;

impl Rough {
    /// Now, or some milliseconds before; `None` where there is no such clock.
    #[inline]
    pub(super) fn now() -> Option<Self> {
        system::coarse().map(Self)
    }

    /// How long ago it was, or less: by as much as the clock may be late.
    pub(super) fn age(self) -> Duration {
        let now = system::precise().unwrap_or(self.0);
        Duration::from_nanos(now.saturating_sub(self.0).saturating_sub(LATE))
    }
}

#[cfg(target_os = "linux")]
mod imp {
    pub(super) fn coarse() -> Option<u64> {
        read(libc::CLOCK_MONOTONIC_COARSE)
    }
}
