//! Waiting, and the locks built on it.

#![deny(unsafe_code)]

mod barrier;
mod cond;
mod error;
mod lock_many;
mod mutex;
mod notify;
mod once;
mod rwlock;
mod semaphore;
#[doc(hidden)]
pub mod shim;
#[doc(hidden)]
pub mod wait;
mod wait_group;

pub use barrier::{Barrier, BarrierWait, BarrierWaitResult};
pub use cond::{Cond, CondWait};
pub use error::{AcquireError, SetError, TryAcquireError, TryLockError};
pub use lock_many::{LockMany, lock_many};
pub use mutex::{Lock, LockOwned, MappedMutexGuard, Mutex, MutexGuard, OwnedMutexGuard};
pub use notify::{Notified, Notify};
pub use once::{CallOnce, GetOrInit, GetOrTryInit, Once, OnceCell};
pub use rwlock::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, Read, ReadOwned, RwLock, RwLockReadGuard,
    RwLockWriteGuard, Write, WriteOwned,
};
pub use semaphore::{Acquire, AcquireOwned, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
#[doc(hidden)]
pub use wait_group::install_spawn;
pub use wait_group::{Token, Tracked, Wait, WaitGroup};
