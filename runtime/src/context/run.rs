//! Runs a future for a context.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use wakeful_diagnostics::current;
use wakeful_sync::wait::budget;

use super::{ContextError, Done};

pin_project! {
    /// The future of [`Context::run`](super::Context::run).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` them"]
    pub struct Run<'a, F> {
        #[pin]
        future: F,
        done: Done<'a>,
    }
}

impl<'a, F> Run<'a, F> {
    pub(super) const fn new(future: F, done: Done<'a>) -> Self {
        Self { future, done }
    }
}

impl<F: Future> Future for Run<'_, F> {
    type Output = Result<F::Output, ContextError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(error) = this.done.err() {
            return Poll::Ready(Err(error));
        }
        if let Poll::Ready(output) = current::limited(|| this.future.poll(cx)) {
            return Poll::Ready(Ok(output));
        }
        // A future that used up the budget must not keep the end from being seen.
        let done = Pin::new(&mut *this.done);
        if current::select(|| budget::unlimited(|| done.poll(cx))).is_ready() {
            if let Some(error) = this.done.err() {
                return Poll::Ready(Err(error));
            }
        }
        Poll::Pending
    }
}
