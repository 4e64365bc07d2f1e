//! What a worker counts: by plain stores, to a line of its own.
//!
//! Nobody else writes there, so that counting takes no locked instruction. While a worker's core goes
//! from one thread to another, a count may be lost.
//!
//! One poll in 61 is timed, and one task that is then queued is followed to its poll. Of the others,
//! a poll from the worker's queue pays for two tests: whether a task is to be followed, where it is
//! queued, and whether one is followed, where it is taken out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wakeful_diagnostics::metrics::{BOUNDS, Histogram, bucket};

use crate::task::Ready;

/// Counts of one worker, or of all who are none.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    pub(super) spawned: AtomicU64,
    pub(super) panicked: AtomicU64,
    pub(super) aborted: AtomicU64,
    pub(super) unparks: AtomicU64,
    pub(super) yields: AtomicU64,
    pub(super) poll_time: Times,
    pub(super) latency: Times,
}

/// What can be counted from outside the scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A task was spawned.
    Spawned,
    /// A task ended by a panic.
    Panicked,
    /// A task was ended before it was done.
    Aborted,
}

impl Stats {
    /// The counter for an event.
    #[inline]
    pub(super) const fn of(&self, event: Event) -> &AtomicU64 {
        match event {
            Event::Spawned => &self.spawned,
            Event::Panicked => &self.panicked,
            Event::Aborted => &self.aborted,
        }
    }
}

/// Adds to a counter that only this thread writes.
#[inline]
pub(super) fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}

/// Times by their length.
#[derive(Debug, Default)]
pub(super) struct Times {
    counts: [AtomicU64; BOUNDS.len() + 1],
    nanos: AtomicU64,
}

impl Times {
    /// Notes a time; only the owner does.
    pub(super) fn note(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        add(&self.counts[bucket(nanos)], 1);
        add(&self.nanos, nanos);
    }

    pub(super) fn read(&self) -> Histogram {
        Histogram {
            counts: std::array::from_fn(|place| self.counts[place].load(Ordering::Relaxed)),
            sum: Duration::from_nanos(self.nanos.load(Ordering::Relaxed)),
        }
    }
}

/// Follows a task from the queue of its worker to its poll.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Probe {
    /// Nothing is followed.
    #[default]
    Rests,
    /// The next task that is queued will be.
    Armed,
    /// A task is.
    Follows(Followed),
}

/// A task in the queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Followed {
    /// It, and how often it had been polled: it may be taken by another worker, and come back.
    task: u64,
    since: Instant,
    /// How many more times the probe may be armed before the task is given up.
    patience: usize,
}

impl Probe {
    /// Called once in 61 polls.
    pub(super) fn arm(&mut self) {
        match self {
            Self::Follows(followed) if followed.patience > 0 => followed.patience -= 1,
            _ => *self = Self::Armed,
        }
    }

    #[inline]
    pub(super) const fn is_armed(&self) -> bool {
        matches!(self, Self::Armed)
    }

    #[inline]
    pub(super) const fn follows(&self) -> bool {
        matches!(self, Self::Follows(_))
    }

    /// `task` is queued behind as many others.
    pub(super) fn follow(&mut self, task: &Ready, ahead: usize) {
        // For each task that leaves the queue, up to 16 may run that were never in it.
        let patience = 2 + ahead / 3;
        let task = task.record().fingerprint();
        *self = Self::Follows(Followed { task, since: Instant::now(), patience });
    }

    /// `task` left the queue, to be polled.
    pub(super) fn left(&mut self, task: Option<&Ready>, latency: &Times) {
        let Self::Follows(followed) = self else { return };
        match task {
            Some(task) if task.record().fingerprint() == followed.task => {
                latency.note(followed.since.elapsed());
            }
            Some(_) => return,
            // Another worker has it.
            None => {}
        }
        *self = Self::Rests;
    }
}

/// The time that polls take, if the same core is there afterwards.
pub(super) fn timed(times: &Times, poll: impl FnOnce(), is_here: impl FnOnce() -> bool) {
    let began = Instant::now();
    poll();
    let took = began.elapsed();
    if is_here() {
        times.note(took);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_by_length_and_added_up() {
        let times = Times::default();
        for micros in [1, 3, 4, 2_000_000] {
            times.note(Duration::from_micros(micros));
        }
        let read = times.read();
        assert_eq!((read.counts[0], read.counts[1], read.counts[11]), (1, 2, 1));
        assert_eq!(read.sum, Duration::from_micros(2_000_008));
    }

    #[test]
    fn a_probe_that_waits_in_vain_is_armed_again() {
        let mut probe = Probe::default();
        probe.arm();
        assert!(probe.is_armed() && !probe.follows());
        probe = Probe::Follows(Followed { task: 7, since: Instant::now(), patience: 2 });
        probe.arm();
        probe.arm();
        assert!(probe.follows());
        probe.arm();
        assert!(probe.is_armed());
        let latency = Times::default();
        probe = Probe::Follows(Followed { task: 7, since: Instant::now(), patience: 2 });
        probe.left(None, &latency);
        assert!(!probe.follows() && latency.read().count() == 0);
    }
}
