//! The calls between a task and the line it waits at.
//!
//! A task that falls asleep notes its callers: addresses only, by frame pointers, each chain once in
//! a table of fixed size. A thread that runs is asked by a signal. Addresses become words last, on
//! the thread that writes the report.

mod bounds;
pub mod cpu;
mod frame;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
))]
#[expect(unsafe_code, reason = "signals are caught, and what they interrupt is read")]
mod handler;
mod machine;
mod missing;
mod modules;
#[cfg(all(
    feature = "stacks",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
))]
mod native;
#[cfg(not(all(
    feature = "stacks",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
)))]
#[path = "stacks/no_native.rs"]
mod native;
mod note;
mod resolve;
mod running;
mod table;
mod walk;
mod words;

use crate::census;
use crate::names::TaskId;

pub(crate) use bounds::known as known_bounds;
pub use bounds::{Base, base};
pub use frame::Frame;
pub(crate) use frame::{below, is_of_the_library};
pub(crate) use missing::missing;
pub use note::StackId;
pub(crate) use note::{is_due, switch, take};
pub use resolve::resolve;
pub use running::Running;
pub use words::Call;
#[cfg(feature = "json")]
pub(crate) use words::told;
pub(crate) use words::{in_words, roots, told_at};

/// Where the frames of the calling thread begin, once its [`base`] was set; not for the main thread, whose
/// variables lie elsewhere.
pub(crate) fn first_frame() -> Option<usize> {
    let (low, _, high) = known_bounds()?;
    machine::variables().filter(|first| (low..high).contains(first))
}

/// What each thread of the house that polls a task is doing, by task; and if not all have answered,
/// why one has not.
pub(crate) fn running() -> (Vec<(TaskId, Running)>, Option<String>) {
    native::running(census::awake())
}

/// The calls that the thread with this number is in, if it polls this task; `None` if it writes a report of the
/// house meanwhile, or the house has it panic.
#[must_use]
pub fn calls_of(thread: u32, task: TaskId) -> Option<Vec<Call>> {
    const OWN: [&str; 2] = ["wakeful_diagnostics::report::", "wakeful_runtime::task::condemned::"];
    let Some(running) = native::stack_of(thread, task) else { return Some(Vec::new()) };
    let frames = resolve(&running.stack);
    let is_own = |function: &str| OWN.iter().any(|own| function.starts_with(own));
    let writes = frames.iter().any(|frame| is_own(&frame.function));
    (!writes).then(|| words::frames_in_words(&frames, None).unwrap_or_default())
}

/// Where all this lies in memory: addresses of code, and copies of stacks that are in use already.
pub(crate) fn stretches() -> [(usize, usize); 3] {
    [note::stretch(), native::stretch(), cpu::stretch()]
}
