//! What a runtime says when it is asked what it has counted.

use std::sync::atomic::Ordering;

use wakeful_diagnostics::metrics::{RuntimeMetrics, Source, WorkerMetrics};

use super::Shared;
use super::core::{Bench, Core};
use super::stats::{Event, Stats};

impl Shared {
    /// Counts: where this thread's worker does, if it has a core of this runtime, else where
    /// everybody may. Says whether it has.
    #[inline]
    pub(crate) fn count(&'static self, event: Event) -> bool {
        let has_core = Core::counts(self, event);
        if !has_core {
            self.outside.of(event).fetch_add(1, Ordering::Relaxed);
        }
        has_core
    }

    fn total(&self, which: impl Fn(&Stats) -> u64) -> u64 {
        let workers = self.benches.iter().map(|bench| which(&bench.stats));
        workers.fold(which(&self.outside), u64::wrapping_add)
    }
}

impl Source for Shared {
    fn read(&self) -> Option<RuntimeMetrics> {
        if self.is_closed() {
            return None;
        }
        let load = Ordering::Relaxed;
        let mut told = RuntimeMetrics::default();
        told.runtime = self.id;
        // What ends is read before what begins, so that never more have ended than begun.
        told.panicked = self.total(|stats| stats.panicked.load(load));
        told.aborted = self.total(|stats| stats.aborted.load(load));
        told.spawned = self.total(|stats| stats.spawned.load(load));
        told.budget_yields = self.total(|stats| stats.yields.load(load));
        told.workers = self.benches.iter().map(|bench| worker(bench)).collect();
        for bench in &self.benches {
            told.poll_time.add(&bench.stats.poll_time.read());
            told.schedule_latency.add(&bench.stats.latency.read());
        }
        told.idle_workers = self.idle.sleeping();
        // The monitor may have gone to sleep with the workers before it saw that they were free.
        told.starved = self.starved.load(load) && told.idle_workers == 0;
        told.global_queue_depth = self.global.len();
        (told.timers, told.registered_fds) = self.in_driver();
        told.blocking = self.pool.metrics();
        told.blocking.exhausted = self.pool_exhausted.load(load);
        Some(told)
    }

    fn note_finished(&self, finished: u64) -> u64 {
        self.finished.fetch_max(finished, Ordering::Relaxed).max(finished)
    }
}

fn worker(bench: &Bench) -> WorkerMetrics {
    let load = Ordering::Relaxed;
    let mut told = WorkerMetrics::default();
    told.polls = bench.half_polls.load(load).div_ceil(2);
    told.unparks = bench.stats.unparks.load(load);
    told.parks = bench.parks.load(load);
    told.steals = bench.steals.load(load);
    told.queue_depth = bench.queued();
    told
}
