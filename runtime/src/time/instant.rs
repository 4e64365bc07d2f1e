//! A moment, by the clock of the runtime one is in.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::{self, Duration};

use crate::driver::Clock;
use crate::here;

/// A moment, by the clock of the runtime one is in.
///
/// It is [`std::time::Instant`], except that [`now`](Self::now) follows the clock of the runtime,
/// which stands still in some tests. The two convert into each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(time::Instant);

impl Instant {
    /// What time it is.
    #[inline]
    #[must_use]
    pub fn now() -> Self {
        if Clock::any_is_frozen() { Self::by_the_runtime() } else { Self(time::Instant::now()) }
    }

    #[cold]
    fn by_the_runtime() -> Self {
        Self(here::driver().map_or_else(time::Instant::now, |driver| driver.now()))
    }

    /// The moment of the standard library that this is.
    #[must_use]
    pub const fn into_std(self) -> time::Instant {
        self.0
    }

    /// This moment of the standard library.
    #[must_use]
    pub const fn from_std(moment: time::Instant) -> Self {
        Self(moment)
    }

    /// How long ago this was; zero if it is yet to come.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Self::now().duration_since(*self)
    }

    /// How long after `earlier` this is; zero if it is before.
    #[must_use]
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// How long after `earlier` this is; zero if it is before.
    #[must_use]
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }

    /// How long after `earlier` this is; `None` if it is before.
    #[must_use]
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_duration_since(earlier.0)
    }

    /// The moment so much later, if there is such a moment.
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    /// The moment so much earlier, if there is such a moment.
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }

    /// The moment so much later, or one that nobody lives to see.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
        self.checked_add(duration).or_else(|| self.checked_add(CENTURY)).unwrap_or(self)
    }
}

impl From<time::Instant> for Instant {
    fn from(moment: time::Instant) -> Self {
        Self(moment)
    }
}

impl From<Instant> for time::Instant {
    fn from(moment: Instant) -> Self {
        moment.0
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    #[track_caller]
    fn add(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }
}

impl AddAssign<Duration> for Instant {
    #[track_caller]
    fn add_assign(&mut self, duration: Duration) {
        self.0 += duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    #[track_caller]
    fn sub(self, duration: Duration) -> Self {
        Self(self.0 - duration)
    }
}

impl SubAssign<Duration> for Instant {
    #[track_caller]
    fn sub_assign(&mut self, duration: Duration) {
        self.0 -= duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
