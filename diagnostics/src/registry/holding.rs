//! What a task holds, as the order of locks asks for it.
//!
//! What lies in the task's own record is read from there. Beside it, in a table, is kept what a
//! record has no room for: edges that spilled, and the branch of a `join!` in which a possession was
//! taken. Invariants:
//! * only the thread that polls a task adds to what is kept for it;
//! * an entry whose slot has another head is over, and is left out from then on;
//! * a task without the flag `beside` has no entries: what it holds lies in its record, and no two of
//!   its branches run at the same time.

use std::collections::BTreeMap;
use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::edge::{Edge, HOLD, MARK, OP, Slot, THING};
use super::resource::Resource;
use super::task::TaskRecord;
use crate::clock;
use crate::current;
use crate::names::{Op, Site};
use crate::order::{self, Fresh, mix};

/// The branch that is the whole task.
pub(crate) const WHOLE: u64 = 1;

/// No branch: what was taken may be any branch's.
const UNCLEAR: u64 = 0;

/// Tables, by the index of the task, so that workers do not wait for each other.
const TABLES: usize = 16;

static BESIDE: [Mutex<BTreeMap<u32, Vec<Entry>>>; TABLES] =
    [const { Mutex::new(BTreeMap::new()) }; TABLES];

#[derive(Debug, Clone, Copy)]
struct Entry {
    slot: &'static Slot,
    /// Without [`MARK`].
    head: u64,
    /// `None`: that of the code that runs now.
    branch: Option<u64>,
    in_record: bool,
}

impl Entry {
    fn is_over(&self) -> bool {
        self.slot.head.load(Acquire) & !MARK != self.head
    }
}

/// A possession.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    slot: &'static Slot,
    head: u64,
    /// How it is held.
    pub(crate) op: Op,
    /// The index of the lock's record.
    pub(crate) index: u32,
    /// Which lock of those that had the record, as edges tell it.
    pub(crate) generation: u16,
    /// Where it was taken.
    pub(crate) site: Site,
    /// The branch it was taken in; `None` if that is the one that runs now.
    pub(crate) branch: Option<u64>,
    /// Whether it is not known for certain that the code that runs now has it.
    pub(crate) is_carried: bool,
}

/// Everything a task holds.
#[derive(Debug, Default)]
pub(crate) struct Holding {
    /// What it holds.
    pub(crate) held: Vec<Held>,
    /// In how many places it sleeps, outside of any select. Code that runs sleeps in none, unless it
    /// is one of several branches.
    pub(crate) waits: usize,
}

impl Held {
    /// Asks to be told when this possession ends; false if it has ended.
    pub(crate) fn mark(&self) -> bool {
        let head = &self.slot.head;
        let seen = head.load(Acquire);
        seen & !MARK == self.head
            && (seen & MARK != 0
                || head.compare_exchange(seen, seen | MARK, AcqRel, Relaxed).is_ok())
    }

    /// What is told at the end of a possession that was marked.
    pub(crate) fn key(&self) -> (usize, u64) {
        (ptr::from_ref(self.slot).addr(), self.head)
    }
}

impl Slot {
    /// See [`Held::key`].
    pub(crate) fn key(&self, head: u64) -> (usize, u64) {
        (ptr::from_ref(self).addr(), head & !MARK)
    }

    /// Mixes a possession into a hash.
    #[inline]
    fn chain(&self, hash: u64, fresh: Fresh) -> u64 {
        let head = self.head.load(Relaxed);
        if head & HOLD == 0 {
            return hash;
        }
        // The index is the upper half.
        let index = self.body.load(Relaxed) & !u64::from(u32::MAX);
        let is_carried = u64::from(!fresh.has(self.key(head)));
        mix(hash, index | is_carried) ^ (head & (OP | (u64::from(u16::MAX) * THING)))
    }

    /// Whether the task sleeps here, outside of any select.
    fn is_waited_in(&self, generation: u32) -> bool {
        let edge = self.view(generation);
        edge.is_some_and(|edge| !edge.op.is_hold() && !edge.in_select)
    }

    fn held(&'static self, generation: u32, branch: Option<u64>, fresh: Fresh) -> Option<Held> {
        let head = self.head.load(Acquire) & !MARK;
        if head & HOLD == 0 {
            return None;
        }
        let view = self.view(generation)?;
        let super::Target::Resource(index, thing) = view.target else { return None };
        Some(Held {
            slot: self,
            head,
            op: view.op,
            index,
            generation: thing,
            site: view.site,
            branch,
            is_carried: !fresh.has(self.key(head)),
        })
    }
}

impl Edge {
    /// As [`hold`](Self::hold), where the order of locks wants to know when the lock was taken.
    #[cold]
    #[inline(never)]
    pub(super) fn hold_in_order(op: Op, resource: &Resource, site: Site) -> Self {
        let Some(task) = current::task() else { return Self::none() };
        let edge = Self::hold_for(task, op, resource, site, clock::cached());
        if let Some(slot) = edge.slot {
            order::taken(task, slot.key(slot.head.load(Relaxed)));
        }
        edge
    }
}

impl TaskRecord {
    /// Whether it may hold anything.
    #[inline]
    pub(crate) fn holds(&'static self) -> bool {
        let [first, second] = self.slot_pair();
        let heads = first.head.load(Relaxed) | second.head.load(Relaxed);
        heads & HOLD != 0 || self.beside.load(Relaxed)
    }

    /// A hash of what it holds, and of the branches in which that was taken.
    #[inline]
    pub(crate) fn chain(&'static self, seed: u64) -> u64 {
        let [first, second] = self.slot_pair();
        let fresh = Fresh::of(self);
        let hash = second.chain(first.chain(seed, fresh), fresh);
        if self.beside.load(Relaxed) { self.chain_beside(hash, fresh) } else { hash }
    }

    /// The same of what is kept beside the record.
    #[cold]
    fn chain_beside(&'static self, hash: u64, fresh: Fresh) -> u64 {
        let table = self.table();
        let entries = table.get(&self.index()).map(Vec::as_slice).unwrap_or_default();
        let live = entries.iter().filter(|entry| entry.head & HOLD != 0 && !entry.is_over());
        live.fold(mix(hash, current::innermost()), |hash, entry| {
            let hash = if entry.in_record { hash } else { entry.slot.chain(hash, fresh) };
            mix(hash, entry.branch.unwrap_or(1))
        })
    }

    /// All it holds.
    pub(crate) fn holding(&'static self) -> Holding {
        let generation = self.generation();
        let beside = if self.beside.load(Relaxed) { self.entries() } else { Vec::new() };
        let fresh = Fresh::of(self);
        let mut all = Holding::default();
        for slot in self.slots() {
            let kept = beside.iter().find(|entry| ptr::eq(entry.slot, slot));
            all.held.extend(slot.held(generation, kept.and_then(|entry| entry.branch), fresh));
            all.waits += usize::from(slot.is_waited_in(generation));
        }
        let spilled = beside.iter().filter(|entry| !entry.in_record);
        for Entry { slot, branch, .. } in spilled {
            all.held.extend(slot.held(generation, *branch, fresh));
            all.waits += usize::from(slot.is_waited_in(generation));
        }
        all
    }

    /// An edge did not fit into the record.
    #[cold]
    pub(super) fn note_spilled(&'static self, slot: &'static Slot) {
        let head = slot.head.load(Relaxed) & !MARK;
        let entry = Entry { slot, head, branch: None, in_record: false };
        let mut table = self.table();
        let entries = table.entry(self.index()).or_default();
        entries.retain(|entry| !entry.is_over());
        entries.push(entry);
        self.beside.store(true, Relaxed);
    }

    /// What was taken by the code that runs now, and is held, was taken in this branch.
    #[cold]
    pub(crate) fn assign_holding(&'static self, branch: u64) {
        let mut table = self.table();
        let entries = table.entry(self.index()).or_default();
        entries.retain(|entry| !entry.is_over());
        for entry in entries.iter_mut() {
            entry.branch.get_or_insert(branch);
        }
        for slot in self.slots() {
            let head = slot.head.load(Acquire) & !MARK;
            if head & HOLD != 0 && !entries.iter().any(|entry| ptr::eq(entry.slot, slot)) {
                entries.push(Entry { slot, head, branch: Some(branch), in_record: true });
            }
        }
        self.keep(table);
    }

    /// A poll of the task is over. If it sleeps in several places it has branches, and if nobody told
    /// in which of them a possession was taken, nobody will.
    #[cold]
    #[inline(never)]
    pub(crate) fn suspend_holding(&'static self) {
        if self.holds() {
            self.set_strand(self.is_suspended_once());
        }
        // Two edges fit into the record: a possession, and one place to sleep in.
        if self.beside.load(Relaxed) && self.holding().waits > 1 {
            self.assign_holding(UNCLEAR);
        }
    }

    /// Whether there is one place to sleep in, found in this poll, and no other that a join would go
    /// on from: of the task's futures, only one goes on.
    #[cold]
    fn is_suspended_once(&'static self) -> bool {
        if order::suspensions(self) != 1 || order::may_be_asked_for(self) {
            return false;
        }
        let generation = self.generation();
        let sleeps = |slot: &Slot| slot.view(generation).is_some_and(|edge| !edge.op.is_hold());
        let beside = if self.beside.load(Relaxed) { self.entries() } else { Vec::new() };
        let spilled = beside.iter().filter(|entry| !entry.in_record && sleeps(entry.slot));
        self.slots().iter().filter(|slot| sleeps(slot)).count() + spilled.count() == 1
    }

    /// A branch is over: what it leaves behind is its parent's.
    #[cold]
    pub(crate) fn inherit_holding(&'static self, branch: u64, parent: u64) {
        let mut table = self.table();
        for entry in table.entry(self.index()).or_default() {
            if entry.branch == Some(branch) {
                entry.branch = Some(parent);
            }
        }
        self.keep(table);
    }

    /// The task has ended.
    #[inline]
    pub(super) fn forget_holding(&self) {
        if self.beside.load(Relaxed) {
            self.table().remove(&self.index());
            self.beside.store(false, Relaxed);
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let mut table = self.table();
        let entries = table.entry(self.index()).or_default();
        entries.retain(|entry| !entry.is_over());
        let kept = entries.clone();
        self.keep(table);
        kept
    }

    /// Drops an empty list, and sets the flag.
    fn keep(&self, mut table: MutexGuard<'_, BTreeMap<u32, Vec<Entry>>>) {
        let index = self.index();
        let is_empty = table.get(&index).is_none_or(Vec::is_empty);
        if is_empty {
            table.remove(&index);
        }
        self.beside.store(!is_empty, Relaxed);
    }

    fn table(&self) -> MutexGuard<'static, BTreeMap<u32, Vec<Entry>>> {
        let table = &BESIDE[self.index() as usize % TABLES];
        table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
