//! The stack at each edge of waiting, and whose waker is kept there, beside the records, whose two cache
//! lines are full.
//!
//! Invariant: a note names the stamp of the edge it was written for, so that of an edge that has
//! gone says nothing about the next one in the same slot.

use std::sync::atomic::{AtomicU64, Ordering};

use super::slab::Slab;
use crate::memory::Address;
use crate::stacks::StackId;

/// A number, and so many bits of the stamp of the edge that it was written for. 0: there is none.
#[derive(Debug, Default)]
struct Note<const STAMP: u32>(AtomicU64);

impl<const STAMP: u32> Note<STAMP> {
    const MASK: u64 = (1 << STAMP) - 1;

    fn set(&self, stamp: u64, number: u64) {
        self.0.store(number << STAMP | stamp & Self::MASK, Ordering::Release);
    }

    fn get(&self, stamp: u64) -> u64 {
        let note = self.0.load(Ordering::Acquire);
        if note & Self::MASK == stamp & Self::MASK { note >> STAMP } else { 0 }
    }
}

/// The stack of the edge in one slot.
#[derive(Debug, Default)]
pub(super) struct Trace(Note<24>);

impl Trace {
    /// The stack of the edge with this stamp.
    pub(super) fn set(&self, stamp: u64, stack: StackId) {
        self.0.set(stamp, u64::from(stack.0));
    }

    /// The stack of the edge with this stamp, if that is the one it was written for.
    pub(super) fn get(&self, stamp: u64) -> StackId {
        StackId(self.0.get(stamp) as u32)
    }
}

/// What the waker is known by that is kept at the edge in one slot, if it is not the task's own: an address, as
/// far as one reaches on today's machines.
#[derive(Debug, Default)]
pub(super) struct Waker(Note<16>);

impl Waker {
    /// The waker at the edge with this stamp is known by this address.
    pub(super) fn set(&self, stamp: u64, data: usize) {
        self.0.set(stamp, data as u64);
    }

    /// The address by which the waker at the edge with this stamp is known, if that is the one it was
    /// written for.
    pub(super) fn get(&self, stamp: u64) -> Option<Address> {
        let data = self.0.get(stamp) as usize;
        (data != 0).then(|| Address::new(data))
    }
}

/// Those of the slots in each task's record. Without an index of its own: it has that of the task.
pub(super) static OF_TASKS: Slab<[Trace; 2]> = Slab::new();

/// The same for wakers. Few tasks wait with another than their own, so it is apart: most of it is never made.
pub(super) static WAKERS: Slab<[Waker; 2]> = Slab::new();

/// And for slots outside of a record, which have an index themselves.
pub(super) static WAKERS_OF_SPILLED: Slab<Waker> = Slab::new();

pub(super) fn stretches() -> impl Iterator<Item = (usize, usize)> {
    OF_TASKS.stretches().chain(WAKERS.stretches()).chain(WAKERS_OF_SPILLED.stretches())
}
