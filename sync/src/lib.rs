//! Waiting, and the locks built on it.

#![deny(unsafe_code)]

mod error;
mod mutex;
#[doc(hidden)]
pub mod shim;
#[doc(hidden)]
pub mod wait;
mod wait_group;

pub use error::TryLockError;
pub use mutex::{Lock, LockOwned, MappedMutexGuard, Mutex, MutexGuard, OwnedMutexGuard};
pub use wait_group::{Token, Tracked, Wait, WaitGroup, install_spawn};
