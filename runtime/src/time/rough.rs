//! A clock that costs a quarter of the real one, and which knows only about what time it is.
//!
//! A time limit begins with its call, but most are over before anybody has looked at them: for those
//! the real clock, 27 ns, would be the dearest part by far. The kernel keeps a clock that it moves
//! with each of its own ticks, every 1 to 10 ms, and that is read in 7 ns. It is enough to say later,
//! once the limit is needed, when it began: not before it did, so that no limit is early, and later
//! by no more than the clock may lag, nor than has really passed since, which mostly is one poll.

use std::time::Duration;

/// A moment, as the kernel last noted it, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rough(u64);

/// So many nanoseconds the clock may lag: the longest tick of any kernel.
const LAG: u64 = 10_000_000;

impl Rough {
    /// Now, or a little before; `None` where there is no such clock.
    #[inline]
    pub(super) fn now() -> Option<Self> {
        imp::coarse().map(Self)
    }

    /// How long ago it was, at least. By the same clock: should the kernel have missed ticks, because
    /// its processor was taken away, then both readings lag.
    #[inline]
    pub(super) fn age(self) -> Duration {
        let now = imp::coarse().unwrap_or_default();
        Duration::from_nanos(now.saturating_sub(self.0 + LAG))
    }
}

#[cfg(target_os = "linux")]
mod imp {
    use std::mem::MaybeUninit;

    #[inline]
    pub(super) fn coarse() -> Option<u64> {
        let mut now = MaybeUninit::<libc::timespec>::uninit();
        // SAFETY: the pointer is to a `timespec` that may be written.
        if unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, now.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: the call has succeeded, so it has written all of it.
        let now = unsafe { now.assume_init() };
        Some(now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64)
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    pub(super) const fn coarse() -> Option<u64> {
        None
    }
}
