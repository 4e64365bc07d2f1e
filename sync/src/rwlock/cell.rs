//! A value behind a turnstile, and the futures that wait for it.

use std::any::type_name;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::Origin;

use super::guard::{RwLockReadGuard, RwLockWriteGuard};
use super::owned::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, ReadOwned, WriteOwned};
use super::turnstile::{Mode, Turnstile};
use crate::error::TryLockError;
use crate::shim::UnsafeCell;
use crate::wait::Turn;

/// Many readers or one writer, across `.await`.
///
/// The order is Go's. A writer that waits stops new readers, so that readers cannot shut it out;
/// when a writer leaves, the readers that waited go in before the next writer. Hence a task that
/// reads must not begin to read the same lock again: if a writer comes in between, both wait for
/// good. As with a [`Mutex`](crate::Mutex), who comes by while the lock is free may take it although
/// others have just been woken for it; as soon as one of those in front has waited for 1 ms, the lock
/// is handed along the line. A lock does not poison.
///
/// An `RwLock<()>` is 64 bytes.
///
/// # Examples
///
/// ```
/// use wakeful_sync::RwLock;
///
/// static LIMITS: RwLock<Vec<u32>> = RwLock::named("limits", Vec::new());
///
/// async fn limit() -> Option<u32> {
///     LIMITS.read().await.first().copied()
/// }
/// # futures::executor::block_on(async {
/// LIMITS.write().await.push(7);
/// assert_eq!(limit().await, Some(7));
/// # });
/// ```
#[repr(C)]
pub struct RwLock<T: ?Sized> {
    turnstile: Turnstile,
    value: UnsafeCell<T>,
}

// SAFETY: `&RwLock<T>` gives out `&mut T` to one thread at a time, which needs `T: Send`, or `&T`
// to many, which needs `T: Sync`.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

/// The future of [`RwLock::read`]: 32 bytes.
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Read<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    turn: Turn,
}

/// The future of [`RwLock::write`]: 32 bytes.
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Write<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    turn: Turn,
}

impl<T> RwLock<T> {
    /// Creates an unlocked lock.
    #[track_caller]
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self::with(Origin { site: Site::caller(), name: None }, value)
    }

    /// Creates an unlocked lock that goes by `name` in reports.
    #[track_caller]
    #[must_use]
    pub const fn named(name: &'static str, value: T) -> Self {
        Self::with(Origin { site: Site::caller(), name: Some(name) }, value)
    }

    const fn with(origin: Origin, value: T) -> Self {
        Self { turnstile: Turnstile::new(origin, type_name::<T>), value: UnsafeCell::new(value) }
    }

    /// Sets the lock apart from others of its name, or made by the same line, where the order of locks
    /// is looked at: a parent of subclass 0 and its child of subclass 1 have an order of their own.
    ///
    /// For a new lock only: what was known of it is forgotten. From 128 on it begins again.
    #[must_use]
    pub const fn subclass(mut self, subclass: u8) -> Self {
        self.turnstile.set_subclass(subclass);
        self
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until nobody writes or waits to write, and reads.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line; what it was woken for goes to the next.
    ///
    /// # In reports
    ///
    /// `rwlock read`
    #[track_caller]
    pub fn read(&self) -> Read<'_, T> {
        Read { lock: self, turn: Turn::new(Op::Read) }
    }

    /// Waits until nobody else is inside, and writes.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line; what it was woken for goes to the next.
    ///
    /// # In reports
    ///
    /// `rwlock write`
    #[track_caller]
    pub fn write(&self) -> Write<'_, T> {
        Write { lock: self, turn: Turn::new(Op::Write) }
    }

    /// Reads if that needs no waiting.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if somebody writes, or waits to write while others read.
    #[track_caller]
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        let signature = self.turnstile.try_enter(Mode::Read, Op::HoldsRead, Site::caller());
        Ok(RwLockReadGuard::of(self, signature.ok_or(TryLockError(()))?))
    }

    /// Writes if that needs no waiting.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if somebody is inside.
    #[track_caller]
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        let signature = self.turnstile.try_enter(Mode::Write, Op::Holds, Site::caller());
        Ok(RwLockWriteGuard::of(self, signature.ok_or(TryLockError(()))?))
    }

    /// Waits as [`read`](Self::read); the guard keeps the lock alive and borrows nothing.
    ///
    /// Such a guard may move to another task. Reports show the task that took it, and no verdict is
    /// built on that.
    ///
    /// # Cancel safety
    ///
    /// As [`read`](Self::read).
    ///
    /// # In reports
    ///
    /// `rwlock read`
    #[track_caller]
    pub fn read_owned(self: Arc<Self>) -> ReadOwned<T> {
        ReadOwned::of(self, Turn::new(Op::Read))
    }

    /// Waits as [`write`](Self::write); the guard keeps the lock alive and borrows nothing.
    ///
    /// Such a guard may move to another task. Reports show the task that took it, and no verdict is
    /// built on that.
    ///
    /// # Cancel safety
    ///
    /// As [`write`](Self::write).
    ///
    /// # In reports
    ///
    /// `rwlock write`
    #[track_caller]
    pub fn write_owned(self: Arc<Self>) -> WriteOwned<T> {
        WriteOwned::of(self, Turn::new(Op::Write))
    }

    /// Reads if that needs no waiting; the guard borrows nothing.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    #[track_caller]
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError> {
        let signature = self.turnstile.try_enter(Mode::Read, Op::HoldsOwned, Site::caller());
        let signature = signature.ok_or(TryLockError(()))?;
        Ok(OwnedRwLockReadGuard::of(self, signature))
    }

    /// Writes if that needs no waiting; the guard borrows nothing.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Self::try_write).
    #[track_caller]
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError> {
        let signature = self.turnstile.try_enter(Mode::Write, Op::HoldsOwned, Site::caller());
        let signature = signature.ok_or(TryLockError(()))?;
        Ok(OwnedRwLockWriteGuard::of(self, signature))
    }

    /// Returns the value, which nobody else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    pub(super) fn turnstile(&self) -> &Turnstile {
        &self.turnstile
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    #[inline]
    pub(super) unsafe fn value(&self) -> &T {
        self.value.with(|value| {
            // SAFETY: the caller is inside, so nobody writes, or nobody but the caller can.
            unsafe { &*value }
        })
    }

    /// The value, to write.
    ///
    /// # Safety
    ///
    /// The caller is inside to write, and no other reference that it gave out is in use.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "the lock makes it exclusive")]
    pub(super) unsafe fn value_mut(&self) -> &mut T {
        self.value.with_mut(|value| {
            // SAFETY: the caller is alone inside and has no other reference in use.
            unsafe { &mut *value }
        })
    }
}

impl<'a, T: ?Sized> Future for Read<'a, T> {
    type Output = RwLockReadGuard<'a, T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { lock, turn } = &mut *self;
        let signature = ready!(lock.turnstile.poll_enter(turn, Op::HoldsRead, cx));
        Poll::Ready(RwLockReadGuard::of(lock, signature))
    }
}

impl<'a, T: ?Sized> Future for Write<'a, T> {
    type Output = RwLockWriteGuard<'a, T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { lock, turn } = &mut *self;
        let signature = ready!(lock.turnstile.poll_enter(turn, Op::Holds, cx));
        Poll::Ready(RwLockWriteGuard::of(lock, signature))
    }
}

impl<T: ?Sized> Drop for Read<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.turnstile.abandon(&mut self.turn);
    }
}

impl<T: ?Sized> Drop for Write<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.turnstile.abandon(&mut self.turn);
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(value) => shown.field("value", &&*value),
            Err(_) => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish()
    }
}

impl<T: ?Sized> fmt::Debug for Read<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Read").field("turn", &self.turn).finish_non_exhaustive()
    }
}

impl<T: ?Sized> fmt::Debug for Write<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write").field("turn", &self.turn).finish_non_exhaustive()
    }
}
