//! Whether any thread that is not the house's could still act.
//!
//! Somebody outside the tasks may hold a sender, a waker or a guard. No count of handles shows
//! that; but if each such thread sleeps on a futex of this process without a time limit, nobody
//! is left to wake the first one. The census looks twice at every thread and compares: a thread
//! that ran in between has a higher count of context switches.
//!
//! What it cannot see: debuggers, `io_uring` completions that wake futexes, `userfaultfd`. Where
//! `/proc` is not readable, or the platform is not Linux on `x86_64` or `aarch64`, it suspects.

mod house;
mod judge;
mod parse;
mod reader;

pub use house::{
    OwnThread, current_tid, ignore_main_thread, own_signal, own_thread, own_thread_from_its_start,
    rest, work_as,
};
pub(crate) use house::{awake, bases, resting};
pub use judge::{Census, House, Pass, judge};
pub use parse::{Calls, Doing, Mapping, Thread};
pub use reader::take;
