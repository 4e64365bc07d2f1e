//! A resource's place in the registry.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};

use super::aside;
use crate::current;
use crate::memory::Address;
use crate::names::{Kind, ResourceId, Site, TaskId};
use crate::registry::edge::Target;
use crate::registry::fixed::{AtomicSite, AtomicTypeName, TypeName};
use crate::registry::grants::Recall;
use crate::registry::holder::Holder;
use crate::registry::slab::slab;

/// What the registry keeps of a resource.
///
/// Each count is written by the primitive, on its slow paths only, and read by whoever looks; it is
/// right as of the last time somebody had to wait, or who waited was served. What they mean:
///
/// | kind | `capacity` | `level` | `givers` | `takers` |
/// |---|---|---|---|---|
/// | channel, broadcast | values that fit (`u64::MAX`: any number) | values in it | senders | receivers |
/// | oneshot, watch | 1 | | senders | receivers |
/// | mutex | | 1 if taken | 1 if somebody was served and is not back | asleep |
/// | rwlock | | readers inside, -1 for a writer; 0 if one was woken and is not back | wait to write | asleep |
/// | semaphore | permits in all | permits free | 1 if permits were added or destroyed by hand | asleep |
/// | wait group | | the counter, while somebody waits | | asleep |
/// | barrier | parties | have come | | |
/// | once, cond, notify | | | | asleep |
/// | context | what it was made from, by its number; 0 if from none that ends | | handles that may cancel it | |
///
/// Two cache lines, which it shares with no other: each use of a lock writes here, and locks that are
/// used by different threads are not to be in each other's way.
#[derive(Debug)]
#[repr(align(128))]
pub struct ResourceRecord {
    pub(super) holder: Holder,
    /// Odd while the record is in use.
    pub(super) generation: AtomicU32,
    pub(super) kind: AtomicU8,
    pub(super) subclass: AtomicU8,
    /// See [`Resource::note_written`](super::Resource::note_written).
    pub(super) written: AtomicBool,
    /// The class that the order of locks knows it by; 0 if it does not know it.
    pub(crate) class: AtomicU32,
    /// Where its name and its recall are kept.
    pub(super) aside: AtomicU32,
    /// Its place in the slab.
    index: AtomicU32,
    pub(super) id: AtomicU64,
    pub(super) created_at: AtomicSite,
    pub(super) created_by: AtomicU64,
    pub(super) type_name: AtomicTypeName,
    /// Where the primitive was when somebody last waited for it, and where its handles point to: kept
    /// as [`Address`] keeps it, so that whoever takes a snapshot leaves no pointer on its stack.
    pub(super) anchor: AtomicUsize,
    pub(super) handle: AtomicUsize,
    /// How much fits in, or how many it takes.
    pub capacity: AtomicU64,
    /// How much is in, or how far it is.
    pub level: AtomicI64,
    /// Who can put something in.
    pub givers: AtomicU32,
    /// Who can take something out, or waits to.
    pub takers: AtomicU32,
    /// Calls that answered with an error where Go panics: a send after close, a second close.
    pub misuses: AtomicU32,
    /// Where it was closed, if that was looked for.
    pub(super) closed_at: AtomicSite,
}

slab!(ResourceRecord);

/// Of what has no record yet: nobody reads it, and who strikes out a signature that was never made
/// need not ask whether there is a record.
pub(super) static NOBODYS: ResourceRecord = ResourceRecord::new();

impl Default for ResourceRecord {
    fn default() -> Self {
        Self::new()
    }
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// What is known of a resource when it takes its record.
#[derive(Debug)]
pub(super) struct First {
    pub(super) kind: u8,
    pub(super) subclass: u8,
    pub(super) created_at: Site,
    pub(super) type_name: TypeName,
    pub(super) name: Option<Cow<'static, str>>,
}

/// Takes a record; returns its index, and which use of it this is.
pub(super) fn begin(first: First) -> (u32, u32) {
    let (index, record) = take();
    record.index.store(index, Ordering::Relaxed);
    record.kind.store(first.kind, Ordering::Relaxed);
    record.id.store(NEXT_ID.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    record.created_at.set(first.created_at);
    record.subclass.store(first.subclass, Ordering::Relaxed);
    record.written.store(false, Ordering::Relaxed);
    record.class.store(0, Ordering::Relaxed);
    record.holder.leave();
    record.created_by.store(current::task_id().map_or(0, |TaskId(id)| id), Ordering::Relaxed);
    if let Some(name) = first.name {
        aside::set_name(&record.aside, name);
    }
    record.type_name.set(first.type_name);
    record.capacity.store(0, Ordering::Relaxed);
    record.level.store(0, Ordering::Relaxed);
    record.givers.store(0, Ordering::Relaxed);
    record.takers.store(0, Ordering::Relaxed);
    record.misuses.store(0, Ordering::Relaxed);
    record.closed_at.clear();
    record.anchor.store(0, Ordering::Relaxed);
    record.handle.store(0, Ordering::Relaxed);
    (index, record.generation.fetch_add(1, Ordering::Release).wrapping_add(1))
}

/// Gives a record back.
pub(super) fn end(index: u32) {
    let Some(record) = SLAB.get(index) else { return };
    if record.class.load(Ordering::Relaxed) != 0 {
        crate::order::forget(ResourceId(record.id.load(Ordering::Relaxed)));
    }
    record.generation.fetch_add(1, Ordering::Release);
    let recall = aside::forget(&record.aside);
    give(index, record);
    drop(recall);
}

impl ResourceRecord {
    const fn new() -> Self {
        Self {
            generation: AtomicU32::new(0),
            kind: AtomicU8::new(0),
            id: AtomicU64::new(0),
            created_at: AtomicSite::new(),
            created_by: AtomicU64::new(0),
            type_name: AtomicTypeName::new(),
            subclass: AtomicU8::new(0),
            written: AtomicBool::new(false),
            class: AtomicU32::new(0),
            holder: Holder::new(),
            aside: AtomicU32::new(0),
            index: AtomicU32::new(0),
            anchor: AtomicUsize::new(0),
            handle: AtomicUsize::new(0),
            capacity: AtomicU64::new(0),
            level: AtomicI64::new(0),
            givers: AtomicU32::new(0),
            takers: AtomicU32::new(0),
            misuses: AtomicU32::new(0),
            closed_at: AtomicSite::new(),
        }
    }

    /// What the edges of the resource that has it lead to.
    #[inline]
    pub(super) fn target(&self) -> Target {
        let generation = self.generation.load(Ordering::Relaxed);
        Target::Resource(self.index.load(Ordering::Relaxed), generation as u16)
    }

    /// Gives it a name that is known only at run time.
    pub fn rename(&self, name: impl Into<Cow<'static, str>>) {
        aside::set_name(&self.aside, name.into());
    }

    /// Notes what the first word of each of its handles says, of which the second says on which
    /// [`side`](crate::memory::side) it is.
    pub fn set_handle(&self, points_to: usize) {
        self.handle.store(Address::kept(points_to), Ordering::Relaxed);
    }

    /// Whether that is noted.
    #[must_use]
    pub fn has_handles(&self) -> bool {
        self.handle.load(Ordering::Relaxed) != 0
    }

    /// Of a context: notes from which other one it was made.
    pub fn set_above(&self, above: &Self) {
        self.capacity.store(above.id.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Notes where it was closed.
    pub(crate) fn set_closed_at(&self, at: Site) {
        self.closed_at.set(at);
    }

    /// Where it was closed, if that was noted.
    pub(crate) fn closed_at(&self) -> Option<Site> {
        self.closed_at.get()
    }

    /// What sets a lock apart from others, for the order in which locks are taken.
    pub(crate) fn traits(&self) -> Option<Traits> {
        Some(Traits {
            id: ResourceId(self.id.load(Ordering::Acquire)),
            kind: Kind::from_number(self.kind.load(Ordering::Acquire))?,
            created_at: self.created_at.get()?,
            type_name: self.type_name.get().unwrap_or_default(),
            name: aside::name(&self.aside),
            subclass: self.subclass.load(Ordering::Acquire),
        })
    }

    /// Its number, if it is still the resource that an edge with this generation meant.
    pub(crate) fn id_if(&self, generation: u16) -> Option<ResourceId> {
        let is_same = self.generation.load(Ordering::Acquire) as u16 == generation;
        is_same.then(|| ResourceId(self.id.load(Ordering::Acquire)))
    }

    /// What it is.
    pub(crate) fn kind(&self) -> Option<Kind> {
        Kind::from_number(self.kind.load(Ordering::Acquire))
    }

    /// Whether somebody has ever asked to write.
    pub(crate) fn is_written(&self) -> bool {
        self.written.load(Ordering::SeqCst)
    }
}

/// What sets a lock apart from others.
#[derive(Debug, Clone)]
pub(crate) struct Traits {
    pub(crate) id: ResourceId,
    pub(crate) kind: Kind,
    pub(crate) created_at: Site,
    pub(crate) type_name: &'static str,
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) subclass: u8,
}

/// The record with this index, whoever has it.
#[inline]
pub(crate) fn resource_record(index: u32) -> Option<&'static ResourceRecord> {
    SLAB.get(index)
}

/// How the resource with this index takes back its grants, if it can.
#[must_use]
pub fn recaller(index: u32) -> Option<Arc<dyn Recall>> {
    aside::recall(&SLAB.get(index)?.aside)
}

/// Every record there is, free ones among them.
pub(super) fn all() -> impl Iterator<Item = &'static ResourceRecord> {
    SLAB.iter()
}

pub(in crate::registry) fn stretches() -> impl Iterator<Item = (usize, usize)> {
    SLAB.stretches().chain(aside::stretches())
}

/// The resources of such a kind for which somebody waits, by index and generation: two words of each
/// record are read, and nothing is copied.
pub fn waited_for(wanted: fn(Kind) -> bool) -> impl Iterator<Item = (u32, u16)> {
    SLAB.indexed().filter_map(move |(index, record)| {
        let is_one = record.takers.load(Ordering::Relaxed) > 0
            && Kind::from_number(record.kind.load(Ordering::Relaxed)).is_some_and(wanted);
        let generation = record.generation.load(Ordering::Acquire);
        (is_one && generation % 2 == 1).then_some((index, generation as u16))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_two_cache_lines() {
        assert_eq!(size_of::<ResourceRecord>(), 128);
    }
}
