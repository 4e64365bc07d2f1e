//! Mutual exclusion across `.await`.

#[expect(unsafe_code, reason = "the value under the lock is in an `UnsafeCell`")]
mod cell;
#[expect(unsafe_code, reason = "whose lock it is stands in an `UnsafeCell`")]
mod gate;
#[expect(unsafe_code, reason = "the value under the lock is in an `UnsafeCell`")]
mod guard;
#[expect(unsafe_code, reason = "the value under the lock is in an `UnsafeCell`")]
mod owned;
mod queue;

pub use cell::{Lock, Mutex};
pub use guard::{MappedMutexGuard, MutexGuard};
pub use owned::{LockOwned, OwnedMutexGuard};
