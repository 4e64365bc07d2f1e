//! The lock, held by a guard that keeps the mutex alive.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::memory::GuardMark;
use wakeful_diagnostics::names::Op;

use super::cell::Mutex;
use crate::wait::Turn;

/// The future of [`Mutex::lock_owned`]: 32 bytes.
#[must_use = "futures do nothing unless you `.await` them"]
pub struct LockOwned<T: ?Sized> {
    mutex: Arc<Mutex<T>>,
    turn: Turn,
}

/// The lock of a [`Mutex`], held by whoever has this guard. Dropping it unlocks.
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<wakeful_sync::OwnedMutexGuard<std::cell::Cell<u8>>>();
/// ```
#[must_use = "the mutex is unlocked when the guard is dropped"]
#[repr(C)]
pub struct OwnedMutexGuard<T: ?Sized> {
    mutex: Arc<Mutex<T>>,
    /// It is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    _mark: GuardMark,
    /// A guard is `Sync` only if `T` is; the `Arc` alone would ask no more than `T: Send`.
    _value: PhantomData<*const T>,
}

// SAFETY: the guard gives out `&mut T` and may move to another thread with it, as an `Arc` of a
// mutex may.
unsafe impl<T: ?Sized + Send> Send for OwnedMutexGuard<T> {}
// SAFETY: a shared guard gives out `&T`, and a `&Mutex<T>`, which asks for `T: Send`.
unsafe impl<T: ?Sized + Send + Sync> Sync for OwnedMutexGuard<T> {}

impl<T: ?Sized> LockOwned<T> {
    pub(super) const fn of(mutex: Arc<Mutex<T>>, turn: Turn) -> Self {
        Self { mutex, turn }
    }
}

impl<T: ?Sized> OwnedMutexGuard<T> {
    /// The guard of a lock that the caller has just taken.
    pub(super) const fn of(mutex: Arc<Mutex<T>>) -> Self {
        Self { mutex, _mark: GuardMark::new(), _value: PhantomData }
    }

    /// Returns the mutex this is the lock of.
    #[must_use]
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        &this.mutex
    }
}

impl<T: ?Sized> Future for LockOwned<T> {
    type Output = OwnedMutexGuard<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { mutex, turn } = &mut *self;
        ready!(mutex.gate().poll_take(turn, Op::HoldsOwned, cx));
        Poll::Ready(OwnedMutexGuard::of(Arc::clone(mutex)))
    }
}

impl<T: ?Sized> Drop for LockOwned<T> {
    fn drop(&mut self) {
        self.mutex.gate().abandon(&mut self.turn);
    }
}

impl<T: ?Sized> Deref for OwnedMutexGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: a guard lives only while its holder has the lock.
        unsafe { self.mutex.value() }
    }
}

impl<T: ?Sized> DerefMut for OwnedMutexGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: a guard lives only while its holder has the lock, there is one guard, and it is
        // borrowed uniquely here.
        unsafe { self.mutex.value_mut() }
    }
}

impl<T: ?Sized> Drop for OwnedMutexGuard<T> {
    fn drop(&mut self) {
        self.mutex.gate().release();
    }
}

impl<T: ?Sized> fmt::Debug for LockOwned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockOwned").field("turn", &self.turn).finish_non_exhaustive()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
