//! A cell that is filled once.

use std::fmt;

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::Origin;

use super::attempt::{GetOrInit, GetOrTryInit};
use super::right::{Right, Verdict};
use crate::error::SetError;
use crate::shim::UnsafeCell;
use crate::wait::Turn;

/// A cell that is filled once, by whoever comes first; the others wait.
///
/// If the one who fills it fails, panics or is dropped, the next one who waits tries.
///
/// A cell of what cannot be shared cannot be shared either:
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<wakeful_sync::OnceCell<std::cell::Cell<u8>>>();
/// ```
///
/// An `OnceCell<()>` is 72 bytes.
///
/// # Examples
///
/// ```
/// use wakeful_sync::OnceCell;
///
/// static LIMIT: OnceCell<u32> = OnceCell::named("limit");
///
/// async fn limit() -> u32 {
///     *LIMIT.get_or_init(|| async { 7 }).await
/// }
/// # assert_eq!(futures::executor::block_on(limit()), 7);
/// # assert_eq!(LIMIT.get(), Some(&7));
/// ```
#[repr(C)]
pub struct OnceCell<T> {
    right: Right,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: one thread may put in what another takes out (`T: Send`), and once it is in, many read it
// (`T: Sync`). Whoever writes has the right to, and nobody reads before it is done.
unsafe impl<T: Send + Sync> Sync for OnceCell<T> {}

impl<T> OnceCell<T> {
    /// Creates an empty cell.
    #[track_caller]
    #[must_use]
    pub const fn new() -> Self {
        Self::with(Origin { site: Site::caller(), name: None })
    }

    /// Creates an empty cell that goes by `name` in reports.
    #[track_caller]
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self::with(Origin { site: Site::caller(), name: Some(name) })
    }

    const fn with(origin: Origin) -> Self {
        Self { right: Right::new(false, origin), value: UnsafeCell::new(None) }
    }

    /// Returns the value, if there is one.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        if !self.right.is_done() {
            return None;
        }
        self.value.with(|value| {
            // SAFETY: once it is done nobody writes through `&self` any more.
            unsafe { &*value }.as_ref()
        })
    }

    /// Returns the value, which nobody else can reach.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut().as_mut()
    }

    /// Returns the value, if there is one.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    /// Returns whether there is a value.
    #[must_use]
    pub fn is_initialized(&self) -> bool {
        self.right.is_done()
    }

    /// Puts a value in.
    ///
    /// # Errors
    ///
    /// The value, if there is one already, or if somebody is at work on it.
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        match self.right.try_claim() {
            Ok(()) => {
                self.fill(value);
                Ok(())
            }
            Err(Verdict::Done) => Err(SetError::AlreadyInitialized(value)),
            Err(Verdict::Try) => Err(SetError::Initializing(value)),
        }
    }

    /// Returns the value; runs `init` to make it if nobody has.
    ///
    /// Of those who call this at the same time one runs its `init`, the others wait. An `init` that
    /// asks for the value of its own cell waits for good.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line. If its `init` was running, that is dropped,
    /// and the next one who waits runs its own.
    ///
    /// # In reports
    ///
    /// `once`
    #[track_caller]
    pub fn get_or_init<F, Fut>(&self, init: F) -> GetOrInit<'_, T, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        GetOrInit::of(self, Turn::new(Op::Once), init)
    }

    /// Returns the value; runs `init` to make it if nobody has.
    ///
    /// # Errors
    ///
    /// Those of `init`. The cell stays empty, and the next one who waits runs its own `init`.
    ///
    /// # Cancel safety
    ///
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # In reports
    ///
    /// `once`
    #[track_caller]
    pub fn get_or_try_init<E, F, Fut>(&self, init: F) -> GetOrTryInit<'_, T, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        GetOrTryInit::of(self, Turn::new(Op::Once), init)
    }

    pub(super) fn right(&self) -> &Right {
        &self.right
    }

    /// The value of a cell that is done.
    pub(super) fn filled(&self) -> &T {
        self.get().unwrap_or_else(|| unreachable!("it is done"))
    }

    /// Puts the value in; the caller has the right to.
    pub(super) fn fill(&self, value: T) -> &T {
        self.value.with_mut(|place| {
            // SAFETY: the caller has the right, so nobody else writes; it is not done, so nobody
            // reads.
            unsafe { *place = Some(value) };
        });
        self.right.finish();
        self.filled()
    }
}

impl<T> Default for OnceCell<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceCell<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        let origin = Origin { site: Site::caller(), name: None };
        Self { right: Right::new(true, origin), value: UnsafeCell::new(Some(value)) }
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceCell").field("value", &self.get()).finish()
    }
}
