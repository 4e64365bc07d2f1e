//! The lock, held to read or to write.
//!
//! The signature lies in the guard: readers are many, and a lock has no place for all of theirs.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ops::{Deref, DerefMut};

use wakeful_diagnostics::names::Site;
use wakeful_diagnostics::registry::Signature;

use super::cell::RwLock;
use super::turnstile::Mode;

/// A [`RwLock`], held to read. Dropping it unlocks.
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<wakeful_sync::RwLockReadGuard<'_, std::cell::Cell<u8>>>();
/// ```
///
/// A reference to what cannot be shared cannot be sent either:
///
/// ```compile_fail,E0277
/// fn sent<T: Send>() {}
/// sent::<wakeful_sync::RwLockReadGuard<'_, std::cell::Cell<u8>>>();
/// ```
#[must_use = "the lock is released when the guard is dropped"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    signature: Signature,
    _value: PhantomData<&'a T>,
}

/// A [`RwLock`], held to write. Dropping it unlocks.
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<wakeful_sync::RwLockWriteGuard<'_, std::cell::Cell<u8>>>();
/// ```
#[must_use = "the lock is released when the guard is dropped"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    signature: Signature,
    _value: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    /// The guard of one who has just gone in.
    #[inline]
    pub(super) const fn of(lock: &'a RwLock<T>, signature: Signature) -> Self {
        Self { lock, signature, _value: PhantomData }
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// The guard of one who has just gone in.
    #[inline]
    pub(super) const fn of(lock: &'a RwLock<T>, signature: Signature) -> Self {
        Self { lock, signature, _value: PhantomData }
    }

    /// Reads on, without a moment in which another could write. Readers that wait go in.
    ///
    /// # Examples
    ///
    /// ```
    /// use wakeful_sync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let mut writes = lock.try_write()?;
    /// *writes = 2;
    /// let reads = RwLockWriteGuard::downgrade(writes);
    /// assert_eq!((*reads, *lock.try_read()?), (2, 2));
    /// # Ok::<(), wakeful_sync::TryLockError>(())
    /// ```
    #[track_caller]
    pub fn downgrade(mut this: Self) -> RwLockReadGuard<'a, T> {
        let lock = this.lock;
        let signature = lock.turnstile().sign_to_read(&mut this.signature, Site::caller());
        mem::forget(this);
        let reads = RwLockReadGuard::of(lock, signature);
        lock.turnstile().downgrade();
        reads
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a guard lives only while its holder is inside.
        unsafe { self.lock.value() }
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a guard lives only while its holder is inside.
        unsafe { self.lock.value() }
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: a writing guard lives only while its holder is alone inside, and it is borrowed
        // uniquely here.
        unsafe { self.lock.value_mut() }
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.turnstile().exit(Mode::Read, &mut self.signature);
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.turnstile().exit(Mode::Write, &mut self.signature);
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
