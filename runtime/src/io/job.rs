//! A call that blocks, made on the blocking pool.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::Site;

use crate::blocking;
use crate::task::JoinHandle;

/// A call of the operating system that blocks, made on the blocking pool; the future of what is in
/// [`fs`](crate::fs).
///
/// # Errors
///
/// Those of the operating system; the runtime ended before the call was made.
///
/// # Panics
///
/// Panics outside a runtime.
///
/// # Cancel safety
///
/// A future that is dropped before it was polled has done nothing. After that the call is made, or
/// was, and nobody hears of it.
///
/// # In reports
///
/// `join`: the task waits for the job, which is listed with the line that asked for it.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Job<T> {
    state: State<T>,
    site: Site,
}

type Call<T> = Box<dyn FnOnce() -> io::Result<T> + Send>;

enum State<T> {
    Waiting(Option<Call<T>>),
    Running(JoinHandle<io::Result<T>>),
}

impl<T> Job<T> {
    /// A job on behalf of the line that called this.
    #[track_caller]
    pub(crate) fn new(call: impl FnOnce() -> io::Result<T> + Send + 'static) -> Self {
        Self { state: State::Waiting(Some(Box::new(call))), site: Site::caller() }
    }
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let site = self.site;
        if let State::Waiting(call) = &mut self.state {
            let call = call.take().unwrap_or_else(|| unreachable!("it is taken once, here"));
            self.state = State::Running(blocking::spawn(call, site));
        }
        let State::Running(job) = &mut self.state else { unreachable!("it was just begun") };
        match ready!(Pin::new(job).poll(cx)) {
            Ok(result) => Poll::Ready(result),
            Err(error) => match error.try_into_panic() {
                Ok(payload) => std::panic::resume_unwind(payload),
                Err(error) => Poll::Ready(Err(io::Error::other(error))),
            },
        }
    }
}

impl<T> fmt::Debug for Job<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("site", &self.site).finish_non_exhaustive()
    }
}
