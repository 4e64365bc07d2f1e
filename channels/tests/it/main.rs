//! What the channels promise, seen from outside.
#![cfg(not(loom))]

mod cancel;
mod channel;
mod harness;
mod select;
