//! What the others see of a worker.

use std::sync::atomic::{AtomicU32, AtomicU64};

use super::super::next::Next;
use super::super::park::Parker;
use super::super::queue::{Local, Victim};
use super::super::stats::Stats;

/// What the others see of a worker.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) next: Next,
    pub(crate) parker: Parker,
    pub(in super::super) victim: Victim,
    /// Polls begun, written by the owner alone. An even number of half-polls: no task is running.
    pub(crate) half_polls: AtomicU64,
    /// The index of the task that is polled, or was polled last.
    pub(crate) polled: AtomicU32,
    /// The thread that works here, or did last, as the kernel knows it; 0 if that is not known.
    pub(crate) thread: AtomicU32,
    /// Times the worker went to sleep.
    pub(crate) parks: AtomicU64,
    /// Tasks taken from others.
    pub(crate) steals: AtomicU64,
    /// What else is counted here.
    pub(in super::super) stats: Stats,
}

impl Bench {
    pub(in super::super) fn new(local: &Local) -> Self {
        Self {
            next: Next::default(),
            parker: Parker::default(),
            victim: local.victim(),
            half_polls: AtomicU64::new(0),
            polled: AtomicU32::new(0),
            thread: AtomicU32::new(0),
            parks: AtomicU64::new(0),
            steals: AtomicU64::new(0),
            stats: Stats::default(),
        }
    }

    pub(in super::super) fn has_work(&self) -> bool {
        self.has_spare() || !self.next.is_empty()
    }

    /// How many tasks are queued here.
    pub(crate) fn queued(&self) -> usize {
        self.victim.len() + usize::from(!self.next.is_empty())
    }

    /// Whether there is something that another worker could take.
    pub(in super::super) fn has_spare(&self) -> bool {
        !self.victim.is_empty()
    }
}
