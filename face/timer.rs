//! Timers on channels: Go's `time.After`, `Tick`, `Timer` and `AfterFunc`.

mod after;
mod clock;
mod moment;

pub use after::{after, tick};
pub use moment::{Timer, after_func};
