//! Runs tasks.

#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "signals are caught, and `write(2)` is called without a lock")]
pub mod signals;
