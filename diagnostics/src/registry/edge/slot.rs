//! A slot: room for one edge, and what its words say.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{EdgeView, Target};
use crate::clock::Tick;
use crate::names::{Op, Site};
use crate::order;
use crate::registry::fixed::AtomicSite;
use crate::stacks::StackId;

pub(in super::super) const OP: u64 = 0x7f & !MARK;
/// Of a possession: the order of locks wants to know when it ends. Of a wait: what it was for has
/// been granted. No op has this bit in its number.
pub(in super::super) const MARK: u64 = 1 << 5;
/// It began in an arm of a `select!`.
pub(crate) const SELECT: u64 = 1 << 7;
/// The low 16 bits of the generation of the task's record.
const TASK: u64 = 1 << 8;
/// The low 16 bits of the generation of the resource's record.
pub(in super::super) const THING: u64 = 1 << 24;
pub(in super::super) const STAMP: u64 = 1 << 40;

/// The bit of the op that is set exactly in those that are possession.
pub(in super::super) const HOLD: u64 = 64;

/// The generation of a task's record, as a head keeps it.
const fn of_task(generation: u32) -> u64 {
    (generation as u16 as u64) * TASK
}

/// The generation of the task that has a record, or of the last one that had it, as a head keeps it.
const fn last_owner(generation: u32) -> u16 {
    (generation.wrapping_sub(1) | 1) as u16
}

/// What an edge tells, as a slot keeps it: its head wants a stamp and the task besides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) head: u64,
    pub(super) site: Site,
    pub(super) body: u64,
}

impl Facts {
    /// `mark`: `SELECT`, or nothing.
    #[inline(always)]
    pub(super) fn new(op: Op, target: Target, site: Site, since: Tick, mark: u64) -> Self {
        let thing = u64::from(target.generation()) * THING;
        Self {
            head: thing | mark | op as u64,
            site,
            body: u64::from(target.pack()) << 32 | u64::from(since.0),
        }
    }
}

/// Room for one edge.
///
/// Not of the shim: under loom what is written here is seen at once. The models go through all orders
/// of marking a slot, waking its task and falling asleep, as those of the task's word make them.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// Stamp (24 bits), `THING` (16), `TASK` (16), `SELECT`, and the number of the op (7 bits, of
    /// which `MARK` is one). All but the stamp is 0 in a free slot.
    pub(in super::super) head: AtomicU64,
    pub(super) site: AtomicSite,
    /// Target (32 bits) and tick (32 bits).
    pub(in super::super) body: AtomicU64,
}

impl Slot {
    /// The head, if the slot is free.
    #[inline]
    pub(super) fn vacant(&self) -> Option<u64> {
        let head = self.head.load(Ordering::Acquire);
        (head & OP == 0).then_some(head)
    }

    /// Writes an edge; `free` is the head of the free slot.
    #[inline]
    pub(super) fn write(&self, free: u64, generation: u32, facts: Facts) {
        // Release, each: whoever sees the new site or body also sees that the slot was freed.
        self.site.set(facts.site);
        self.body.store(facts.body, Ordering::Release);
        let head = free.wrapping_add(STAMP) | facts.head | of_task(generation);
        self.head.store(head, Ordering::Release);
    }

    /// Frees the slot of an edge of waiting. Returns what its head said.
    #[inline]
    pub(super) fn clear(&self) -> u64 {
        let head = self.head.load(Ordering::Relaxed);
        self.head.store(head & !(STAMP - 1), Ordering::Release);
        head
    }

    /// Frees the slot, whatever sort of edge it has.
    #[inline]
    pub(super) fn free(&self) {
        let head = self.clear();
        if head & (MARK | HOLD) == MARK | HOLD {
            order::released(self, head);
        }
    }

    /// Turns a wait of the task that has, or last had, this generation into a grant by the resource
    /// with index `by`, if that is what it was for.
    #[inline]
    pub(super) fn grant(&self, generation: u32, by: u32) -> bool {
        let head = self.head.load(Ordering::Relaxed);
        let target = (self.body.load(Ordering::Relaxed) >> 32) as u32;
        let is_its = target == by && (head / TASK) as u16 == last_owner(generation);
        if is_its {
            // Nobody else writes while it is taken, but to free it, under the granter's door.
            self.head.store(head | MARK, Ordering::Release);
        }
        is_its
    }

    /// Not zero if something was granted here; or, rarely, if what the task holds is marked.
    #[inline]
    pub(in super::super) fn marked(&self) -> u64 {
        self.head.load(Ordering::Acquire) & MARK
    }

    /// Who granted what the task that has, or last had, this generation waited for here.
    pub(in super::super) fn granter(&self, generation: u32) -> Option<u32> {
        let head = self.head.load(Ordering::Acquire);
        let is_its = head & (MARK | HOLD) == MARK && (head / TASK) as u16 == last_owner(generation);
        is_its.then(|| (self.body.load(Ordering::Acquire) >> 32) as u32)
    }

    /// The edge that the task of this generation has in this slot; `None` if it has none, or if it
    /// changes faster than it can be read.
    pub(crate) fn view(&self, generation: u32) -> Option<EdgeView> {
        self.read(|whose| whose == generation as u16).map(|(_, edge)| edge)
    }

    /// The edge in this slot, and which task of those that had the record drew it, if that is not
    /// the one of this generation.
    pub(super) fn stale(&self, generation: u32) -> Option<(u16, EdgeView)> {
        self.read(|whose| whose != generation as u16)
    }

    fn read(&self, wanted: impl Fn(u16) -> bool) -> Option<(u16, EdgeView)> {
        for _ in 0..8 {
            let head = self.head.load(Ordering::Acquire);
            let op = Op::from_number((head & OP) as u8)?;
            let whose = (head / TASK) as u16;
            if !wanted(whose) || head & (MARK | HOLD) == MARK {
                return None;
            }
            let site = self.site.get();
            let body = self.body.load(Ordering::Acquire);
            if self.head.load(Ordering::Relaxed) == head {
                let edge = EdgeView {
                    op,
                    target: Target::unpack(op, (body >> 32) as u32, (head / THING) as u16),
                    site: site?,
                    since: Tick(body as u32),
                    in_select: head & SELECT != 0,
                    stack: StackId::NONE,
                    waker: None,
                    stamp: head / STAMP,
                };
                return Some((whose, edge));
            }
        }
        None
    }
}
