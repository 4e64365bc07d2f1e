//! The stack at each edge of waiting, beside the records, whose two cache lines are full.
//!
//! Invariant: a trace names the stamp of the edge it was written for, so that of an edge that has
//! gone says nothing about the next one in the same slot.

use std::sync::atomic::{AtomicU64, Ordering};

use super::slab::Slab;
use crate::stacks::StackId;

/// The stack of the edge in one slot.
#[derive(Debug, Default)]
pub(super) struct Trace(AtomicU64);

const STAMP: u64 = (1 << 24) - 1;

impl Trace {
    /// The stack of the edge with this stamp.
    pub(super) fn set(&self, stamp: u64, stack: StackId) {
        self.0.store(u64::from(stack.0) << 24 | stamp & STAMP, Ordering::Release);
    }

    /// The stack of the edge with this stamp, if that is the one it was written for.
    pub(super) fn get(&self, stamp: u64) -> StackId {
        let trace = self.0.load(Ordering::Acquire);
        if trace & STAMP == stamp & STAMP { StackId((trace >> 24) as u32) } else { StackId::NONE }
    }
}

/// Those of the slots in each task's record. Without an index of its own: it has that of the task.
static OF_TASKS: Slab<[Trace; 2]> = Slab::new();

/// The places of the task with this index; made if they are not there yet.
pub(super) fn make(task: u32) -> &'static [Trace; 2] {
    OF_TASKS.make(task)
}

/// The places of the task with this index, if there are any.
pub(super) fn get(task: u32) -> Option<&'static [Trace; 2]> {
    OF_TASKS.get(task)
}

pub(super) fn stretches() -> impl Iterator<Item = (usize, usize)> {
    OF_TASKS.stretches()
}
