//! Moments as the wheels count them.
//!
//! A tick is 2^14 ns, about 16 microseconds: fine enough that a lone sleeper is not late for the
//! sake of the wheel. All the ticks that a `u64` of nanoseconds holds fit into 50 bits.

use std::time::{Duration, Instant};

const SHIFT: u32 = 14;

/// Ticks since the start of a [`Timeline`].
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
}

/// Where ticks are counted from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeline {
    start: Instant,
}

impl Timeline {
    /// Counts from now.
    #[must_use]
    pub(crate) fn starting_now() -> Self {
        Self { start: Instant::now() }
    }

    /// The last tick that begins at `now` or before.
    #[must_use]
    pub(crate) fn begun(self, now: Instant) -> Ticks {
        Ticks(Ticks::within(now.saturating_duration_since(self.start)))
    }

    /// The first tick that begins at `deadline` or after: never early.
    #[must_use]
    pub(crate) fn due(self, deadline: Instant) -> Ticks {
        let nanos = deadline.saturating_duration_since(self.start).as_nanos();
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
        Ticks(nanos.div_ceil(1 << SHIFT).min(Ticks::LAST.0))
    }

    /// When `tick` begins; `None` if `Instant` cannot say.
    #[must_use]
    pub(crate) fn instant(self, tick: Ticks) -> Option<Instant> {
        let nanos = tick.0.checked_mul(1 << SHIFT)?;
        self.start.checked_add(Duration::from_nanos(nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_rounded_up_and_now_is_rounded_down() {
        let line = Timeline::starting_now();
        let moment = line.start + Duration::from_nanos((1 << SHIFT) + 1);
        assert_eq!(line.due(moment), Ticks(2));
        assert_eq!(line.begun(moment), Ticks(1));
        assert_eq!(line.due(line.start), Ticks(0));
    }

    #[test]
    fn a_deadline_beyond_all_ticks_is_the_last_one() {
        let line = Timeline::starting_now();
        let far = line.start + Duration::from_secs(1 << 40);
        assert_eq!(line.due(far), Ticks::LAST);
        assert_eq!(Ticks::covering(Duration::MAX), Ticks::LAST.0);
    }
}
