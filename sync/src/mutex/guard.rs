//! The lock, held: the whole value, or a part of it.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::cell::Mutex;
use super::gate::Gate;

/// The lock of a [`Mutex`], held. Dropping it unlocks.
///
/// It may be dropped by another thread or task than the one that took it. A guard that is
/// forgotten leaves the mutex locked for good.
///
/// A guard of a `Cell` cannot be shared between threads:
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<wakeful_sync::MutexGuard<'_, std::cell::Cell<u8>>>();
/// ```
///
/// A guard of what is bound to its thread cannot be sent to another:
///
/// ```compile_fail,E0277
/// fn sent<T: Send>() {}
/// sent::<wakeful_sync::MutexGuard<'_, std::rc::Rc<u8>>>();
/// ```
///
/// And a mutex of it cannot be shared:
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<wakeful_sync::Mutex<std::rc::Rc<u8>>>();
/// ```
#[must_use = "the mutex is unlocked when the guard is dropped"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    /// A guard is `Sync` only if `T` is; the reference alone would ask no more than `T: Send`.
    _value: PhantomData<&'a mut T>,
}

/// A part of the value under a [`Mutex`], its lock held. Dropping it unlocks.
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<wakeful_sync::MappedMutexGuard<'_, std::cell::Cell<u8>>>();
/// ```
#[must_use = "the mutex is unlocked when the guard is dropped"]
pub struct MappedMutexGuard<'a, U: ?Sized> {
    gate: &'a Gate,
    /// Not a reference: it must not claim to be unique while the lock is being released.
    part: NonNull<U>,
    _part: PhantomData<&'a mut U>,
}

// SAFETY: the guard is a `&mut U` with a gate, and a gate may be released by any thread.
unsafe impl<U: ?Sized + Send> Send for MappedMutexGuard<'_, U> {}
// SAFETY: a shared guard gives out `&U` and nothing else.
unsafe impl<U: ?Sized + Sync> Sync for MappedMutexGuard<'_, U> {}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// The guard of a lock that the caller has just taken.
    #[inline]
    pub(super) const fn of(mutex: &'a Mutex<T>) -> Self {
        Self { mutex, _value: PhantomData }
    }

    /// Returns the mutex this is the lock of.
    #[must_use]
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.mutex
    }

    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use wakeful_sync::{Mutex, MutexGuard};
    ///
    /// let pair = Mutex::new((1, "one"));
    /// let mut number = MutexGuard::map(pair.try_lock()?, |pair| &mut pair.0);
    /// *number = 2;
    /// drop(number);
    /// assert_eq!(pair.into_inner(), (2, "one"));
    /// # Ok::<(), wakeful_sync::TryLockError>(())
    /// ```
    pub fn map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedMutexGuard<'a, U> {
        let part = NonNull::from(part(&mut this));
        let gate = this.mutex.gate();
        mem::forget(this);
        MappedMutexGuard { gate, part, _part: PhantomData }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a guard lives only while its holder has the lock.
        unsafe { self.mutex.value() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: a guard lives only while its holder has the lock, there is one guard, and it is
        // borrowed uniquely here.
        unsafe { self.mutex.value_mut() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.gate().release();
    }
}

impl<U: ?Sized> Deref for MappedMutexGuard<'_, U> {
    type Target = U;

    #[inline]
    fn deref(&self) -> &U {
        // SAFETY: `part` came from the `&mut T` of a guard whose lock this one has.
        unsafe { self.part.as_ref() }
    }
}

impl<U: ?Sized> DerefMut for MappedMutexGuard<'_, U> {
    #[inline]
    fn deref_mut(&mut self) -> &mut U {
        // SAFETY: `part` came from the `&mut T` of a guard whose lock this one has.
        unsafe { self.part.as_mut() }
    }
}

impl<U: ?Sized> Drop for MappedMutexGuard<'_, U> {
    #[inline]
    fn drop(&mut self) {
        self.gate.release();
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<U: ?Sized + fmt::Debug> fmt::Debug for MappedMutexGuard<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<U: ?Sized + fmt::Display> fmt::Display for MappedMutexGuard<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
