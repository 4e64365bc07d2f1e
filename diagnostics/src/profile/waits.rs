//! The block profile: what waits have cost those who waited.
//!
//! A wait counts when it is over, and only if somebody else in the process ended it. The clock is
//! read when it begins, so a wait that began before the profile was switched on does not count.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::SystemTime;

use super::table::{Key, Table};
use super::{Measure, Profile, Shape, contention, operation, random, together};
use crate::names::Op;
use crate::pulse;
use crate::registry::{Edge, TaskRecord};
use crate::stacks::StackId;
use crate::{clock, current};

static TABLE: Table = Table::new();

/// Nanoseconds of waiting for each sample; 0 while nothing is counted.
static RATE: AtomicU64 = AtomicU64::new(0);

pub(super) const SHAPE: Shape = Shape {
    measures: &[
        Measure { name: "contentions", unit: "count" },
        Measure { name: "delay", unit: "nanoseconds" },
    ],
    period_of: Measure { name: "contentions", unit: "count" },
    period: 1,
};

/// Counts waits from now on, for the block profile: one sample for each `nanoseconds` that tasks
/// spent waiting. 1 counts every wait, 0 none; what was counted stays.
///
/// As `runtime.SetBlockProfileRate` in Go: a wait of at least that time always counts, a shorter
/// one in proportion, and then for as many as it stands for, so that the sums are right on
/// average. Counted are waits for channels, locks, groups, notifications, contexts and tasks, when
/// they are over and each time one sleeps; not those for a clock, a socket, a signal or a job, one that
/// was given up, and none that still lasts. Of a `select!` the arm that was served counts.
///
/// A sample costs two looks at the clock. While this is 0, which it is at the start, a wait costs
/// one comparison more. The key `block_profile` of `WAKEFUL` sets it, too.
///
/// # Examples
///
/// ```
/// // Enough for production: at most one sample for each 10 µs of waiting.
/// wakeful_diagnostics::set_block_profile_rate(10_000);
/// ```
pub fn set_block_profile_rate(nanoseconds: u64) {
    if nanoseconds > 0 {
        TABLE.prepare();
    }
    RATE.store(nanoseconds, Relaxed);
    pulse::switch(pulse::WAITS, nanoseconds > 0);
}

/// When a wait began, if that is to be known.
#[derive(Debug)]
pub struct Begun(u64);

/// It is an arm of a `select!`.
const SELECT: u64 = 1 << 63;

impl Begun {
    /// It is not to be known.
    pub const UNKNOWN: Self = Self(0);

    /// A wait of this sort begins. Nobody asks unless the [pulse] says that something is asked for.
    #[must_use]
    pub fn now(op: Op) -> Self {
        if RATE.load(Relaxed) == 0 || !operation::blocks(op) {
            return Self::UNKNOWN;
        }
        Self(clock::nanos() | if current::in_select() { SELECT } else { 0 })
    }

    /// It is over: what it waited for has come. `edge`: what the registry says of it; `task`: whose
    /// wait it was.
    #[inline]
    pub fn end(&self, edge: &Edge, task: Option<&'static TaskRecord>) {
        if self.0 != 0 {
            self.count(edge, task);
        }
    }

    #[cold]
    fn count(&self, edge: &Edge, task: Option<&'static TaskRecord>) {
        let rate = RATE.load(Relaxed);
        let Some((op, site)) = edge.told().filter(|_| rate > 0) else { return };
        let delay = clock::nanos().saturating_sub(self.0 & !SELECT).max(1);
        let function = operation::waiting(op, self.0 & SELECT != 0);
        let stack = task.map_or(StackId::NONE, |task| edge.stack(task));
        let task = task.and_then(TaskRecord::type_name);
        let key = Key { function, site: Some(site), task, stack };
        if let Some((events, nanos)) = weigh(delay, rate, random::below) {
            TABLE.add(&key, events, nanos);
        }
    }
}

/// For how many waits, and how much waiting, a wait stands; `None` if it is not counted.
fn weigh(delay: u64, rate: u64, below: impl FnOnce(u64) -> u64) -> Option<(f64, u64)> {
    if delay >= rate {
        return Some((1.0, delay));
    }
    (below(rate) < delay).then(|| (rate as f64 / delay as f64, rate))
}

/// The block profile.
pub(crate) fn block() -> Profile {
    let samples = together(TABLE.read().into_iter().map(contention::sample));
    Profile { shape: SHAPE, samples, taken_at: SystemTime::now(), duration: None }
}

/// How many places it has.
pub(crate) fn block_records() -> usize {
    block().samples.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_waits_count_in_proportion_and_the_sums_are_right() {
        assert_eq!(weigh(1_000, 1_000, |_| unreachable!("no chance")), Some((1.0, 1_000)));
        assert_eq!(weigh(5, 1, |_| unreachable!("no chance")), Some((1.0, 5)));
        for delay in [1, 3, 250, 999] {
            let all = (0..1_000).filter_map(|chance| weigh(delay, 1_000, |_| chance));
            let (events, nanos) = all.fold((0.0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            assert!((events - 1_000.0_f64).abs() < 1e-6, "{events} for 1000 waits");
            assert_eq!(nanos, delay * 1_000);
        }
    }
}
