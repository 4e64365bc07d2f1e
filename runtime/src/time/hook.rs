//! Calls that are due at a moment, for what joins time with channels or tasks.

use std::time::Duration;

use super::Instant;
use crate::here;
use crate::timers::{self, Callback};

/// Calls at `deadline` on the thread that drives timers; see [`Callback`].
///
/// # Panics
///
/// Panics outside a runtime.
#[track_caller]
pub fn call_at(deadline: Instant, call: impl Fn(Instant) + Send + Sync + 'static) -> Callback {
    let called = here::with_driver(|driver| {
        let call = move |due| call(Instant::from_std(due));
        timers::call_at(driver.timers(), deadline.into_std(), call)
    });
    match called {
        Some(callback) => callback,
        None => no_runtime(),
    }
}

/// Calls at `first` and every `period` from then on, on the thread that drives timers.
///
/// # Panics
///
/// Panics outside a runtime.
#[track_caller]
pub fn call_every(
    first: Instant,
    period: Duration,
    call: impl Fn(Instant) + Send + Sync + 'static,
) -> Callback {
    let called = here::with_driver(|driver| {
        let call = move |due| call(Instant::from_std(due));
        timers::call_every(driver.timers(), first.into_std(), period, call)
    });
    match called {
        Some(callback) => callback,
        None => no_runtime(),
    }
}

#[cold]
#[track_caller]
fn no_runtime() -> ! {
    panic!(
        "wakeful::time: no runtime on this thread; make timers inside `Runtime::block_on` or a task"
    )
}
