//! Runs tasks.

#![deny(unsafe_code)]

mod blocking;
mod context;
mod driver;
#[doc(hidden)]
pub mod entry;
mod monitor;
mod reactor;
pub mod runtime;
mod scheduler;
pub mod task;
pub mod time;
mod timers;
mod verdict;

#[doc(inline)]
pub use runtime::{Runtime, block_on};
#[doc(inline)]
pub use task::{spawn, yield_now};
