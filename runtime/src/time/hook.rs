//! What others build on: calls that are due at a moment, and a clock that stands still.

use std::sync::Arc;
use std::time::Duration;

use wakeful_diagnostics::names::Site;

use super::Instant;
use crate::here;
use crate::runtime::{Handle, Wish};
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

/// Calls at `deadline` in a task of its own, on this thread's runtime.
///
/// # Panics
///
/// Panics outside a runtime.
#[track_caller]
pub fn run_at<F: Fn() + Send + Sync + 'static>(deadline: Instant, function: F) -> Callback {
    let Ok(runtime) = Handle::try_current() else { no_runtime() };
    let wish = Wish::at(Site::caller()).of_type(std::any::type_name::<F>);
    let function = Arc::new(function);
    call_at(deadline, move |_| {
        let function = Arc::clone(&function);
        drop(runtime.spawn_with(async move { function() }, wish.clone()));
    })
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

/// How many sleepers and calls the timers of this thread's runtime have.
///
/// # Panics
///
/// Panics outside a runtime.
#[must_use]
#[track_caller]
pub fn watched() -> usize {
    here::with_driver(|driver| driver.timers().watched()).unwrap_or_else(|| no_runtime())
}

#[cold]
#[track_caller]
fn no_runtime() -> ! {
    panic!(
        "wakeful::time: no runtime on this thread; wait for timers inside `Runtime::block_on` or a task"
    )
}
