//! A task that sleeps, and whose future could be dropped.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use crate::memory::frames::OnStack;
use crate::memory::owners::Owners;
use crate::names::TaskId;
use crate::registry::{self, TaskRecord, word};

#[derive(Debug, Clone, Copy)]
pub(super) struct Sleeper {
    pub(super) record: &'static TaskRecord,
    /// Where its future is, if that is not in its cell: it is that of a `block_on`.
    pub(super) on_stack: Option<OnStack>,
}

impl Sleeper {
    /// Those of these tasks that sleep still.
    pub(super) fn of(tasks: &HashSet<TaskId>, owners: &Owners) -> HashMap<TaskId, Self> {
        let alive = registry::records().filter(|record| record.generation() % 2 == 1);
        let alive = alive.filter(|record| tasks.contains(&record.id()));
        let all = alive.map(|record| Self { record, on_stack: owners.root(record.id()) });
        all.filter(Self::is_asleep).map(|sleeper| (sleeper.id(), sleeper)).collect()
    }

    pub(super) fn id(&self) -> TaskId {
        self.record.id()
    }

    pub(super) fn is_asleep(&self) -> bool {
        word::is_asleep(self.record.word.load(Ordering::Acquire))
    }

    /// What changes with each poll of it.
    pub(super) fn moment(&self) -> (u64, u64) {
        (self.record.fingerprint(), self.record.word.load(Ordering::Acquire))
    }
}
