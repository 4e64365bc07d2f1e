//! Tasks.
//!
//! Invariants:
//! * `generation` is odd exactly while the record belongs to a task;
//! * `word` and `cell` are the scheduler's: it alone writes them while the generation is odd, and
//!   a retired record's word says [`word::DONE`], so that a stale wake does nothing.

mod metas;
mod serving;
mod view;
pub mod word;

use std::cell::Cell as ThreadCell;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering,
};

pub use serving::Serving;
pub use view::TaskView;

use super::edge::{Slot, Target};
use super::fixed::{AtomicSite, AtomicTypeName, TypeName};
use super::grants::Ledger;
use super::meta::Meta;
use super::slab;
use crate::clock::Tick;
use crate::names::{RuntimeId, Site, TaskId};

#[cfg(not(loom))]
pub(super) type AtomicWord = AtomicU64;
#[cfg(loom)]
pub(super) type AtomicWord = loom::sync::atomic::AtomicU64;

/// A task's place in the registry, and the head of the task itself.
#[derive(Debug)]
#[repr(align(128))]
pub struct TaskRecord {
    /// The state word; see [`word`].
    pub word: AtomicWord,
    /// The scheduler's cell: the future, or its output.
    pub cell: AtomicPtr<()>,
    slots: [Slot; 2],
    grants: Ledger,
    id: AtomicU64,
    spawned_at: AtomicSite,
    type_name: AtomicTypeName,
    parent: AtomicU64,
    generation: AtomicU32,
    index: AtomicU32,
    polls: AtomicU32,
    since: AtomicU32,
    /// Index of its name and labels plus one; 0 if it has neither.
    meta: AtomicU32,
    runtime: AtomicU16,
    flags: AtomicU8,
    /// Whether something about what it holds is kept beside the record; see `holding`.
    pub(super) beside: AtomicBool,
}

const DAEMON: u8 = 1;
const ROOT: u8 = 2;
const LOCAL: u8 = 4;
/// It has labels, which its children inherit.
const LABELLED: u8 = 8;
/// It was suspended in one place when it was last suspended with a lock; see `holding`.
const STRAND: u8 = 16;
// The next two bits are those of `serving`.

impl Default for TaskRecord {
    fn default() -> Self {
        Self {
            word: AtomicWord::new(word::DONE | word::TAKEN),
            cell: AtomicPtr::default(),
            slots: Default::default(),
            grants: Ledger::default(),
            id: AtomicU64::default(),
            spawned_at: AtomicSite::default(),
            type_name: AtomicTypeName::default(),
            parent: AtomicU64::default(),
            generation: AtomicU32::default(),
            index: AtomicU32::default(),
            polls: AtomicU32::default(),
            since: AtomicU32::default(),
            meta: AtomicU32::default(),
            runtime: AtomicU16::default(),
            flags: AtomicU8::default(),
            beside: AtomicBool::default(),
        }
    }
}

/// What is known of a task when it is spawned.
#[derive(Debug)]
pub struct Birth {
    /// Where in source.
    pub site: Site,
    /// The type of its future.
    pub type_name: TypeName,
    /// The task that spawned it.
    pub parent: Option<&'static TaskRecord>,
    /// Its name and labels; with none, it inherits its parent's labels.
    pub meta: Option<Meta>,
    /// Whether it may stay when its runtime ends: not a leak.
    pub daemon: bool,
    /// Whether it is the future of a `block_on`.
    pub root: bool,
    /// Whether one thread alone may poll it, and its runtime's workers never do.
    pub local: bool,
    /// Its runtime.
    pub runtime: RuntimeId,
    /// The first state word.
    pub word: u64,
}

mod records {
    use super::TaskRecord;
    super::slab::slab!(TaskRecord);

    pub(super) fn get(index: u32) -> Option<&'static TaskRecord> {
        SLAB.get(index)
    }

    pub(crate) fn stretches() -> impl Iterator<Item = (usize, usize)> {
        SLAB.stretches()
    }

    pub(super) fn all() -> impl Iterator<Item = &'static TaskRecord> {
        SLAB.iter()
    }

    /// Under loom every record is new, because loom's atomics belong to one execution of a model.
    #[inline]
    pub(super) fn obtain() -> (u32, &'static TaskRecord) {
        if cfg!(loom) { (0, Box::leak(Box::default())) } else { take() }
    }

    #[inline]
    pub(super) fn release(record: &'static TaskRecord) {
        if !cfg!(loom) {
            give(record.index(), record);
        }
    }
}

/// Ids are handed to threads sixteen at a time, as in Go; so they grow, but not in spawn order.
const ID_BATCH: u64 = 16;
static NEXT_IDS: AtomicU64 = AtomicU64::new(1);
thread_local! {
    static IDS: ThreadCell<(u64, u64)> = const { ThreadCell::new((0, 0)) };
}

#[inline]
fn next_id() -> u64 {
    let (next, end) = IDS.get();
    if next == end {
        return first_of_next_ids();
    }
    IDS.set((next + 1, end));
    next
}

#[cold]
#[inline(never)]
fn first_of_next_ids() -> u64 {
    let next = NEXT_IDS.fetch_add(ID_BATCH, Ordering::Relaxed);
    IDS.set((next + 1, next + ID_BATCH));
    next
}

impl TaskRecord {
    /// Enters a new task. In line, as most of what a spawn tells is the same for all that it spawns.
    #[inline(always)]
    #[must_use]
    pub fn register(birth: Birth) -> &'static Self {
        let (index, record) = records::obtain();
        record.word.store(birth.word, Ordering::Relaxed);
        record.id.store(next_id(), Ordering::Relaxed);
        record.spawned_at.set(birth.site);
        record.type_name.set(birth.type_name);
        record.parent.store(birth.parent.map_or(0, |parent| parent.id().0), Ordering::Relaxed);
        record.index.store(index, Ordering::Relaxed);
        record.polls.store(0, Ordering::Relaxed);
        record.grants.clear();
        record.since.store(crate::clock::cached().0, Ordering::Relaxed);
        record.runtime.store(birth.runtime.0 as u16, Ordering::Relaxed);
        let flag = |is: bool, bit: u8| if is { bit } else { 0 };
        let flags = flag(birth.daemon, DAEMON) | flag(birth.root, ROOT) | flag(birth.local, LOCAL);
        record.flags.store(flags, Ordering::Relaxed);
        record.meta.store(0, Ordering::Relaxed);
        let parent = birth.parent.filter(|parent| parent.has(LABELLED));
        if birth.meta.is_some() || parent.is_some() {
            record.keep_meta(birth.meta, parent);
        }
        let odd = record.generation.load(Ordering::Relaxed).wrapping_add(1);
        record.generation.store(odd, Ordering::Release);
        record
    }

    /// Keeps the new task's own name and labels, and those labels it inherits.
    #[cold]
    #[inline(never)]
    fn keep_meta(&self, own: Option<Meta>, parent: Option<&'static Self>) {
        let (meta, is_labelled) = place_meta(own, parent);
        self.meta.store(meta, Ordering::Relaxed);
        if is_labelled {
            self.flags.fetch_or(LABELLED, Ordering::Relaxed);
        }
    }

    /// Takes the task out of the registry; the record may be another task's the next moment.
    pub fn retire(&'static self) {
        if self.meta.load(Ordering::Relaxed) != 0 || self.beside.load(Ordering::Relaxed) {
            self.forget_beside();
        }
        let even = self.generation.load(Ordering::Relaxed).wrapping_add(1);
        debug_assert_eq!(even % 2, 0, "a record is retired once");
        self.generation.store(even, Ordering::Release);
        records::release(self);
    }

    /// Forgets what is kept beside the record.
    #[cold]
    #[inline(never)]
    fn forget_beside(&self) {
        metas::forget(self.meta.load(Ordering::Relaxed));
        self.forget_holding();
    }

    #[inline]
    fn has(&self, flag: u8) -> bool {
        self.flags.load(Ordering::Relaxed) & flag != 0
    }

    /// The task's id.
    #[inline]
    #[must_use]
    pub fn id(&self) -> TaskId {
        TaskId(self.id.load(Ordering::Relaxed))
    }

    /// The index by which edges refer to it.
    #[inline]
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index.load(Ordering::Relaxed)
    }

    /// Its runtime.
    #[must_use]
    pub fn runtime(&self) -> RuntimeId {
        RuntimeId(u32::from(self.runtime.load(Ordering::Relaxed)))
    }

    /// Whether the record belongs to a task that has not ended; stale the moment it is told.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.generation.load(Ordering::Acquire) % 2 == 1
            && self.word.load(Ordering::Acquire) & word::DONE == 0
    }

    /// Whether the workers of its runtime poll it: it is neither a root nor local.
    #[must_use]
    pub fn is_for_workers(&self) -> bool {
        !self.has(ROOT | LOCAL)
    }

    /// Whether it is left over if it stays: it is neither a root nor a daemon.
    #[must_use]
    pub fn ought_to_end(&self) -> bool {
        !self.has(ROOT | DAEMON)
    }

    /// The type of its future.
    pub(crate) fn type_name(&self) -> Option<&'static str> {
        self.type_name.get()
    }

    /// What a wait for this task's end leads to.
    #[must_use]
    pub fn target(&self) -> Target {
        Target::Task(self.index())
    }

    /// Its name and labels, if it has any.
    #[must_use]
    pub fn meta(&self) -> Option<Arc<Meta>> {
        metas::get(self.meta.load(Ordering::Relaxed))
    }

    /// When it was last spawned, polled, or went to sleep.
    #[must_use]
    pub fn since(&self) -> Tick {
        Tick(self.since.load(Ordering::Relaxed))
    }

    /// A number that changes with the task, and with each poll of it.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let polls = u64::from(self.polls.load(Ordering::Relaxed));
        (self.id().0 << 32 ^ polls).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// Notes that a poll begins.
    #[inline]
    pub fn begin_poll(&self, now: Tick) {
        let polls = self.polls.load(Ordering::Relaxed).wrapping_add(1);
        self.polls.store(polls, Ordering::Relaxed);
        self.since.store(now.0, Ordering::Relaxed);
    }

    /// Whether it was suspended in one place when it was last suspended with a lock.
    pub(crate) fn is_strand(&self) -> bool {
        self.has(STRAND)
    }

    /// Called by the thread that polls it.
    pub(super) fn set_strand(&self, is_strand: bool) {
        if is_strand {
            self.flags.fetch_or(STRAND, Ordering::Relaxed);
        } else {
            self.flags.fetch_and(!STRAND, Ordering::Relaxed);
        }
    }

    /// Whether it is the future of a `block_on`.
    pub(crate) fn is_root(&self) -> bool {
        self.has(ROOT)
    }

    /// The record with this index.
    pub(crate) fn with_index(index: u32) -> Option<&'static Self> {
        records::get(index)
    }

    /// Which task of those that had this record it is.
    #[inline]
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation.load(Ordering::Acquire)
    }

    #[inline]
    pub(super) const fn grants(&self) -> &Ledger {
        &self.grants
    }

    #[inline]
    pub(super) const fn slot_pair(&'static self) -> &'static [Slot; 2] {
        &self.slots
    }

    #[inline]
    pub(super) fn slots(&'static self) -> &'static [Slot] {
        &self.slots
    }
}

/// The place of a task's own name and labels, and of those it inherits; and whether there are labels.
fn place_meta(own: Option<Meta>, parent: Option<&'static TaskRecord>) -> (u32, bool) {
    let inherited = parent.and_then(TaskRecord::meta).map(|meta| meta.labels.clone());
    let mut meta = Meta { name: None, labels: inherited.unwrap_or_default() };
    if let Some(own) = own {
        meta.name = own.name;
        for (key, value) in own.labels.iter() {
            meta = meta.with_label(key, value);
        }
    }
    let is_labelled = !meta.labels.is_empty();
    if meta.is_empty() { (0, false) } else { (metas::keep(Arc::new(meta)), is_labelled) }
}

pub(super) fn stretches() -> impl Iterator<Item = (usize, usize)> {
    records::stretches()
}

/// Every record there is, free ones among them.
pub fn records() -> impl Iterator<Item = &'static TaskRecord> {
    records::all()
}

/// The task with this index, as it stands now.
#[must_use]
pub fn task(index: u32) -> Option<TaskView> {
    records::get(index)?.view()
}

/// Every task, as it stands now, without the edges that spilled.
pub fn tasks() -> impl Iterator<Item = TaskView> {
    records::all().filter_map(TaskRecord::view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_two_cache_lines() {
        assert_eq!(size_of::<TaskRecord>(), 128);
    }
}
