//! Deadlines, in order.
//!
//! A [`Wheel`](wheel::Wheel) sorts deadlines by the digits in which they differ from now, so that
//! entering, moving and leaving cost the same however many there are. Each thread enters its
//! deadlines into the wheel of its own [`Shard`]; the driver looks at all of them.

mod bell;
mod callback;
mod entry;
#[cfg(all(test, loom))]
mod models;
mod shard;
mod ticks;
mod wheel;

pub(crate) use bell::Bell;
pub use callback::Callback;
pub(crate) use callback::{call_at, call_every};
pub(crate) use entry::Entry;
pub(crate) use shard::{Fired, Timers};
pub(crate) use ticks::Ticks;
