//! A frozen copy of the registry: plain data.
//!
//! Detectors and reports read nothing else, so each of them can be tried on a snapshot that a
//! test wrote by hand.

mod again;
mod capture;
mod data;
mod index;

pub use capture::snapshot;
pub(crate) use capture::{of_resource, of_task, with_stacks};
pub(crate) use data::Rank;
pub use data::{Client, Hold, On, Place, Reach, Resource, Snapshot, Task, TaskState, Wait};
pub use index::Index;

pub use crate::stacks::{Running, StackId};
