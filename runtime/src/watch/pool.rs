//! Blocking pools whose jobs wait for the pool.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use wakeful_diagnostics::{FindingKind, policy, snapshot, stall};

use crate::scheduler::Shared;

/// How often to look, and for how long nothing may have begun.
const PATIENCE: Duration = Duration::from_secs(1);

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Pools {
    next: Option<Instant>,
    /// By runtime: how many jobs had begun when it was full last time.
    begun: Vec<Option<u64>>,
}

impl Pools {
    /// Looks if it is time to. Returns when it will be, while a pool is full.
    pub(super) fn look(&mut self, now: Instant, runtimes: &[&'static Shared]) -> Option<Duration> {
        if let Some(next) = self.next.filter(|&next| now < next) {
            // It may have filled up since, and then all have gone quiet.
            let is_full = runtimes.iter().any(|shared| shared.pool.is_jammed());
            return is_full.then(|| next - now);
        }
        self.next = Some(now + PATIENCE);
        self.begun.resize(runtimes.len(), None);
        for (shared, seen) in runtimes.iter().zip(&mut self.begun) {
            let Some((begun, running, queued)) = shared.pool.jam() else {
                shared.pool_exhausted.store(false, Ordering::Relaxed);
                *seen = None;
                continue;
            };
            if seen.replace(begun) == Some(begun) {
                let found = stall::pool_exhausted(&snapshot(), &running, &queued);
                shared.pool_exhausted.store(found.is_some(), Ordering::Relaxed);
                if let Some(finding) = found {
                    policy::tell(&finding, policy::of(shared.id, FindingKind::Stall));
                }
            } else {
                shared.pool_exhausted.store(false, Ordering::Relaxed);
            }
        }
        self.begun.iter().any(Option::is_some).then_some(PATIENCE)
    }
}
