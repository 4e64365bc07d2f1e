//! Contexts, and how one is made from another.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wakeful_diagnostics::names::Site;

use super::life::{End, Life, Limit};
use super::values::Values;
use super::{CancelHandle, Cause, ContextError, Done, Run, StopHandle};
use crate::time::Instant;

/// How far work may go, and what goes with it: Go's `context.Context`.
///
/// A context is made from another, its parent. It is done when it is cancelled, when its deadline
/// passes, or when its parent is done; and then for good. Clones are the same context, and cheap.
///
/// To make one takes no runtime, nor do its deadlines: whoever asks is told by the clock. Only to
/// wait for a deadline takes one.
///
/// # Examples
///
/// ```
/// use wakeful_runtime::context::{Context, ContextError};
///
/// let (server, shutdown) = Context::background().with_cancel();
/// let (request, _cancel) = server.with_cancel();
/// shutdown.cancel_with("the power is going");
/// assert_eq!(request.err(), Some(ContextError::Cancelled));
/// assert_eq!(request.cause().expect("it is done").to_string(), "the power is going");
/// ```
#[derive(Clone, Default)]
pub struct Context {
    /// `None`: it never ends.
    life: Option<Arc<Life>>,
    values: Option<Arc<Values>>,
}

impl Context {
    /// The context at the root: never done, without values.
    #[must_use]
    pub const fn background() -> Self {
        Self { life: None, values: None }
    }

    /// A context that can be cancelled.
    ///
    /// Dropping the handle cancels it; see [`CancelHandle`].
    #[track_caller]
    pub fn with_cancel(&self) -> (Self, CancelHandle) {
        self.born(None, Site::caller())
    }

    /// A context that is done after `duration`, or when its parent's deadline passes if that comes
    /// first; or earlier, by its handle. Dropping the handle cancels it; see [`CancelHandle`].
    #[track_caller]
    pub fn with_timeout(&self, duration: Duration) -> (Self, CancelHandle) {
        self.limited(after(duration), None, Site::caller())
    }

    /// As [`with_timeout`](Self::with_timeout); if it is time that ends it, for this reason.
    #[track_caller]
    pub fn with_timeout_cause(
        &self,
        duration: Duration,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> (Self, CancelHandle) {
        self.limited(after(duration), Some(cause.into().into()), Site::caller())
    }

    /// A context that is done at `deadline`, or at its parent's if that comes first; or earlier, by
    /// its handle. Dropping the handle cancels it; see [`CancelHandle`].
    ///
    /// If `deadline` has passed, it is done when this returns.
    #[track_caller]
    pub fn with_deadline(&self, deadline: Instant) -> (Self, CancelHandle) {
        self.limited(deadline, None, Site::caller())
    }

    /// As [`with_deadline`](Self::with_deadline); if it is time that ends it, for this reason.
    #[track_caller]
    pub fn with_deadline_cause(
        &self,
        deadline: Instant,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> (Self, CancelHandle) {
        self.limited(deadline, Some(cause.into().into()), Site::caller())
    }

    fn limited(&self, due: Instant, cause: Option<Cause>, site: Site) -> (Self, CancelHandle) {
        self.born(Some(Limit { due, cause }), site)
    }

    fn born(&self, limit: Option<Limit>, site: Site) -> (Self, CancelHandle) {
        let life = Life::new(self.life.as_ref(), limit, site);
        let context = Self { life: Some(Arc::clone(&life)), values: self.values.clone() };
        (context, CancelHandle::new(life))
    }

    /// A context that carries a value as well. Values are found by their type, the latest first: so
    /// give what you pass along a type of its own, which also says who may read it.
    ///
    /// # Examples
    ///
    /// ```
    /// use wakeful_runtime::context::Context;
    ///
    /// #[derive(Debug, PartialEq)]
    /// struct RequestId(u32);
    ///
    /// let ctx = Context::background().with_value(RequestId(7));
    /// assert_eq!(ctx.value(), Some(&RequestId(7)));
    /// assert_eq!(ctx.value::<String>(), None);
    /// ```
    #[must_use]
    pub fn with_value<T: Any + Send + Sync>(&self, value: T) -> Self {
        let values = Values::new(value, self.values.clone());
        Self { life: self.life.clone(), values: Some(Arc::new(values)) }
    }

    /// A context with the same values that is not done when this one is, and has no deadline: for
    /// what must be finished although its request is over.
    #[must_use]
    pub fn without_cancel(&self) -> Self {
        Self { life: None, values: self.values.clone() }
    }

    /// The value of this type that was given last, here or above.
    #[must_use]
    pub fn value<T: Any>(&self) -> Option<&T> {
        self.values.as_ref()?.get()
    }

    /// When it is done at the latest.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.life.as_ref()?.due()
    }

    /// Why it is done; `None` while it is not. If this says that it is, [`done`](Self::done) is
    /// ready.
    #[must_use]
    pub fn err(&self) -> Option<ContextError> {
        self.end().map(|end| end.error)
    }

    /// Whether it is done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.end().is_some()
    }

    /// For what reason it is done: what was given to [`cancel_with`](CancelHandle::cancel_with),
    /// here or at whichever context above ended first, or else the same as [`err`](Self::err).
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        let end = self.end()?;
        Some(end.cause.clone().unwrap_or_else(|| Arc::new(end.error)))
    }

    fn end(&self) -> Option<&End> {
        self.life.as_ref()?.look()
    }

    /// Waits until it is done.
    ///
    /// # Panics
    ///
    /// The future panics when it is first polled outside a runtime, if the context has a deadline.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait, and changes nothing else.
    ///
    /// # In reports
    ///
    /// `context done`, and `sleep` beside it if there is a deadline: who waits for one will wake.
    #[track_caller]
    pub fn done(&self) -> Done<'_> {
        Done::new(self.life.as_ref(), Site::caller())
    }

    /// Runs `future` until it is ready or the context is done. Once the context is done `future` is
    /// not polled again.
    ///
    /// # Errors
    ///
    /// Why the context is done.
    ///
    /// # Panics
    ///
    /// As [`done`](Self::done).
    ///
    /// # Cancel safety
    ///
    /// As that of `future`, which is dropped with it.
    ///
    /// # In reports
    ///
    /// What `future` waits for, and what [`done`](Self::done) does.
    #[track_caller]
    pub fn run<F: IntoFuture>(&self, future: F) -> Run<'_, F::IntoFuture> {
        Run::new(future.into_future(), self.done())
    }

    /// Arranges for `function` to be called once, when the context is done: at once if it is.
    ///
    /// It is called by a task of its own, on the runtime on which it was arranged. One arranged
    /// outside any is called by a task of the runtime in which the context ends, or if that is
    /// outside too, then by who ends it, after everything else has been told. The task starts
    /// without an ambient context. While it is arranged, a deadline counts as something that may
    /// wake somebody.
    ///
    /// # Panics
    ///
    /// Outside a runtime, if the context has a deadline.
    #[track_caller]
    pub fn after_func(&self, function: impl FnOnce() + Send + 'static) -> StopHandle {
        match &self.life {
            Some(life) => {
                life.look();
                StopHandle::arrange(life, function)
            }
            None => StopHandle::spent(),
        }
    }

    /// How many contexts and calls are known to it that end, or are made, when it ends.
    #[doc(hidden)]
    #[must_use]
    pub fn dependents(&self) -> usize {
        self.life.as_ref().map_or(0, |life| life.count_below())
    }
}

fn after(duration: Duration) -> Instant {
    Instant::now().saturating_add(duration)
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let err = self.life.as_ref().and_then(|life| life.end()).map(|end| end.error);
        f.debug_struct("Context")
            .field("deadline", &self.deadline())
            .field("err", &err)
            .finish_non_exhaustive()
    }
}
