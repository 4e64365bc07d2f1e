//! A handler of requests, as a branch of its connection's task.
//!
//! While a handler runs, its connection waits for the next request in the same task. Which of the two
//! holds a lock makes a difference for the order of locks, and it is always the handler.

use std::fmt;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll};

use hyper::service::Service;
use pin_project_lite::pin_project;
use wakeful_diagnostics::current;

/// A service whose futures are branches.
#[derive(Clone)]
pub(super) struct Handler<S>(pub(super) S);

pin_project! {
    /// The future of one request.
    #[must_use = "futures do nothing unless you `.await` them"]
    pub(super) struct Handling<F> {
        #[pin]
        future: F,
    }
}

impl<R, S: Service<R>> Service<R> for Handler<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Handling<S::Future>;

    fn call(&self, request: R) -> Self::Future {
        Handling { future: self.0.call(request) }
    }
}

impl<F: Future> Future for Handling<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let of = ptr::from_ref(&*self).cast::<()>().addr();
        current::branch((of, 0), || self.project().future.poll(cx), Poll::is_ready)
    }
}

impl<S> fmt::Debug for Handler<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for Handling<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handling").finish_non_exhaustive()
    }
}
