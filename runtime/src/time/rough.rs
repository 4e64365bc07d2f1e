//! A clock that costs a quarter of the real one, and which knows only about what time it is.
//!
//! A time limit begins with its call, but most are over before anybody has looked at them: for those
//! the real clock, 27 ns, would be the dearest part by far. The kernel keeps a clock that it moves
//! with each of its own ticks, every 1 to 10 ms, and that is read in 7 ns. It is enough to say later,
//! once the limit is needed, when it began: not before it did, so that no limit is early, and later
//! by no more than the clock may lag, nor than has really passed since, which mostly is one poll.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use wakeful_diagnostics::clock;

/// A moment, as the kernel last noted it, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rough(u64);

/// So many nanoseconds the clock may lag: the longest tick of any kernel.
const LAG: u64 = 10_000_000;

/// What this clock, if it did not lag, would say of the [start](clock::start) of the house's.
static START: OnceLock<u64> = OnceLock::new();

impl Rough {
    /// Now, or a little before; `None` where there is no such clock.
    #[inline]
    pub(super) fn now() -> Option<Self> {
        imp::coarse().map(Self)
    }

    /// How long before `now` it was, at least.
    #[inline]
    pub(super) fn age(self, now: Instant) -> Duration {
        // By the real clock: it is mostly at hand, and mostly says that nothing is to be counted.
        let start = START.get_or_init(|| {
            let precise = imp::precise().unwrap_or_default();
            precise.saturating_sub(clock::nanos_at(Instant::now()))
        });
        let age = (start + clock::nanos_at(now)).saturating_sub(self.0 + LAG);
        if age == 0 { Duration::ZERO } else { self.age_of_late(age) }
    }

    /// If the kernel missed ticks, for its processor was taken away, then both readings lag.
    #[cold]
    fn age_of_late(self, age: u64) -> Duration {
        let by_itself = imp::coarse().unwrap_or_default().saturating_sub(self.0 + LAG);
        Duration::from_nanos(age.min(by_itself))
    }
}

#[cfg(target_os = "linux")]
mod imp {
    use std::mem::MaybeUninit;

    #[inline]
    pub(super) fn coarse() -> Option<u64> {
        read(libc::CLOCK_MONOTONIC_COARSE)
    }

    pub(super) fn precise() -> Option<u64> {
        read(libc::CLOCK_MONOTONIC)
    }

    #[inline]
    fn read(which: libc::clockid_t) -> Option<u64> {
        let mut now = MaybeUninit::<libc::timespec>::uninit();
        // SAFETY: the pointer is to a `timespec` that may be written.
        if unsafe { libc::clock_gettime(which, now.as_mut_ptr()) } != 0 {
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

    pub(super) const fn precise() -> Option<u64> {
        None
    }
}
