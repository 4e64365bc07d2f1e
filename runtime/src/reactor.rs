//! Readiness of sockets and pipes, and who waits for it.
//!
//! A descriptor is entered once, for both directions and edge by edge. Its [`Source`] remembers what
//! it was last ready for; operations ask the operating system first and wait only after it said
//! that they would block.

#[cfg(all(test, loom))]
mod models;
mod place;
mod readiness;
mod registered;
mod source;
mod table;
mod waiters;

pub(crate) use place::Place;
pub use readiness::Ready;
pub(crate) use readiness::{Direction, Event};
pub(crate) use registered::{Descriptor, Registered};
pub(crate) use source::Source;
pub(crate) use table::Reactor;
pub(crate) use table::{ALARM, BELL};
pub(crate) use waiters::Ticket;
