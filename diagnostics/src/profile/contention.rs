//! The mutex profile: what those who held a lock have cost the others.
//!
//! A lock that somebody waits for has a [`Meter`], which runs while somebody sleeps there, as fast
//! as there are sleepers. Whoever gives the lock back is charged with what it shows.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::SystemTime;

use super::table::{Cost, Key, Table};
use super::waits::SHAPE;
use super::{Frame, Profile, Sample, calls, operation, random, together};
use crate::names::{Op, Site};
use crate::registry::TaskRecord;
use crate::stacks::StackId;
use crate::{clock, current, noun};

static TABLE: Table = Table::new();

/// One in how many counts; 0 while nothing is counted.
static FRACTION: AtomicU64 = AtomicU64::new(0);

/// Counts from now on, for the mutex profile, one in `n` of those that gave a [`Mutex`] or
/// [`RwLock`] back while others waited for it; 0 counts none, and what was counted stays. Returns
/// what was set before.
///
/// As `runtime.SetMutexProfileFraction` in Go: the delay of a sample is what its hold has cost all
/// who waited, and both numbers are multiplied by `n`, so that the sums are right on average. It is
/// charged to the line that took the lock, for the line of a guard's drop is not known.
///
/// While this is 0, which it is at the start, it costs a comparison each time somebody has to wait
/// for a lock. The key `mutex_profile` of `WAKEFUL` sets it, too.
///
/// [`Mutex`]: https://docs.rs/wakeful-sync/latest/wakeful_sync/struct.Mutex.html
/// [`RwLock`]: https://docs.rs/wakeful-sync/latest/wakeful_sync/struct.RwLock.html
///
/// # Examples
///
/// ```
/// let before = wakeful_diagnostics::set_mutex_profile_fraction(10);
/// assert_eq!(before, 0);
/// ```
pub fn set_mutex_profile_fraction(n: u64) -> u64 {
    if n > 0 {
        TABLE.prepare();
    }
    FRACTION.swap(n, Relaxed)
}

/// What waiting for one lock has cost since somebody was last charged with it.
#[derive(Debug, Default)]
pub struct Meter {
    /// When it was last read; 0 while nothing is counted.
    at: u64,
    /// Nanoseconds, summed over those who waited.
    cost: u64,
}

impl Meter {
    /// A meter that shows nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { at: 0, cost: 0 }
    }

    /// So many have waited since the last time; called before that changes.
    #[inline]
    pub fn run(&mut self, waiting: usize) {
        if FRACTION.load(Relaxed) != 0 {
            self.advance(waiting);
        } else if self.at != 0 {
            *self = Self::new();
        }
    }

    #[cold]
    fn advance(&mut self, waiting: usize) {
        let now = clock::nanos();
        if self.at != 0 {
            let each = now.saturating_sub(self.at);
            self.cost = self.cost.saturating_add(each.saturating_mul(waiting as u64));
        }
        self.at = now;
    }

    /// The current task gives the lock back: it is charged with what the meter shows. `way`: what
    /// the others would have waited for in its place; `site`: the line that took the lock.
    #[inline]
    pub fn charge(&mut self, way: Op, site: impl FnOnce() -> Option<Site>) {
        if self.cost != 0 {
            let cost = std::mem::take(&mut self.cost);
            count(way, site(), cost);
        }
    }
}

#[cold]
fn count(way: Op, site: Option<Site>, cost: u64) {
    let n = FRACTION.load(Relaxed);
    if n == 0 || random::below(n) != 0 {
        return;
    }
    let task = current::task().and_then(TaskRecord::type_name);
    let key = Key { function: operation::letting_go(way), site, task, stack: StackId::NONE };
    TABLE.add(&key, n as f64, cost.saturating_mul(n));
}

/// The mutex profile.
pub(crate) fn mutex() -> Profile {
    let samples = together(TABLE.read().into_iter().map(sample));
    Profile { shape: SHAPE, samples, taken_at: SystemTime::now(), duration: None }
}

/// How many places it has.
pub(crate) fn mutex_records() -> usize {
    mutex().samples.len()
}

/// One in how many counts.
pub(crate) fn mutex_fraction() -> u64 {
    FRACTION.load(Relaxed)
}

/// A record of either profile as a sample.
pub(super) fn sample((key, cost): (Option<Key>, Cost)) -> Sample {
    let stack = match key {
        None => vec![Frame::of_house("(other places)")],
        Some(Key { function, site, task, stack }) => {
            let mut calls = calls::noted(stack, site.map(Into::into));
            if calls.is_empty() {
                let task = task.map_or_else(|| "(no task)".to_owned(), noun::tidy);
                calls.extend(site.map(|site| Frame::at(task, site.into())));
            }
            calls.insert(0, Frame::of_house(function));
            calls
        }
    };
    Sample { stack, labels: Vec::new(), values: vec![cost.events, cost.nanos] }
}
