//! What a worker counts of its own doing.

use std::ptr;

use wakeful_sync::wait::budget;

use super::super::Shared;
use super::super::stats::{self, Event};
use super::{Core, Step, count, with};

impl Core {
    /// Runs one task of the worker's own, if there is one, and notes how long its poll takes.
    #[cold]
    pub(super) fn run_timed() {
        let step = with(|core| {
            core.tell_yields();
            core.probe.arm();
            let task = core.own()?;
            Some(core.run_next(task, core.shared.is_closing()))
        });
        let Some(Some(Step::Run(task, cancel))) = step else { return };
        let times = || with(|core| &core.bench().stats.poll_time);
        match times() {
            Some(own) => stats::timed(own, || Self::run(task, cancel), times),
            None => Self::run(task, cancel),
        }
    }

    /// Counts an event, if this thread has a core of `shared`; says whether it has.
    #[inline]
    pub(crate) fn counts(shared: &'static Shared, event: Event) -> bool {
        let counted = with(|core| {
            let is_of = ptr::eq(core.shared, shared);
            if is_of {
                count(core.bench().stats.of(event));
            }
            is_of
        });
        counted.unwrap_or(false)
    }

    /// Writes down how often this thread has cut a poll short.
    pub(super) fn tell_yields(&self) {
        stats::add(&self.bench().stats.yields, budget::take_yields());
    }
}
