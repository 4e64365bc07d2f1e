//! The context of the task one is in.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{self, Poll};

use pin_project_lite::pin_project;

use super::Context;

thread_local! {
    static AMBIENT: RefCell<Option<Context>> = const { RefCell::new(None) };
    /// Whether there is one: each spawn asks, and mostly there is none.
    static IS_THERE: Cell<bool> = const { Cell::new(false) };
}

/// The ambient context: that of the innermost [`scope`] the caller runs in, or of the task that
/// spawned it; [`Context::background`] if there is none.
///
/// # Examples
///
/// ```
/// use wakeful_runtime::context::{self, Context};
///
/// # wakeful_runtime::block_on(async {
/// let ctx = Context::background().with_value("alice");
/// let task = context::scope(ctx, async {
///     wakeful_runtime::spawn(async { context::current().value::<&str>().copied() })
/// });
/// assert_eq!(task.await.await.expect("it does not panic"), Some("alice"));
/// # });
/// ```
#[must_use]
pub fn current() -> Context {
    inherited().unwrap_or_default()
}

/// Runs `future` with an ambient context, which the tasks and blocking jobs spawned inside inherit.
///
/// It passes `context` along and does not watch it: [`Context::run`] does.
pub fn scope<F: IntoFuture>(context: Context, future: F) -> Scope<F::IntoFuture> {
    Scope { ambient: Ambient(Some(context)), future: Some(future.into_future()) }
}

/// What a spawn inside inherits.
#[inline]
pub(crate) fn inherited() -> Option<Context> {
    if IS_THERE.get() { copy() } else { None }
}

#[cold]
#[inline(never)]
fn copy() -> Option<Context> {
    AMBIENT.try_with(|ambient| ambient.borrow().clone()).ok().flatten()
}

/// Runs `f` without an ambient context.
pub(super) fn outside<R>(f: impl FnOnce() -> R) -> R {
    Ambient::none().during(f)
}

/// A context that is ambient while something runs.
pub(crate) struct Ambient(Option<Context>);

impl Ambient {
    /// No context.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// The thread's own, to be brought back by [`during`](Self::during).
    pub(crate) fn of_this_thread() -> Self {
        Self(inherited())
    }

    /// Runs `f` with it.
    pub(crate) fn during<R>(&mut self, f: impl FnOnce() -> R) -> R {
        struct Swapped<'a>(&'a mut Option<Context>);
        impl Drop for Swapped<'_> {
            fn drop(&mut self) {
                swap(self.0);
            }
        }
        let swapped = Swapped(&mut self.0);
        swap(swapped.0);
        f()
    }
}

/// On a thread that is ending there is no ambient context any more, and nobody to miss it.
fn swap(context: &mut Option<Context>) {
    let _ = AMBIENT.try_with(|ambient| {
        let ambient = &mut *ambient.borrow_mut();
        mem::swap(ambient, context);
        IS_THERE.set(ambient.is_some());
    });
}

pin_project! {
    /// The future of [`scope`].
    #[must_use = "futures do nothing unless you `.await` them"]
    pub struct Scope<F> {
        ambient: Ambient,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Scope<F> {
        fn drop(this: Pin<&mut Self>) {
            // What it drops may spawn.
            let mut this = this.project();
            this.ambient.during(|| this.future.set(None));
        }
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let future =
            this.future.as_pin_mut().unwrap_or_else(|| unreachable!("there until dropped"));
        this.ambient.during(|| future.poll(cx))
    }
}

impl<F> fmt::Debug for Scope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("context", &self.ambient.0).finish_non_exhaustive()
    }
}
