//! A clock coarse enough to be read at every park.
//!
//! `Instant::now` costs more than a whole uncontended park, so parking reads a cached tick; it is part
//! of the [pulse](crate::pulse).
//! Whoever has a reason to look at the real clock anyway (a worker that wakes up, the monitor,
//! a dump) refreshes the cache for everybody.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::pulse;

/// Ticks are 10 ms long: fine enough for an age in a report, and `u32` of them last 497 days.
const TICK_MILLIS: u128 = 10;

static START: OnceLock<Instant> = OnceLock::new();

/// A moment, in ticks since the process first asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(pub u32);

impl Tick {
    /// How long before `later` this was; zero if it was not.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::from(later.0.saturating_sub(self.0)) * TICK_MILLIS as u64)
    }
}

/// The last tick anybody read: as late as the last [`refresh`], never early.
#[inline]
#[must_use]
pub fn cached() -> Tick {
    pulse::now().tick()
}

/// When the process first asked.
#[inline]
#[must_use]
pub fn start() -> Instant {
    *START.get_or_init(Instant::now)
}

/// The nanoseconds from the [`start`] to `moment`: 0 if it was before, at most `u64::MAX`. In 64 bits,
/// because a division of 128 is a call, and every timer asks.
#[inline]
#[must_use]
pub fn nanos_at(moment: Instant) -> u64 {
    let age = moment.saturating_duration_since(start());
    age.as_secs().saturating_mul(1_000_000_000).saturating_add(u64::from(age.subsec_nanos()))
}

/// The tick that lies so many nanoseconds after the [`start`].
#[inline]
#[must_use]
pub fn tick_at(nanos: u64) -> Tick {
    let ticks = nanos / (TICK_MILLIS as u64 * 1_000_000);
    // `u32::MAX` would say "nothing" in an edge.
    Tick(u32::try_from(ticks).map_or(u32::MAX - 1, |tick| tick.min(u32::MAX - 1)))
}

/// Reads the real clock, for everybody.
#[allow(clippy::must_use_candidate, reason = "mostly it is read for the others")]
pub fn refresh() -> Tick {
    refresh_at(Instant::now())
}

/// Tells everybody what the real clock said just now.
#[allow(clippy::must_use_candidate, reason = "mostly it is told for the others")]
pub fn refresh_at(now: Instant) -> Tick {
    let tick = tick_at(nanos_at(now));
    pulse::beat(tick);
    tick
}

/// Nanoseconds since the process first asked, and never 0; not coarse, and not cheap.
pub(crate) fn nanos() -> u64 {
    nanos_at(Instant::now()).clamp(1, u64::MAX >> 1)
}
