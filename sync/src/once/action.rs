//! An action that is done once.

use std::fmt;

use wakeful_diagnostics::names::Op;

use super::attempt::CallOnce;
use super::cell::OnceCell;
use crate::wait::Turn;

/// An action that is done once, by whoever comes first; the others wait for it.
///
/// Other than in Go, an action that panics does not count as done: the next one who waits does it.
/// The same holds for one that is dropped half done.
///
/// A `Once` is 72 bytes.
///
/// # Examples
///
/// ```
/// use wakeful_sync::Once;
///
/// static READY: Once = Once::new();
/// # futures::executor::block_on(async {
/// READY.call_once(|| async { /* connect, migrate, .. */ }).await;
/// assert!(READY.is_completed());
/// # });
/// ```
pub struct Once {
    cell: OnceCell<()>,
}

impl Once {
    /// Creates an action that was not done yet.
    #[track_caller]
    #[must_use]
    pub const fn new() -> Self {
        Self { cell: OnceCell::new() }
    }

    /// Creates an action that goes by `name` in reports.
    #[track_caller]
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self { cell: OnceCell::named(name) }
    }

    /// Does `action` if nothing was done yet, and waits until it is.
    ///
    /// An action that waits for its own `Once` waits for good.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line. If its `action` was running, that is
    /// dropped, and the next one who waits does its own.
    ///
    /// # In reports
    ///
    /// `once`
    #[track_caller]
    pub fn call_once<F, Fut>(&self, action: F) -> CallOnce<'_, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = ()>,
    {
        CallOnce::of(&self.cell, Turn::new(Op::Once), action)
    }

    /// Returns whether it was done.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.cell.is_initialized()
    }
}

impl Default for Once {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("is_completed", &self.is_completed()).finish()
    }
}
