//! What the monitor looks for while tasks run: stalls, long holds, a pool that waits for itself.
//!
//! Nothing here is a proof, and each of it is a matter of time, so a machine that is overloaded or
//! was suspended must not look like a program that is stuck: what the monitor itself came too late
//! for, and what a thread spent waiting for a processor, counts for nobody.

pub(crate) mod deadlock;
mod hold;
mod late;
mod pool;
mod stall;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::scheduler::Shared;

/// What is watched, and what was seen of it so far.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    late: late::Late,
    stalls: stall::Stalls,
    holds: hold::Holds,
    pools: pool::Pools,
}

impl Watch {
    /// Waits for so long, and notes how much longer it took.
    pub(crate) fn nap(&mut self, length: Duration) {
        self.late.nap(length);
    }

    /// Looks. Returns after what time at the latest it wants to look again, if all is quiet.
    pub(crate) fn look(&mut self, runtimes: &[&'static Shared]) -> Option<Duration> {
        let now = Instant::now();
        // Hooks of the user's are called, and a panic in one must not end the watch.
        let looked = catch_unwind(AssertUnwindSafe(|| {
            self.stalls.look(now, runtimes, &self.late);
            let for_holds = self.holds.look(now, runtimes, &self.late);
            let for_pools = self.pools.look(now, runtimes);
            for_holds.into_iter().chain(for_pools).min()
        }));
        looked.unwrap_or(None)
    }
}
