//! Moments as the wheels count them, from the start of the diagnostics' clock on: the moment at which
//! a report says that a sleep ends needs no second subtraction then.
//!
//! A tick is 2^14 ns, about 16 microseconds: fine enough that a lone sleeper is not late for the
//! sake of the wheel. All the ticks that a `u64` of nanoseconds holds fit into 50 bits.

use std::time::{Duration, Instant};

use wakeful_diagnostics::clock;

const SHIFT: u32 = 14;

/// Ticks since the [start](clock::start).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticks(pub u64);

impl Ticks {
    /// Later than every deadline.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// The last deadline there is, 584 years after the start.
    pub(crate) const LAST: Self = Self(u64::MAX >> SHIFT);

    /// As many ticks as fit into `span`.
    #[must_use]
    pub(crate) fn within(span: Duration) -> u64 {
        u64::try_from(span.as_nanos()).unwrap_or(u64::MAX) >> SHIFT
    }

    /// As many ticks as it takes to cover `span`; at least one.
    #[must_use]
    pub(crate) fn covering(span: Duration) -> u64 {
        let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        nanos.div_ceil(1 << SHIFT).clamp(1, Self::LAST.0)
    }

    /// The last tick that begins at `now` or before.
    #[must_use]
    pub(crate) fn begun(now: Instant) -> Self {
        Self(clock::nanos_at(now) >> SHIFT)
    }

    /// The first tick that begins at `deadline` or after: never early.
    #[must_use]
    #[inline]
    pub(crate) fn due(deadline: Instant) -> Self {
        Self::due_at(clock::nanos_at(deadline))
    }

    /// The first tick that begins so many nanoseconds after the start, or later.
    #[inline]
    pub(crate) fn due_at(nanos: u64) -> Self {
        Self(nanos.div_ceil(1 << SHIFT).min(Self::LAST.0))
    }

    /// When it begins; `None` if `Instant` cannot say.
    #[must_use]
    pub(crate) fn instant(self) -> Option<Instant> {
        let nanos = self.0.checked_mul(1 << SHIFT)?;
        clock::start().checked_add(Duration::from_nanos(nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_rounded_up_and_now_is_rounded_down() {
        let start = clock::start();
        let moment = start + Duration::from_nanos((1 << SHIFT) + 1);
        assert_eq!(Ticks::due(moment), Ticks(2));
        assert_eq!(Ticks::begun(moment), Ticks(1));
        assert_eq!((Ticks::due(start), Ticks::begun(start)), (Ticks(0), Ticks(0)));
    }

    #[test]
    fn a_deadline_beyond_all_ticks_is_the_last_one() {
        let far = clock::start() + Duration::from_secs(1 << 40);
        assert_eq!(Ticks::due(far), Ticks::LAST);
        assert_eq!(Ticks::covering(Duration::MAX), Ticks::LAST.0);
    }
}
