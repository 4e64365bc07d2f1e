//! A resource as it stood when somebody looked.

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use super::record::{self, resource_record};
use super::{ResourceRecord, aside};
use crate::memory::Address;
use crate::names::{Kind, ResourceId, Site, TaskId};
use crate::registry::holder::HolderView;

/// One lock, channel or group, frozen.
#[derive(Debug, Clone)]
pub struct ResourceView {
    /// The index by which edges refer to it.
    pub index: u32,
    /// Which resource of those that had this record, as edges tell it.
    pub generation: u16,
    /// Its number in reports.
    pub id: ResourceId,
    /// What it is.
    pub kind: Kind,
    /// Where it was created.
    pub created_at: Option<Site>,
    /// The task that first used it.
    pub created_by: Option<TaskId>,
    /// Its name.
    pub name: Option<Cow<'static, str>>,
    /// Where it was when somebody last waited for it; zero if nobody did.
    pub anchor: Address,
    /// What the first word of a handle of it says; zero if it has no handles.
    pub handle: Address,
    /// See [`ResourceRecord::capacity`].
    pub capacity: u64,
    /// See [`ResourceRecord::level`].
    pub level: i64,
    /// See [`ResourceRecord::givers`].
    pub givers: u32,
    /// See [`ResourceRecord::takers`].
    pub takers: u32,
    /// See [`ResourceRecord::misuses`].
    pub misuses: u32,
    /// Who has signed as its holder; others are told by edges.
    pub holder: Option<HolderView>,
}

impl ResourceRecord {
    /// As it stands now; `None` if it is free, or changes hands while it is read.
    fn view(&self, index: u32) -> Option<ResourceView> {
        let generation = self.generation.load(Ordering::Acquire);
        if generation % 2 == 0 {
            return None;
        }
        let by = self.created_by.load(Ordering::Acquire);
        let view = ResourceView {
            index,
            generation: generation as u16,
            id: ResourceId(self.id.load(Ordering::Acquire)),
            kind: Kind::from_number(self.kind.load(Ordering::Acquire))?,
            created_at: self.created_at.get(),
            created_by: (by != 0).then_some(TaskId(by)),
            name: aside::try_name(&self.aside),
            anchor: Address::of_kept(self.anchor.load(Ordering::Acquire)),
            handle: Address::of_kept(self.handle.load(Ordering::Acquire)),
            capacity: self.capacity.load(Ordering::Acquire),
            level: self.level.load(Ordering::Acquire),
            givers: self.givers.load(Ordering::Acquire),
            takers: self.takers.load(Ordering::Acquire),
            misuses: self.misuses.load(Ordering::Acquire),
            holder: self.holder.view(),
        };
        (self.generation.load(Ordering::Relaxed) == generation).then_some(view)
    }
}

/// The resource with this index, as it stands now.
#[must_use]
pub fn resource(index: u32) -> Option<ResourceView> {
    resource_record(index)?.view(index)
}

/// The kind of every registered resource, and whether somebody waits for it in a line: what only
/// passes values on has its receivers where others have who waits.
pub(crate) fn counted() -> impl Iterator<Item = (Kind, bool)> {
    record::all().filter_map(|record| {
        let kind = Kind::from_number(record.kind.load(Ordering::Relaxed))?;
        let passes_on =
            matches!(kind, Kind::Channel | Kind::Oneshot | Kind::Watch | Kind::Broadcast);
        let is_contended = !passes_on && record.takers.load(Ordering::Relaxed) > 0;
        (record.generation.load(Ordering::Acquire) % 2 == 1).then_some((kind, is_contended))
    })
}

/// Every registered resource, as it stands now.
pub fn resources() -> impl Iterator<Item = ResourceView> {
    record::all().zip(0..).filter_map(|(record, index)| record.view(index))
}
