//! Waiting for a moment.
//!
//! Deadlines are never early. They are late by the precision of the wheel and the operating
//! system, together about a tenth of a millisecond on an idle machine; while many deadlines come
//! one after the other they are fired together, up to half a millisecond late.
//!
//! In a runtime whose clock stands still (in tests) time passes only when every task waits.

mod hook;
mod instant;
mod interval;
#[expect(unsafe_code, reason = "a clock of the kernel's that std does not read")]
mod rough;
mod sleep;
#[cfg(test)]
#[cfg(not(loom))]
mod tests;
mod timeout;

#[doc(hidden)]
pub use crate::timers::Callback;
#[doc(hidden)]
pub use hook::{call_at, call_every, run_at, watched};
pub use instant::Instant;
pub use interval::{Interval, MissedTickBehavior, Tick, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Elapsed, Timeout, timeout, timeout_at};
