//! Event sources that the house cannot see.

use std::sync::atomic::{AtomicUsize, Ordering};

static HELD: AtomicUsize = AtomicUsize::new(0);

/// Says that an event source the house cannot see may wake tasks.
///
/// While the guard lives, the house does not claim that all tasks are asleep. It is needed for
/// sources that have no thread of this process while they wait: a completion queue of the kernel,
/// shared memory that another process writes, a debugger. Plain threads need no guard: the
/// [census](crate::census) sees them.
///
/// # Examples
///
/// ```
/// let ring = wakeful_diagnostics::external();
/// // .. submit to the kernel, await the completion ..
/// drop(ring);
/// ```
pub fn external() -> ExternalGuard {
    HELD.fetch_add(1, Ordering::SeqCst);
    ExternalGuard(())
}

/// Suppresses claims while held; made by [`external`].
#[derive(Debug)]
#[must_use = "claims are suppressed only while the guard is held"]
pub struct ExternalGuard(());

impl Drop for ExternalGuard {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(crate) fn is_held() -> bool {
    HELD.load(Ordering::SeqCst) > 0
}
