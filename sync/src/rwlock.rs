//! Many readers or one writer.

#[expect(unsafe_code, reason = "the value under the lock is in an `UnsafeCell`")]
mod cell;
#[expect(unsafe_code, reason = "the value under the lock is in an `UnsafeCell`")]
mod guard;
#[expect(unsafe_code, reason = "the value under the lock is in an `UnsafeCell`")]
mod owned;
mod queues;
mod turnstile;

pub use cell::{Read, RwLock, Write};
pub use guard::{RwLockReadGuard, RwLockWriteGuard};
pub use owned::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, ReadOwned, WriteOwned};
