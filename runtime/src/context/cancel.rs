//! The right to cancel a context.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use wakeful_diagnostics::memory::{Mark, side};

use super::life::Life;

/// Cancels a context; dropping it cancels the context, too.
///
/// Go's rule is `defer cancel()`: who makes a context cancels it when its work is over, or what
/// works for it goes on in vain. Here that is what happens if nothing is said, on every way out:
/// at the end of the scope, with `?`, in a panic, and when the task that holds it is aborted. Where
/// the context is to go on without its maker, say [`detach`](Self::detach).
///
/// So keep it: `let (ctx, _cancel) = ..`. With `let (ctx, _) = ..` the context is done at once.
#[must_use = "the context is cancelled when its handle is dropped; keep it, or `detach` it"]
#[repr(C)]
pub struct CancelHandle {
    /// `None` once detached.
    life: Option<Arc<Life>>,
    /// It is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    mark: Mark,
}

impl CancelHandle {
    pub(super) fn new(life: Arc<Life>) -> Self {
        Self { life: Some(life), mark: Mark::new(side::SENDER) }
    }

    /// Cancels the context and all that were made from it. Only the first cancellation counts.
    ///
    /// Everything that follows from it is done when this returns: whoever waits is awake, every
    /// context below is done. What was arranged by
    /// [`after_func`](super::Context::after_func) is on its way.
    pub fn cancel(&self) {
        if let Some(life) = &self.life {
            life.cancel(None);
        }
    }

    /// Cancels the context for a reason, which [`Context::cause`](super::Context::cause) tells.
    pub fn cancel_with(&self, cause: impl Into<Box<dyn Error + Send + Sync>>) {
        if let Some(life) = &self.life {
            life.cancel(Some(cause.into().into()));
        }
    }

    /// Gives the right up: the context ends by its deadline, or with the one it was made from. If it
    /// has neither, who waits for it waits forever.
    pub fn detach(mut self) {
        if let Some(life) = self.life.take() {
            life.let_go();
        }
    }
}

impl Drop for CancelHandle {
    fn drop(&mut self) {
        if let Some(life) = &self.life {
            self.mark.dropped(life.points_to());
            life.cancel(None);
            life.let_go();
        }
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelHandle").finish_non_exhaustive()
    }
}
