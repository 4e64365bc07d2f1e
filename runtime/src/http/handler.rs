//! A handler of requests, as a branch of its connection's task.
//!
//! While a handler runs, its connection waits for the next request in the same task. Which of the two
//! holds a lock makes a difference for the order of locks, and it is always the handler. And which of them waits
//! makes one for who is stuck: nothing that comes from the client helps a handler, unless the client hangs up.
//!
//! Over HTTP/2 each handler has a task of its own, which hyper spawns, and beside it is looked whether the client
//! has reset the stream: for that a waker is kept, after each poll in which the handler waits.
//!
//! Invariant: the task is said to serve while its handler, once called, is not over and not being polled.

use std::fmt;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll};

use hyper::service::Service;
use hyper::{Request, Version};
use pin_project_lite::pin_project;
use wakeful_diagnostics::current;
use wakeful_diagnostics::registry::{Serving, TaskRecord};

/// A service whose futures are branches.
#[derive(Clone)]
pub(super) struct Handler<S> {
    pub(super) service: S,
    /// Whether its connections are sockets of the house. A stream of somebody else's may tell a handler what was
    /// read.
    pub(super) is_own: bool,
}

pin_project! {
    /// The future of one request.
    #[must_use = "futures do nothing unless you `.await` them"]
    pub(super) struct Handling<F> {
        #[pin]
        future: F,
        serves: Serves,
    }
}

/// Says of the handler's task that it serves, until this is dropped.
struct Serves {
    task: Option<&'static TaskRecord>,
    how: Option<Serving>,
}

impl Serves {
    const NOT: Self = Self { task: None, how: None };

    fn begin(version: Version) -> Self {
        if version >= Version::HTTP_2 {
            return Self { task: None, how: Some(Serving::Stream) };
        }
        let this = Self { task: current::task(), how: Some(Serving::Connection) };
        this.say(true);
        this
    }

    /// A poll begins.
    fn rest(&mut self) {
        if self.how == Some(Serving::Stream) {
            self.task = current::task();
        }
        self.say(false);
    }

    fn say(&self, serves: bool) {
        if let (Some(task), Some(how)) = (self.task, self.how) {
            task.set_serves(how, serves);
        }
    }
}

impl Drop for Serves {
    fn drop(&mut self) {
        self.say(false);
    }
}

impl<B, S: Service<Request<B>>> Service<Request<B>> for Handler<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Handling<S::Future>;

    fn call(&self, request: Request<B>) -> Self::Future {
        let version = request.version();
        let future = self.service.call(request);
        let serves = if self.is_own { Serves::begin(version) } else { Serves::NOT };
        Handling { future, serves }
    }
}

impl<F: Future> Future for Handling<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let of = ptr::from_ref(&*self).cast::<()>().addr();
        let this = self.project();
        this.serves.rest();
        let polled = current::branch((of, 0), || this.future.poll(cx), Poll::is_ready);
        this.serves.say(polled.is_pending());
        polled
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
