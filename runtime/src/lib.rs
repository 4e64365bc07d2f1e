//! Runs tasks.

#![deny(unsafe_code)]

#[doc(hidden)]
pub mod context;
#[doc(hidden)]
pub mod driver;
#[doc(hidden)]
pub mod reactor;
pub mod time;
#[doc(hidden)]
pub mod timers;
