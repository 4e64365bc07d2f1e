//! The core of this thread.
//!
//! What a worker needs is asked for at each wake and each poll, so it lies in one place for good and a
//! thread has its address: one load, where a value of the thread's own would have to be borrowed and
//! looked into. Invariant: an [`Inner`] is used by the one thread that has it [`here`], or by whoever
//! holds its [`Core`]; of the two there is exactly one.

use std::cell::Cell;

use super::{Core, Inner};

thread_local! {
    static HERE: Cell<Option<&'static Inner>> = const { Cell::new(None) };
}

// SAFETY: whoever has the `Core` is the only user of its inside (the invariant above), and gives
// that up with it: nothing of it is used by two threads at a time.
unsafe impl Send for Core {}

/// The core of this thread, if it has one.
#[inline]
pub(super) fn here() -> Option<&'static Inner> {
    HERE.get()
}

/// Gives this thread, which has none, a core.
pub(super) fn adopt(Core(inner): Core) -> &'static Inner {
    let old = HERE.replace(Some(inner));
    debug_assert!(old.is_none(), "a thread works for one runtime at a time");
    inner
}

/// Takes the core away from this thread.
pub(super) fn leave() -> Option<Core> {
    HERE.take().map(Core)
}
