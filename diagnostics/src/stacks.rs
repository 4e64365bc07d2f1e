//! The calls between a task and the line it waits at.
//!
//! A task that falls asleep notes its callers: addresses only, by frame pointers, each chain once in
//! a table of fixed size. A thread that runs is asked by a signal. Addresses become words last, on
//! the thread that writes the report.

mod frame;
mod resolve;

pub use frame::Frame;
pub use resolve::resolve;
