//! The calls between a task and the line it waits at.
//!
//! A task that falls asleep notes its callers: addresses only, by frame pointers, each chain once in
//! a table of fixed size. A thread that runs is asked by a signal. Addresses become words last, on
//! the thread that writes the report.

mod bounds;
mod frame;
mod machine;
mod missing;
mod modules;
mod note;
mod resolve;
mod table;
mod walk;
mod words;

pub use bounds::{Base, base};
pub use frame::Frame;
pub(crate) use missing::missing;
pub use note::StackId;
pub(crate) use note::{is_on, stretch, switch, take};
pub use resolve::resolve;
pub use words::Call;
#[cfg(feature = "json")]
pub(crate) use words::told;
pub(crate) use words::told_at;
