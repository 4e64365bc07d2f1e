//! What is noted beside an edge of waiting: the calls that led there, and whose waker is kept.

use std::sync::atomic::Ordering;

use super::{Edge, IN_RECORD, SLAB, STAMP, Slot};
use crate::registry::task::TaskRecord;
use crate::registry::traces;
use crate::stacks::{self, StackId};

impl Edge {
    /// The calls that led to this wait of the task, if they were noted.
    pub(crate) fn stack(&self, task: &'static TaskRecord) -> StackId {
        let Some(slot) = self.slot else { return StackId::NONE };
        let stamp = slot.head.load(Ordering::Relaxed) / STAMP;
        if self.spilled != IN_RECORD {
            return SLAB.get(self.spilled).map_or(StackId::NONE, |s| s.trace.get(stamp));
        }
        let traces = traces::OF_TASKS.get(task.index());
        let of_task = traces.zip(place(slot, task));
        of_task.map_or(StackId::NONE, |(traces, place)| traces[place].get(stamp))
    }

    /// Notes the calls that led to this wait of `task`, if they are wanted. Apart from drawing it, so
    /// that the edge lies where it will stay by then: over a call it would have to be kept elsewhere.
    #[inline(always)]
    pub fn note_calls(&self, task: &'static TaskRecord) {
        if stacks::is_due() {
            trace(self.slot, self.spilled, task);
        }
    }

    /// Notes that this wait of `task` keeps another waker than the task's own, and what that is known by.
    pub fn note_waker(&self, task: &'static TaskRecord, data: *const ()) {
        let Some(slot) = self.slot else { return };
        let stamp = slot.head.load(Ordering::Relaxed) / STAMP;
        if self.spilled != IN_RECORD {
            traces::WAKERS_OF_SPILLED.make(self.spilled).set(stamp, data.addr());
        } else if let Some(place) = place(slot, task) {
            traces::WAKERS.make(task.index())[place].set(stamp, data.addr());
        }
    }
}

/// Notes the calls that led to the wait whose edge this is. Not inlined, so that the frame it looks
/// from is one of its own; and not a method, so that the edge need not lie in memory.
#[cold]
#[inline(never)]
fn trace(slot: Option<&'static Slot>, spilled: u32, task: &'static TaskRecord) {
    let Some(slot) = slot else { return };
    let stack = stacks::take();
    if stack.is_none() {
        return;
    }
    let stamp = slot.head.load(Ordering::Relaxed) / STAMP;
    if spilled != IN_RECORD {
        if let Some(spilled) = SLAB.get(spilled) {
            spilled.trace.set(stamp, stack);
        }
    } else if let Some(place) = place(slot, task) {
        traces::OF_TASKS.make(task.index())[place].set(stamp, stack);
    }
}

/// Which of the slots in the task's record it is.
fn place(slot: &Slot, task: &'static TaskRecord) -> Option<usize> {
    task.slots().iter().position(|own| std::ptr::eq(own, slot))
}
