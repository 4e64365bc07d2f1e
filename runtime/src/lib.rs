//! Runs tasks.

#![deny(unsafe_code)]

mod blocking;
pub mod context;
mod driver;
mod endpoint;
#[doc(hidden)]
pub mod entry;
pub mod fs;
mod here;
#[cfg(feature = "hyper")]
pub mod http;
pub mod io;
mod leak;
mod monitor;
pub mod net;
mod reactor;
pub mod runtime;
mod scheduler;
#[cfg(unix)]
pub mod signal;
#[expect(unsafe_code, reason = "signals are caught, and `write(2)` is called without a lock")]
pub mod signals;
pub mod task;
pub mod time;
mod timers;
mod verdict;
mod watch;

#[doc(inline)]
pub use runtime::{Runtime, block_on};
#[doc(inline)]
pub use task::{spawn, yield_now};
