//! What a worker counts of its own doing.

use std::ptr;

use wakeful_sync::wait::budget;

use super::super::Shared;
use super::super::stats::{self, Event};
use super::here::here;
use super::{Core, Inner, count};
use crate::task::Ready;

impl Core {
    /// Counts an event, if this thread has a core of `shared`; says whether it has.
    #[inline]
    pub(crate) fn counts(shared: &'static Shared, event: Event) -> bool {
        match here() {
            Some(core) if ptr::eq(core.shared, shared) => {
                count(core.bench.stats.of(event));
                true
            }
            _ => false,
        }
    }
}

impl Inner {
    /// Tells what was counted meanwhile, and follows the next task that is queued.
    pub(super) fn sample(&self) {
        self.tell_yields();
        let mut probe = self.probe.get();
        probe.arm();
        self.probe.set(probe);
    }

    /// Runs a task, timed if that is due.
    pub(super) fn run_or_time(&self, task: Ready) {
        if self.pace.owes_sample() { self.run_timed(task) } else { self.run(task) }
    }

    /// Runs a task, and notes how long its poll takes.
    pub(super) fn run_timed(&self, task: Ready) {
        self.pace.samples();
        let times = &self.bench.stats.poll_time;
        stats::timed(times, || self.run(task), || self.is_here());
    }

    /// This task is queued, and is to be followed to its poll.
    #[cold]
    pub(super) fn follow(&self, task: &Ready) {
        let mut probe = self.probe.get();
        probe.follow(task, self.bench.victim.len());
        self.probe.set(probe);
    }

    /// This task left the queue, or none was there, while one is followed.
    #[cold]
    pub(super) fn left_queue(&self, task: Option<&Ready>) {
        let mut probe = self.probe.get();
        probe.left(task, &self.bench.stats.latency);
        self.probe.set(probe);
    }

    /// Writes down how often this thread has cut a poll short.
    pub(super) fn tell_yields(&self) {
        stats::add(&self.bench.stats.yields, budget::take_yields());
    }
}
