//! Waiting, and the locks built on it.
//!
//! Go's `sync`, for tasks: [`Mutex`], [`RwLock`], [`WaitGroup`], [`Once`] and [`Cond`]; what tokio's
//! users expect beside them: [`Semaphore`], [`Notify`], [`Barrier`] and [`OnceCell`]; and
//! [`lock_many`]. No lock poisons. Every future may be dropped at any time: what it was handed goes
//! to the next in line.
//!
//! Whoever waits, and whoever holds, stands in the registry, with the line of source that began it.
//! What is used outside of tasks only, and never waited for, is not even registered.

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
pub use wait_group::{Packed, Spawned, Spawner, install_spawn};
pub use wait_group::{Token, Tracked, Wait, WaitGroup};
