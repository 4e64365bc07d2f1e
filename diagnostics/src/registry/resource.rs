//! Locks, channels and groups.
//!
//! A primitive embeds a [`Resource`], which costs nothing until somebody first holds or waits:
//! only then does it take a record. The record goes to another resource once its own is gone, so
//! an edge says which generation of it is meant.

mod view;

use std::borrow::Cow;
use std::ptr;
use std::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use view::counted;
pub use view::{ResourceView, resource, resources};

use super::edge::Target;
use super::fixed::{AtomicSite, AtomicStatic, AtomicTypeName, TypeName};
use super::grants::Recall;
use super::holder::Holder;
use super::slab::slab;
use crate::current;
use crate::names::{Kind, ResourceId, Site, TaskId};

/// Where a resource comes from, and what its user calls it.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// Where it was created.
    pub site: Site,
    /// Its name, if it was given one.
    pub name: Option<&'static str>,
}

/// One lock, channel or group, as the registry sees it. One per primitive.
#[derive(Debug)]
pub struct Resource {
    /// Kind (8 bits), `WRITTEN`, subclass (7 bits), low bits of the record's generation (16 bits,
    /// above the index), and the record's index plus one (32 bits). The last two and `WRITTEN` are 0
    /// while there is no record.
    place: AtomicU64,
    /// The record, once `place` has its index.
    record: AtomicStatic<ResourceRecord>,
    site: Site,
    label: Label,
}

/// What a resource goes by. Whoever has a name needs no type, so the two share their place.
#[derive(Debug, Clone, Copy)]
enum Label {
    Name(&'static str),
    Type(TypeName),
}

const GENERATION: u64 = 1 << 32;
const SUBCLASS: u64 = 1 << 48;
const SUBCLASSES: u64 = WRITTEN / SUBCLASS - 1;
/// Somebody has asked to write.
const WRITTEN: u64 = 1 << 55;
const KIND: u64 = 1 << 56;

/// The type of what has none to tell.
const fn untyped() -> &'static str {
    ""
}

/// A resource's place in the registry.
///
/// Each count is written by the primitive, on its slow paths only, and read by whoever looks; it is
/// right as of the last time somebody had to wait, or who waited was served. What they mean:
///
/// | kind | `capacity` | `level` | `givers` | `takers` |
/// |---|---|---|---|---|
/// | channel, broadcast | values that fit (`u64::MAX`: any number) | values in it | senders | receivers |
/// | oneshot, watch | 1 | | senders | receivers |
/// | mutex | | 1 if taken | 1 if somebody was served and is not back | asleep |
/// | rwlock | | readers inside, -1 for a writer | wait to write | asleep |
/// | semaphore | permits in all | permits free | 1 if permits were added or destroyed by hand | asleep |
/// | wait group | | the counter, while somebody waits | | asleep |
/// | barrier | parties | have come | | |
/// | once, cond, notify | | | | asleep |
#[derive(Debug, Default)]
pub struct ResourceRecord {
    /// Odd while the record is in use.
    generation: AtomicU32,
    kind: AtomicU8,
    id: AtomicU64,
    created_at: AtomicSite,
    created_by: AtomicU64,
    type_name: AtomicTypeName,
    subclass: AtomicU8,
    /// See [`Resource::note_written`].
    written: AtomicBool,
    /// The class that the order of locks knows it by; 0 if it does not know it.
    pub(crate) class: AtomicU32,
    holder: Holder,
    name: Mutex<Option<Cow<'static, str>>>,
    recall: Mutex<Option<Arc<dyn Recall>>>,
    /// Where the primitive was when somebody last waited for it, and where its handles point to.
    anchor: AtomicUsize,
    handle: AtomicUsize,
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
    closed_at: AtomicSite,
}

slab!(ResourceRecord);

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

impl Resource {
    /// A resource without a record.
    #[must_use]
    pub const fn new(kind: Kind, origin: Origin) -> Self {
        Self::of_type(kind, origin, untyped)
    }

    /// The same, for a resource that is known by the type of what is in it, unless it has a name.
    #[must_use]
    pub const fn of_type(kind: Kind, origin: Origin, type_name: TypeName) -> Self {
        let label = match origin.name {
            Some(name) => Label::Name(name),
            None => Label::Type(type_name),
        };
        let place = AtomicU64::new(kind as u64 * KIND);
        Self { place, record: AtomicStatic::new(), site: origin.site, label }
    }

    /// Sets it apart from others of its name or line: for a new resource of this kind. Subclasses
    /// above 127 are taken modulo 128.
    pub const fn set_subclass(&mut self, kind: Kind, subclass: u8) {
        let subclass = (subclass as u64 & SUBCLASSES) * SUBCLASS;
        self.place = AtomicU64::new((kind as u64 * KIND) | subclass);
    }

    /// Notes that somebody asks to write what others may read at the same time.
    #[inline]
    pub fn note_written(&self) {
        if self.place.load(Ordering::Relaxed) & WRITTEN == 0 {
            self.note_first_written();
        }
    }

    #[cold]
    fn note_first_written(&self) {
        let record = self.record();
        record.written.store(true, Ordering::SeqCst);
        self.place.fetch_or(WRITTEN, Ordering::Relaxed);
        // Whoever gives it its class looks at `written` after that.
        if let class @ 1.. = record.class.load(Ordering::SeqCst) {
            crate::order::written(class, self.id());
        }
    }

    /// Its record, taken now if it had none.
    #[inline]
    pub fn record(&self) -> &'static ResourceRecord {
        self.record.get().unwrap_or_else(|| self.first_record())
    }

    #[cold]
    fn first_record(&self) -> &'static ResourceRecord {
        let record = record_at(self.place());
        self.record.set(record);
        record
    }

    /// Its record, if it has one.
    #[inline]
    #[must_use]
    pub fn registered(&self) -> Option<&'static ResourceRecord> {
        self.record.get().or_else(|| SLAB.get(index(self.place.load(Ordering::Acquire))?))
    }

    /// Notes that the current task, if there is one, has taken it, as only one at a time can.
    #[inline]
    pub fn hold(&self, owned: bool, site: Site) {
        if cfg!(loom) {
            return;
        }
        if let Some(task) = current::task() {
            self.record().holder.take(task, owned, site);
        }
    }

    /// Notes that who has taken it is about to give it back.
    #[inline]
    pub fn let_go(&self) {
        if let Some(record) = self.record.get() {
            record.holder.leave();
        }
    }

    /// Where in source it was last taken: by who has just given it back, unless another one was quick.
    #[must_use]
    pub fn last_taken_at(&self) -> Option<Site> {
        self.record.get()?.holder.last_site()
    }

    /// What the edge of a wait for this resource leads to. Whoever waits borrows the resource, so
    /// that it stays where it is for as long: that is noted.
    #[inline]
    pub fn target(&self) -> Target {
        self.record().anchor.store(ptr::from_ref(self).addr(), Ordering::Relaxed);
        target_at(self.place())
    }

    /// What the edge of a holder leads to.
    #[inline]
    pub(super) fn target_of_hold(&self) -> Target {
        target_at(self.place())
    }

    /// The index by which ledgers of grants refer to it.
    #[inline]
    pub fn index(&self) -> u32 {
        (self.place() as u32).wrapping_sub(1)
    }

    /// The same, if it has a record.
    #[inline]
    #[must_use]
    pub fn registered_index(&self) -> Option<u32> {
        index(self.place.load(Ordering::Acquire))
    }

    /// Makes known how its grants are taken back.
    pub fn set_recall(&self, recall: Arc<dyn Recall>) {
        *self.record().recall.lock().unwrap_or_else(PoisonError::into_inner) = Some(recall);
    }

    /// The number under which it appears in reports.
    #[must_use]
    pub fn id(&self) -> ResourceId {
        ResourceId(self.record().id.load(Ordering::Relaxed))
    }

    /// Where it was created and what it is called.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        let name = match self.label {
            Label::Name(name) => Some(name),
            Label::Type(_) => None,
        };
        Origin { site: self.site, name }
    }

    /// Which record it has, and which use of it: different for any two that live at one time. It
    /// changes when somebody writes for the first time.
    #[inline]
    pub(crate) fn stand(&self) -> u64 {
        self.place()
    }

    #[inline]
    fn place(&self) -> u64 {
        match self.place.load(Ordering::Acquire) {
            place if place as u32 == 0 => self.register(place),
            place => place,
        }
    }

    #[cold]
    fn register(&self, vacant: u64) -> u64 {
        let (index, record) = take();
        record.kind.store((vacant / KIND) as u8, Ordering::Relaxed);
        record.id.store(NEXT_ID.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        record.created_at.set(self.site);
        record.subclass.store(((vacant / SUBCLASS) & SUBCLASSES) as u8, Ordering::Relaxed);
        record.written.store(false, Ordering::Relaxed);
        record.class.store(0, Ordering::Relaxed);
        record.holder.leave();
        record.created_by.store(current::task_id().map_or(0, |TaskId(id)| id), Ordering::Relaxed);
        let (name, type_name) = match self.label {
            Label::Name(name) => (Some(Cow::Borrowed(name)), untyped as TypeName),
            Label::Type(type_name) => (None, type_name),
        };
        *record.name.lock().unwrap_or_else(PoisonError::into_inner) = name;
        record.type_name.set(type_name);
        record.capacity.store(0, Ordering::Relaxed);
        record.level.store(0, Ordering::Relaxed);
        record.givers.store(0, Ordering::Relaxed);
        record.takers.store(0, Ordering::Relaxed);
        record.misuses.store(0, Ordering::Relaxed);
        record.closed_at.clear();
        record.anchor.store(0, Ordering::Relaxed);
        record.handle.store(0, Ordering::Relaxed);
        let generation = record.generation.fetch_add(1, Ordering::Release).wrapping_add(1);
        let place = vacant | (u64::from(generation as u16) * GENERATION) | (u64::from(index) + 1);
        match self.place.compare_exchange(vacant, place, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => place,
            Err(other) => {
                retire(index, record);
                other
            }
        }
    }
}

/// The index of the record, if there is one.
#[inline]
fn index(place: u64) -> Option<u32> {
    (place as u32).checked_sub(1)
}

/// The record of a resource that has one.
#[inline]
fn record_at(place: u64) -> &'static ResourceRecord {
    let record = index(place).and_then(|index| SLAB.get(index));
    record.unwrap_or_else(|| unreachable!("records are never given back"))
}

/// What the edges of a resource that has a record lead to.
#[inline]
fn target_at(place: u64) -> Target {
    Target::Resource((place as u32).wrapping_sub(1), (place / GENERATION) as u16)
}

impl Drop for Resource {
    fn drop(&mut self) {
        if let Some(index) = index(*self.place.get_mut()) {
            if let Some(record) = SLAB.get(index) {
                retire(index, record);
            }
        }
    }
}

fn retire(index: u32, record: &ResourceRecord) {
    if record.class.load(Ordering::Relaxed) != 0 {
        crate::order::forget(ResourceId(record.id.load(Ordering::Relaxed)));
    }
    let recall = record.recall.lock().unwrap_or_else(PoisonError::into_inner).take();
    record.generation.fetch_add(1, Ordering::Release);
    give(index);
    drop(recall);
}

impl ResourceRecord {
    /// Gives it a name that is known only at run time.
    pub fn rename(&self, name: impl Into<Cow<'static, str>>) {
        *self.name.lock().unwrap_or_else(PoisonError::into_inner) = Some(name.into());
    }

    /// Notes what the first word of each of its handles says, of which the second says on which
    /// [`side`](crate::memory::side) it is.
    pub fn set_handle(&self, points_to: usize) {
        self.handle.store(points_to, Ordering::Relaxed);
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
            name: self.name.lock().unwrap_or_else(PoisonError::into_inner).clone(),
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
pub(crate) fn resource_record(index: u32) -> Option<&'static ResourceRecord> {
    SLAB.get(index)
}

/// How the resource with this index takes back its grants, if it can.
#[must_use]
pub fn recaller(index: u32) -> Option<Arc<dyn Recall>> {
    SLAB.get(index)?.recall.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

pub(super) fn stretches() -> impl Iterator<Item = (usize, usize)> {
    SLAB.stretches()
}

/// The resources of such a kind for which somebody waits, by index and generation: two words of each
/// record are read, and nothing is copied.
pub fn waited_for(wanted: fn(Kind) -> bool) -> impl Iterator<Item = (u32, u16)> {
    SLAB.iter().zip(0..).filter_map(move |(record, index)| {
        let is_one = record.takers.load(Ordering::Relaxed) > 0
            && Kind::from_number(record.kind.load(Ordering::Relaxed)).is_some_and(wanted);
        let generation = record.generation.load(Ordering::Acquire);
        (is_one && generation % 2 == 1).then_some((index, generation as u16))
    })
}
