//! What the channels promise, seen from outside.
#![cfg(not(loom))]

mod broadcast;
mod cancel;
mod channel;
mod claim;
mod fuzz;
mod harness;
mod join;
mod model;
mod oneshot;
mod select;
mod source;
mod watch;
