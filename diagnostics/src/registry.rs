//! The registry: every task, lock, channel and group, and every edge between them.
//!
//! Records live in type-stable memory that is never given back, so a dump reads them without a
//! lock while every worker is stuck, and a stale reference is stale, never dangling. A record is
//! taken from a list of the thread's own; writing to it is plain stores.
//!
//! The record of a task is also the head of the task itself: its state word is the one the
//! scheduler uses. There is no second list to keep in step.

mod edge;
#[expect(unsafe_code, reason = "`'static` references are kept in atomics")]
mod fixed;
mod grants;
mod holder;
mod holding;
mod meta;
mod resource;
mod signature;
mod slab;
mod task;
mod traces;

pub use edge::{Edge, EdgeView, Erased, Target};
pub(crate) use edge::{SELECT, Slot};
pub use grants::{Recall, Taken};
pub use holder::HolderView;
pub(crate) use holding::{Held, WHOLE};
pub use meta::Meta;
pub use resource::{Origin, Resource, ResourceRecord, ResourceView};
pub use signature::Signature;
pub use task::{Birth, Serving, TaskRecord, TaskView, word};

pub use edge::{spilled, stale_edges};
pub(crate) use resource::{Traits, counted, resource_record};
pub use resource::{recaller, resource, resources, waited_for};
pub use task::{records, task, tasks};

/// Where the registry itself lies: address and length of each piece.
pub(crate) fn stretches() -> impl Iterator<Item = (usize, usize)> {
    let records = task::stretches().chain(resource::stretches()).chain(edge::stretches());
    records.chain(traces::stretches())
}
