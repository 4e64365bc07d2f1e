//! Waiting, and the locks built on it.

#![deny(unsafe_code)]

#[doc(hidden)]
pub mod shim;
#[doc(hidden)]
pub mod wait;
