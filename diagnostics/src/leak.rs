//! Tasks left over at the end of a test or a runtime.
//!
//! A task that nobody waits for any more keeps what it owns, and a program that spawns one for each
//! request grows until it falls. As goleak does for Go, this looks at what is left at an end, several
//! times, because a task may be just about to end.
//!
//! Not charged: the task that asks, the futures of `block_on`, tasks spawned with
//! `task::Builder::daemon()`, and tasks of other runtimes of the process, which may be those of tests
//! on other threads. Asked outside a runtime, it looks at all of them.
//!
//! It was rejected to look at one moment only (each abort would be a leak until it took effect), and
//! to charge only tasks that can never end (the [verdict](crate::verdict) does that, and proves it).

mod allowed;
mod look;
mod wording;

pub use allowed::Snapshot;
#[doc(hidden)]
pub use look::{House, install};
#[doc(hidden)]
pub use wording::all as told;

use crate::finding::Finding;

/// Finds the tasks that are left over: one finding for each place where they were spawned and wait.
///
/// It looks again for up to 100 ms while some are left, and lets tasks run meanwhile, so that one
/// that is about to end is not charged. What may stay is said with [`Snapshot`].
///
/// # Examples
///
/// ```
/// use wakeful_diagnostics::leak;
///
/// assert!(leak::find().is_empty());
/// ```
#[must_use]
pub fn find() -> Vec<Finding> {
    Snapshot::new().find()
}

/// Panics if tasks are left over, and lists them by where they were spawned and wait.
///
/// It looks again for up to 100 ms while some are left, and lets tasks run meanwhile.
/// `#[wakeful::test]` does the same at its end. What may stay is said with [`Snapshot`].
///
/// # Examples
///
/// ```
/// wakeful_diagnostics::assert_no_leaks();
/// ```
///
/// # Panics
///
/// If tasks are left over that are neither daemons nor the future of a `block_on`.
#[track_caller]
pub fn assert_no_leaks() {
    Snapshot::new().assert_no_leaks();
}
