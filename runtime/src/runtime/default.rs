//! The runtime of a process that has not made its own.

use std::sync::OnceLock;

use super::Runtime;

static DEFAULT: OnceLock<Runtime> = OnceLock::new();

/// Runs a future on this thread until it is done, with a multi-thread runtime that the process
/// shares: made at the first call, with one worker per core, and there until the process ends.
///
/// # Examples
///
/// ```
/// let sum = wakeful_runtime::block_on(async { 1 + 1 });
/// assert_eq!(sum, 2);
/// ```
///
/// # Panics
///
/// As [`Runtime::block_on`]; and if the runtime cannot be started.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = DEFAULT.get_or_init(|| {
        Runtime::new().unwrap_or_else(|error| {
            panic!("wakeful::block_on: the default runtime cannot be started: {error}")
        })
    });
    runtime.block_on(future)
}
