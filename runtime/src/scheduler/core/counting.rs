//! What a worker counts of its own doing.

use std::ptr;

use wakeful_sync::wait::budget;

use super::super::Shared;
use super::super::stats::{self, Event};
use super::{Core, Step, count, with};
use crate::task::Ready;

impl Core {
    #[cold]
    pub(super) fn run_timed(task: Ready, cancel: bool) {
        let times = || with(|core| &core.bench().stats.poll_time);
        with(|core| core.probe.arm());
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
    pub(super) fn tell_yields() {
        with(|core| stats::add(&core.bench().stats.yields, budget::take_yields()));
    }
}

impl Step {
    pub(super) fn timed(self) -> Self {
        match self {
            Self::Run(task, cancel) => Self::Timed(task, cancel),
            other => other,
        }
    }
}
