//! Locks, channels and groups.
//!
//! A primitive embeds a [`Resource`], which costs nothing until somebody first holds or waits:
//! only then does it take a record. The record goes to another resource once its own is gone, so
//! an edge says which generation of it is meant.

mod aside;
mod record;
mod view;

use std::borrow::Cow;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use record::First;
pub(super) use record::stretches;
pub use record::{ResourceRecord, recaller, waited_for};
pub(crate) use record::{Traits, resource_record};
pub(crate) use view::counted;
pub use view::{ResourceView, resource, resources};

use super::edge::Target;
use super::fixed::{AtomicRef, TypeName};
use super::grants::Recall;
use crate::clock::Tick;
use crate::current;
use crate::memory::Address;
use crate::names::{Kind, Op, ResourceId, Site};

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
    /// The record, once `place` has its index and somebody asked for it; else [`record::NOBODYS`].
    record: AtomicRef<ResourceRecord>,
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
        Self { place, record: AtomicRef::new(&record::NOBODYS), site: origin.site, label }
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
        let record = self.record.get();
        if ptr::eq(record, &record::NOBODYS) { self.first_record() } else { record }
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
        let record = self.record.get();
        match ptr::eq(record, &record::NOBODYS) {
            false => Some(record),
            true => resource_record(index(self.place.load(Ordering::Acquire))?),
        }
    }

    /// Sees to it that it has a record before the current task [signs](Self::sign). Says whether it has
    /// one now: without a task there is nobody to sign, and none is taken.
    #[inline]
    pub fn prepare(&self) -> bool {
        !ptr::eq(self.record.get(), &record::NOBODYS) || self.prepare_first()
    }

    #[cold]
    fn prepare_first(&self) -> bool {
        // In a model nobody signs.
        if cfg!(loom) {
            return true;
        }
        let is_wanted = current::task().is_some();
        if is_wanted {
            self.first_record();
        }
        is_wanted
    }

    /// Notes that the current task, if there is one, has taken it. It was [prepared](Self::prepare),
    /// and of those who hold it nobody else has signed; so an edge of the task's is not needed.
    #[inline]
    pub fn sign(&self, how: Op, site: Site, since: Tick) {
        if cfg!(loom) {
            return;
        }
        if let Some(task) = current::task() {
            self.record.get().holder.take(task, how, site, since);
        }
    }

    /// Notes that who has signed is about to leave.
    #[inline]
    pub fn strike_out(&self) {
        if !cfg!(loom) {
            self.record.get().holder.leave();
        }
    }

    /// Where in source it was last taken: by who has just given it back, unless another one was quick.
    #[must_use]
    pub fn last_taken_at(&self) -> Option<Site> {
        self.record.get().holder.last_site()
    }

    /// What the edge of a wait for this resource leads to. Whoever waits borrows the resource, so
    /// that it stays where it is for as long: that is noted.
    #[inline]
    pub fn target(&self) -> Target {
        let here = Address::kept(ptr::from_ref(self).addr());
        let record = self.record();
        record.anchor.store(here, Ordering::Relaxed);
        record.target()
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
        aside::set_recall(&self.record().aside, recall);
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
        let (name, type_name) = match self.label {
            Label::Name(name) => (Some(Cow::Borrowed(name)), untyped as TypeName),
            Label::Type(type_name) => (None, type_name),
        };
        let (index, generation) = record::begin(First {
            kind: (vacant / KIND) as u8,
            subclass: ((vacant / SUBCLASS) & SUBCLASSES) as u8,
            created_at: self.site,
            type_name,
            name,
        });
        let place = vacant | (u64::from(generation as u16) * GENERATION) | (u64::from(index) + 1);
        match self.place.compare_exchange(vacant, place, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => place,
            Err(other) => {
                record::end(index);
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
    let record = index(place).and_then(resource_record);
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
            record::end(index);
        }
    }
}
