//! Go's toolbox as its users see it; tests name the tests of Go's they answer to.
#![cfg(not(loom))]

mod context;
mod context_ambient;
mod context_calls;
mod context_cause;
mod context_deadline;
mod context_wait;
mod group;
mod spawn;

use std::pin::Pin;
use std::task::{Context as TaskContext, Waker};
use std::time::Duration;

use wakeful_runtime::context::{Context, ContextError};

const HOUR: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(10);

fn poll_once<F: Future + Unpin>(future: &mut F, waker: &Waker) -> bool {
    Pin::new(future).poll(&mut TaskContext::from_waker(waker)).is_ready()
}

fn cause(context: &Context) -> Option<String> {
    context.cause().map(|cause| cause.to_string())
}

fn is_cancelled(context: &Context) -> bool {
    context.err() == Some(ContextError::Cancelled)
}
