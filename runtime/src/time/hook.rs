//! What others build on: calls that are due at a moment, and a clock that stands still.

use std::time::Duration;

use super::Instant;
use crate::driver::Handle;
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
    called.unwrap_or_else(|| no_runtime())
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
    called.unwrap_or_else(|| no_runtime())
}

#[cold]
#[track_caller]
fn no_runtime() -> ! {
    panic!(
        "wakeful::time: no runtime on this thread; make timers inside `Runtime::block_on` or a task"
    )
}

/// Stops the clock of the current runtime: from now on time passes only when it is moved. `false`
/// outside a runtime. There is no way back.
pub fn freeze_clock() -> bool {
    here::with_driver(Handle::freeze_clock).is_some()
}

/// Moves a clock that stands still.
pub fn advance_clock(by: Duration) {
    here::with_driver(|driver| driver.advance(by));
}

/// Moves a clock that stands still to the next deadline; `false` if there is none. Whoever knows
/// that every task waits calls this.
pub fn advance_clock_to_next_deadline() -> bool {
    here::with_driver(Handle::advance_to_next_deadline).unwrap_or(false)
}
