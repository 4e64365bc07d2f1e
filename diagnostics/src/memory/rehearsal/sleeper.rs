//! A task that sleeps, and whose future could be dropped.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use crate::memory::frames::OnStack;
use crate::memory::owners::Owners;
use crate::names::TaskId;
use crate::registry::{self, TaskRecord};

#[derive(Debug, Clone, Copy)]
pub(super) struct Sleeper {
    pub(super) record: &'static TaskRecord,
    /// Where its future is, if that is not in its cell: it is that of a `block_on`.
    pub(super) on_stack: Option<OnStack>,
}

impl Sleeper {
    /// Those of these tasks that sleep still.
    pub(super) fn of(tasks: &HashSet<TaskId>, owners: &Owners) -> HashMap<TaskId, Self> {
        let asleep = registry::records().filter(|record| record.is_asleep());
        let these = asleep.map(|record| (record.id(), record)).filter(|(id, _)| tasks.contains(id));
        these.map(|(id, record)| (id, Self { record, on_stack: owners.root(id) })).collect()
    }

    pub(super) fn id(&self) -> TaskId {
        self.record.id()
    }

    /// What changes with each poll of it.
    pub(super) fn moment(&self) -> (u64, u64) {
        (self.record.fingerprint(), self.record.word.load(Ordering::Acquire))
    }
}
