//! How often a worker that has tasks looks at what else there is: the clock, the others, the driver.
//!
//! Where polls are short, once in so many: a look costs as much as a few of them. Where they are long,
//! once in so long, or a timer would be late by as much as all of them take: 61 polls of 20 µs are over
//! a millisecond. So the number of polls up to the next look follows from how long those before the last
//! one took: less at once, more by one at each look, as a few short polls say little of the next one.
//! The time that the worker sleeps does not count, and a poll pays for one countdown.
//! Where nobody waits for a timer or a descriptor, and has not for some time, no clock hurries it.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// At the most so many polls lie between two looks. A prime, as in Go and tokio, so that it does not
/// fall in step with the program.
const MOST: u32 = 61;

/// If they are long, about so much time, at the least one poll.
const STRETCH: Duration = Duration::from_micros(20);

/// The operating system is asked no more often than that, which is a call.
const GLANCE: Duration = Duration::from_micros(60);

/// After so many looks in a row at which nobody waited for the outside, 1 ms or more, polls are only
/// counted. A task whose timer has just fired may be queued for a while before it sets the next one.
const CALM: u32 = 64;

/// What is due at a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// To fire timers; if not, they were looked at just now.
    pub(super) timers: bool,
    /// To ask the operating system as well.
    pub(super) glance: bool,
}

/// When a worker looks around.
#[derive(Debug)]
pub(super) struct Pace {
    /// How many polls are left before the next look; below zero if there were more.
    left: Cell<i32>,
    /// How many there were to be when the last one was over.
    length: Cell<u32>,
    /// When that was, and later by as much as the worker has slept since.
    looked: Cell<Instant>,
    /// When it looked for timers.
    fired: Cell<Instant>,
    glanced: Cell<Instant>,
    /// How many polls there were since one was timed.
    untimed: Cell<u32>,
    /// At how many looks in a row nobody waited for the outside.
    calm: Cell<u32>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            left: Cell::new(MOST as i32),
            length: Cell::new(MOST),
            looked: Cell::new(now),
            fired: Cell::new(now),
            glanced: Cell::new(now),
            untimed: Cell::new(0),
            calm: Cell::new(0),
        }
    }

    /// Counts a poll down; false if it is time to look around first.
    #[inline]
    pub(super) fn goes_on(&self) -> bool {
        let left = self.left.get();
        self.left.set(left - 1);
        left > 0
    }

    /// Counts polls between which nobody asked whether to go on.
    #[inline]
    pub(super) fn spend(&self, polls: u32) {
        self.left.set(self.left.get() - polls as i32);
    }

    /// A look, and the beginning of another stretch. `is_awaited`: whether somebody waits for the outside.
    pub(super) fn look(&self, now: Instant, is_awaited: impl FnOnce() -> bool) -> Due {
        // Not the one that was counted down as the worker was told to look.
        let length = self.length.get() + (-1 - self.left.get()).max(0) as u32;
        let took = now.saturating_duration_since(self.looked.replace(now));
        let next = match length_after(length, took).min(self.length.get() + 1) {
            short @ ..MOST if self.hurries(is_awaited) => short,
            _ => MOST,
        };
        self.length.set(next);
        self.left.set(next as i32);
        self.untimed.set(self.untimed.get().saturating_add(length));
        let is_over = |since: &Cell<Instant>, least: Duration| {
            let is_over = now.saturating_duration_since(since.get()) >= least;
            if is_over {
                since.set(now);
            }
            is_over
        };
        Due { timers: is_over(&self.fired, STRETCH / 2), glance: is_over(&self.glanced, GLANCE) }
    }

    /// Whether a poll is to be timed: one in as many as there are at the most between two looks. Where a
    /// worker has little to do there may be none at hand when it looks, and the next one will do.
    pub(super) fn owes_sample(&self) -> bool {
        self.untimed.get() >= MOST
    }

    /// A poll is timed.
    pub(super) fn samples(&self) {
        self.untimed.set(self.untimed.get() - MOST);
    }

    fn hurries(&self, is_awaited: impl FnOnce() -> bool) -> bool {
        let calm = if is_awaited() { 0 } else { self.calm.get() + 1 };
        self.calm.set(calm.min(CALM));
        calm < CALM
    }

    /// There was no task for the poll that was counted down.
    pub(super) fn polled_none(&self) {
        self.left.set(self.left.get() + 1);
    }

    /// The worker has slept for so long.
    pub(super) fn has_slept(&self, time: Duration) {
        self.looked.set(self.looked.get() + time);
    }
}

/// How many polls are to lie between two looks, if so many took so long.
fn length_after(length: u32, took: Duration) -> u32 {
    let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).max(1);
    let polls = u64::from(length) * STRETCH.as_nanos() as u64 / took;
    polls.clamp(1, u64::from(MOST)) as u32
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn polls_until_look(pace: &Pace) -> u32 {
        let mut polls = 0;
        while pace.goes_on() {
            polls += 1;
        }
        polls
    }

    #[test]
    fn looks_follow_the_length_of_polls() {
        let start = Instant::now();
        let mut now = start;
        let pace = Pace::new(now);
        // Polls of 20 ns, then of 5 us, then of 100 us, then of 20 ns again.
        for (nanos, polls) in
            [(20, 61), (5_000, 61), (5_000, 4), (100_000, 4), (100_000, 1), (20, 1), (20, 2)]
        {
            assert_eq!(polls_until_look(&pace), polls, "polls of {nanos} ns");
            now += Duration::from_nanos(nanos) * polls;
            pace.look(now, || true);
        }
        for polls in 3..61 {
            assert_eq!(polls_until_look(&pace), polls, "one more than before");
            now += Duration::from_nanos(20) * polls;
            pace.look(now, || true);
        }
        assert!(pace.goes_on());
        pace.polled_none();
        pace.has_slept(Duration::from_secs(1));
        assert_eq!(polls_until_look(&pace), 61);
        pace.look(now + Duration::from_secs(1), || true);
        assert_eq!(polls_until_look(&pace), 61, "a sleep is no poll");
    }

    #[test]
    fn a_row_of_short_polls_puts_the_next_look_off_by_few_long_ones() {
        let mut now = Instant::now();
        let pace = Pace::new(now);
        // Eight that have just been woken, then others of 20 us.
        let lengths = [20_000; 61].into_iter().chain([300; 8]).chain([20_000; 100]);
        let (mut latest, mut looked) = (Duration::ZERO, now);
        for (poll, nanos) in lengths.enumerate() {
            if !pace.goes_on() {
                pace.look(now, || true);
                // The first one came after sixty-one.
                if poll > 61 {
                    latest = latest.max(now - looked);
                }
                looked = now;
                pace.spend(1);
            }
            now += Duration::from_nanos(nanos);
        }
        assert!(latest <= Duration::from_micros(100), "{latest:?}");
    }

    #[test]
    fn who_waits_for_nothing_outside_is_not_hurried_by_the_clock() {
        let mut now = Instant::now();
        let pace = Pace::new(now);
        let mut look = |is_awaited| {
            now += Duration::from_micros(50) * polls_until_look(&pace);
            pace.look(now, || is_awaited);
            pace.length.get()
        };
        assert_eq!(look(true), 1);
        for _ in 1..CALM {
            assert_eq!(look(false), 1, "the next timer may be about to be set");
        }
        assert_eq!((look(false), look(false)), (MOST, MOST));
        assert_eq!(look(true), 1);
    }

    #[test]
    fn one_poll_in_sixty_one_is_timed_however_long_they_are() {
        let mut now = Instant::now();
        let pace = Pace::new(now);
        let (mut polls, mut samples) = (0, 0);
        for look in 0..1000 {
            let stretch = polls_until_look(&pace);
            // Some tasks were run as they were woken.
            pace.spend(3);
            let stretch = stretch + 3;
            polls += stretch;
            now += Duration::from_micros(7) * stretch;
            pace.look(now, || true);
            // At every third look there is nothing at hand.
            if look % 3 != 0 && pace.owes_sample() {
                pace.samples();
                samples += 1;
            }
        }
        assert!(polls / MOST - samples <= 1, "{samples} of {polls}");
    }
}
