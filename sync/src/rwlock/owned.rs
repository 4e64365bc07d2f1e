//! The lock, held by guards that keep it alive.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::memory::GuardMark;
use wakeful_diagnostics::names::Op;
use wakeful_diagnostics::registry::Signature;

use super::cell::RwLock;
use super::turnstile::Mode;
use crate::wait::Turn;

/// The future of [`RwLock::read_owned`]: 32 bytes.
#[must_use = "futures do nothing unless you `.await` them"]
pub struct ReadOwned<T: ?Sized> {
    lock: Arc<RwLock<T>>,
    turn: Turn,
}

/// The future of [`RwLock::write_owned`]: 32 bytes.
#[must_use = "futures do nothing unless you `.await` them"]
pub struct WriteOwned<T: ?Sized> {
    lock: Arc<RwLock<T>>,
    turn: Turn,
}

/// A [`RwLock`], held to read by whoever has this guard. Dropping it unlocks.
///
/// ```compile_fail,E0277
/// fn sent<T: Send>() {}
/// sent::<wakeful_sync::OwnedRwLockReadGuard<std::cell::Cell<u8>>>();
/// ```
#[must_use = "the lock is released when the guard is dropped"]
#[repr(C)]
pub struct OwnedRwLockReadGuard<T: ?Sized> {
    lock: Arc<RwLock<T>>,
    /// It is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    _mark: GuardMark,
    signature: Signature,
    _value: PhantomData<*const T>,
}

/// A [`RwLock`], held to write by whoever has this guard. Dropping it unlocks.
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<wakeful_sync::OwnedRwLockWriteGuard<std::cell::Cell<u8>>>();
/// ```
#[must_use = "the lock is released when the guard is dropped"]
#[repr(C)]
pub struct OwnedRwLockWriteGuard<T: ?Sized> {
    lock: Arc<RwLock<T>>,
    /// It is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    _mark: GuardMark,
    signature: Signature,
    _value: PhantomData<*const T>,
}

// SAFETY: the guard gives out `&T`, and keeps an `Arc` that may be the last: `T: Send + Sync`.
unsafe impl<T: ?Sized + Send + Sync> Send for OwnedRwLockReadGuard<T> {}
// SAFETY: a shared guard gives out `&T`.
unsafe impl<T: ?Sized + Send + Sync> Sync for OwnedRwLockReadGuard<T> {}
// SAFETY: the guard keeps an `Arc` of the lock, which asks for `T: Send + Sync`.
unsafe impl<T: ?Sized + Send + Sync> Send for OwnedRwLockWriteGuard<T> {}
// SAFETY: a shared guard gives out `&T`.
unsafe impl<T: ?Sized + Send + Sync> Sync for OwnedRwLockWriteGuard<T> {}

impl<T: ?Sized> ReadOwned<T> {
    pub(super) const fn of(lock: Arc<RwLock<T>>, turn: Turn) -> Self {
        Self { lock, turn }
    }
}

impl<T: ?Sized> WriteOwned<T> {
    pub(super) const fn of(lock: Arc<RwLock<T>>, turn: Turn) -> Self {
        Self { lock, turn }
    }
}

impl<T: ?Sized> OwnedRwLockReadGuard<T> {
    /// The guard of one who has just gone in.
    pub(super) const fn of(lock: Arc<RwLock<T>>, signature: Signature) -> Self {
        Self { lock, _mark: GuardMark::new(), signature, _value: PhantomData }
    }
}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    /// The guard of one who has just gone in.
    pub(super) const fn of(lock: Arc<RwLock<T>>, signature: Signature) -> Self {
        Self { lock, _mark: GuardMark::new(), signature, _value: PhantomData }
    }
}

impl<T: ?Sized> Future for ReadOwned<T> {
    type Output = OwnedRwLockReadGuard<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { lock, turn } = &mut *self;
        let signature = ready!(lock.turnstile().poll_enter(turn, Op::HoldsOwned, cx));
        Poll::Ready(OwnedRwLockReadGuard::of(Arc::clone(lock), signature))
    }
}

impl<T: ?Sized> Future for WriteOwned<T> {
    type Output = OwnedRwLockWriteGuard<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { lock, turn } = &mut *self;
        let signature = ready!(lock.turnstile().poll_enter(turn, Op::HoldsOwned, cx));
        Poll::Ready(OwnedRwLockWriteGuard::of(Arc::clone(lock), signature))
    }
}

impl<T: ?Sized> Drop for ReadOwned<T> {
    fn drop(&mut self) {
        self.lock.turnstile().abandon(&mut self.turn);
    }
}

impl<T: ?Sized> Drop for WriteOwned<T> {
    fn drop(&mut self) {
        self.lock.turnstile().abandon(&mut self.turn);
    }
}

impl<T: ?Sized> Deref for OwnedRwLockReadGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: a guard lives only while its holder is inside.
        unsafe { self.lock.value() }
    }
}

impl<T: ?Sized> Deref for OwnedRwLockWriteGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: a guard lives only while its holder is inside.
        unsafe { self.lock.value() }
    }
}

impl<T: ?Sized> DerefMut for OwnedRwLockWriteGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: a writing guard lives only while its holder is alone inside, and it is borrowed
        // uniquely here.
        unsafe { self.lock.value_mut() }
    }
}

impl<T: ?Sized> Drop for OwnedRwLockReadGuard<T> {
    fn drop(&mut self) {
        self.lock.turnstile().exit(Mode::Read, &mut self.signature);
    }
}

impl<T: ?Sized> Drop for OwnedRwLockWriteGuard<T> {
    fn drop(&mut self) {
        self.lock.turnstile().exit(Mode::Write, &mut self.signature);
    }
}

impl<T: ?Sized> fmt::Debug for ReadOwned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOwned").field("turn", &self.turn).finish_non_exhaustive()
    }
}

impl<T: ?Sized> fmt::Debug for WriteOwned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteOwned").field("turn", &self.turn).finish_non_exhaustive()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedRwLockReadGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedRwLockWriteGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
