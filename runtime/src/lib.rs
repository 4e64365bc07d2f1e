//! Runs tasks.

#![deny(unsafe_code)]

mod blocking;
#[doc(hidden)]
pub mod context;
#[doc(hidden)]
pub mod driver;
pub mod net;
#[doc(hidden)]
pub mod reactor;
pub mod time;
#[doc(hidden)]
pub mod timers;
