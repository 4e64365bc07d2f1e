//! A beat.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use wakeful_diagnostics::names::Site;

use super::{Instant, Sleep};

/// A beat of `period`; the first tick is at once.
///
/// # Panics
///
/// Panics if `period` is zero. [`tick`](Interval::tick) panics outside a runtime.
///
/// # In reports
///
/// `sleep`, with the line of this call.
#[track_caller]
#[must_use]
pub fn interval(period: Duration) -> Interval {
    assert!(!period.is_zero(), "wakeful::time::interval: the period is zero; {CURE}");
    Interval::new(Instant::now(), period, Site::caller())
}

/// A beat of `period`; the first tick is at `start`.
///
/// # Panics
///
/// Panics if `period` is zero. [`tick`](Interval::tick) panics outside a runtime.
///
/// # In reports
///
/// `sleep`, with the line of this call.
#[track_caller]
#[must_use]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(!period.is_zero(), "wakeful::time::interval_at: the period is zero; {CURE}");
    Interval::new(start, period, Site::caller())
}

const CURE: &str = "give it a positive one, or use `yield_now` in a loop";

/// What an [`Interval`] does about ticks that were missed because nobody asked for them in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissedTickBehavior {
    /// Ticks as fast as it is asked until it has caught up.
    #[default]
    Burst,
    /// Ticks once, and beats from that moment on.
    Delay,
    /// Ticks once, leaves out the others, and keeps the beat.
    Skip,
}

/// A beat, made by [`interval`] or [`interval_at`].
#[derive(Debug)]
pub struct Interval {
    sleep: Sleep,
    period: Duration,
    missed: MissedTickBehavior,
}

/// The future of [`Interval::tick`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Tick<'a> {
    interval: &'a mut Interval,
}

impl Interval {
    fn new(start: Instant, period: Duration, site: Site) -> Self {
        let sleep = Sleep::at(start, site, &"wakeful::time::Interval::tick");
        Self { sleep, period, missed: MissedTickBehavior::default() }
    }

    /// Waits for the next tick, and tells when it was due.
    ///
    /// # Panics
    ///
    /// The future panics outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no tick.
    ///
    /// # In reports
    ///
    /// `sleep`, with the line where the interval was made.
    pub fn tick(&mut self) -> Tick<'_> {
        Tick { interval: self }
    }

    /// Ready when the next tick is due.
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(Pin::new(&mut self.sleep).poll(cx));
        let due = self.sleep.deadline();
        let next = self.next_after(due, Instant::now());
        self.sleep.reset(next);
        Poll::Ready(due)
    }

    fn next_after(&self, due: Instant, now: Instant) -> Instant {
        let next = due.saturating_add(self.period);
        if next > now {
            return next;
        }
        match self.missed {
            MissedTickBehavior::Burst => next,
            MissedTickBehavior::Delay => now.saturating_add(self.period),
            MissedTickBehavior::Skip => {
                let late = now.duration_since(due).as_nanos();
                let into_beat = (late % self.period.as_nanos()) as u64;
                now.saturating_add(self.period - Duration::from_nanos(into_beat))
            }
        }
    }

    /// The next tick is a period from now.
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// The next tick is now.
    pub fn reset_immediately(&mut self) {
        self.reset_at(Instant::now());
    }

    /// The next tick is `after` from now.
    pub fn reset_after(&mut self, after: Duration) {
        self.reset_at(Instant::now().saturating_add(after));
    }

    /// The next tick is at `deadline`.
    pub fn reset_at(&mut self, deadline: Instant) {
        self.sleep.reset(deadline);
    }

    /// The time between two ticks.
    #[must_use]
    pub const fn period(&self) -> Duration {
        self.period
    }

    /// What it does about ticks that were missed.
    #[must_use]
    pub const fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed
    }

    /// Sets what it does about ticks that were missed.
    pub const fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed = behavior;
    }
}

impl Future for Tick<'_> {
    type Output = Instant;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Instant> {
        self.interval.poll_tick(cx)
    }
}
