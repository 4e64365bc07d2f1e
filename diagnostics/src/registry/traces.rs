//! The stack at each edge of waiting, and whose waker is kept there, beside the records, whose two cache
//! lines are full.
//!
//! Invariant: a note names the stamp of the edge it was written for, so that of an edge that has
//! gone says nothing about the next one in the same slot.

use std::sync::atomic::{AtomicU64, Ordering};

use super::slab::Slab;
use crate::memory::Address;
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

/// What the waker is known by that is kept at the edge in one slot, if it is not the task's own.
#[derive(Debug, Default)]
pub(super) struct Waker(AtomicU64);

/// Of a stamp so many bits; the rest is an address, as far as one reaches on today's machines.
const BITS: u32 = 16;

impl Waker {
    /// The waker at the edge with this stamp is known by this address.
    pub(super) fn set(&self, stamp: u64, data: usize) {
        let stamp = stamp & ((1 << BITS) - 1);
        self.0.store((data as u64) << BITS | stamp, Ordering::Release);
    }

    /// The address by which the waker at the edge with this stamp is known, if that is the one it was
    /// written for.
    pub(super) fn get(&self, stamp: u64) -> Option<Address> {
        let note = self.0.load(Ordering::Acquire);
        let (data, of) = (note >> BITS, note & ((1 << BITS) - 1));
        (data != 0 && of == stamp & ((1 << BITS) - 1)).then(|| Address::new(data as usize))
    }
}

/// Those of the slots in each task's record. Without an index of its own: it has that of the task.
static OF_TASKS: Slab<[Trace; 2]> = Slab::new();

/// The same for wakers. Few tasks wait with another than their own, so it is apart: most of it is never made.
static WAKERS: Slab<[Waker; 2]> = Slab::new();

/// And for slots outside of a record, which have an index themselves.
static OF_SPILLED: Slab<Waker> = Slab::new();

/// The places of the task with this index; made if they are not there yet.
pub(super) fn make(task: u32) -> &'static [Trace; 2] {
    OF_TASKS.make(task)
}

/// The places of the task with this index, if there are any.
pub(super) fn get(task: u32) -> Option<&'static [Trace; 2]> {
    OF_TASKS.get(task)
}

/// As [`make`], for wakers.
pub(super) fn make_wakers(task: u32) -> &'static [Waker; 2] {
    WAKERS.make(task)
}

/// As [`get`], for wakers.
pub(super) fn wakers(task: u32) -> Option<&'static [Waker; 2]> {
    WAKERS.get(task)
}

/// The place of the slot with this index; made if it is not there yet.
pub(super) fn make_spilled(slot: u32) -> &'static Waker {
    OF_SPILLED.make(slot)
}

/// The place of the slot with this index, if there is one.
pub(super) fn of_spilled(slot: u32) -> Option<&'static Waker> {
    OF_SPILLED.get(slot)
}

pub(super) fn stretches() -> impl Iterator<Item = (usize, usize)> {
    OF_TASKS.stretches().chain(WAKERS.stretches()).chain(OF_SPILLED.stretches())
}
