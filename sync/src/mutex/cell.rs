//! A value behind a gate, and the future that waits for it.

use std::any::type_name;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::Origin;

use super::gate::Gate;
use super::guard::MutexGuard;
use super::owned::{LockOwned, OwnedMutexGuard};
use crate::error::TryLockError;
use crate::shim::UnsafeCell;
use crate::wait::Turn;

/// Mutual exclusion whose guard may be held across `.await`.
///
/// Waiting is first come, first served, with Go's exception: a task that comes by while the lock is
/// free may take it although others have just been woken for it. Whoever has waited for 1 ms ends
/// that: the lock is then handed along the line. A mutex does not poison; after a panic of the
/// holder the next one finds the value as it was left.
///
/// A `Mutex<()>` is 80 bytes.
///
/// # Examples
///
/// ```
/// use wakeful_sync::Mutex;
///
/// static STOCK: Mutex<u32> = Mutex::named("stock", 3);
///
/// async fn sell() -> bool {
///     let mut stock = STOCK.lock().await;
///     let sold = *stock > 0;
///     *stock -= u32::from(sold);
///     sold
/// }
/// # assert!(futures::executor::block_on(sell()));
/// ```
#[repr(C)]
pub struct Mutex<T: ?Sized> {
    gate: Gate,
    value: UnsafeCell<T>,
}

// SAFETY: `&Mutex<T>` gives out `&mut T`, to one holder at a time: sharing a mutex between two
// threads moves the value from one to the other and back, which needs `T: Send` and no more.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

/// The future of [`Mutex::lock`]: 32 bytes.
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Lock<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    turn: Turn,
}

impl<T> Mutex<T> {
    /// Creates an unlocked mutex.
    #[track_caller]
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self::with(Origin { site: Site::caller(), name: None }, value)
    }

    /// Creates an unlocked mutex that goes by `name` in reports.
    #[track_caller]
    #[must_use]
    pub const fn named(name: &'static str, value: T) -> Self {
        Self::with(Origin { site: Site::caller(), name: Some(name) }, value)
    }

    const fn with(origin: Origin, value: T) -> Self {
        Self { gate: Gate::new(origin, type_name::<T>), value: UnsafeCell::new(value) }
    }

    /// Sets the lock apart from others of its name, or made by the same line, where the order of locks
    /// is looked at: a parent of subclass 0 and its child of subclass 1 have an order of their own.
    ///
    /// For a new lock only: what was known of it is forgotten. From 128 on it begins again.
    #[must_use]
    pub const fn subclass(mut self, subclass: u8) -> Self {
        self.gate.set_subclass(subclass);
        self
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock.
    ///
    /// The lock is recorded as held by the task that took it, at the line of this call, until the
    /// guard is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line; a lock that was handed to it goes to the
    /// next.
    ///
    /// # In reports
    ///
    /// `mutex lock`
    #[track_caller]
    pub fn lock(&self) -> Lock<'_, T> {
        Lock { mutex: self, turn: Turn::new(Op::Lock) }
    }

    /// Waits for the lock as one of several, in an order of the house's.
    pub(crate) fn lock_sorted(&self, site: Site) -> Lock<'_, T> {
        Lock { mutex: self, turn: Turn::at(Op::Lock, site).sorted() }
    }

    /// Waits for the lock on behalf of the code at `site`.
    pub(crate) fn lock_at(&self, site: Site) -> Lock<'_, T> {
        Lock { mutex: self, turn: Turn::at(Op::Lock, site) }
    }

    /// Takes the lock if that needs no waiting.
    ///
    /// # Errors
    ///
    /// [`TryLockError`] if the mutex is locked, or if somebody has waited so long for it that it is
    /// handed along the line.
    #[track_caller]
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        match self.gate.try_take(Op::Holds, Site::caller()) {
            true => Ok(MutexGuard::of(self)),
            false => Err(TryLockError(())),
        }
    }

    /// Waits for the lock; the guard keeps the mutex alive and borrows nothing.
    ///
    /// Such a guard may move to another task. Reports show the task that took it, and no verdict is
    /// built on that.
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # In reports
    ///
    /// `mutex lock`
    #[track_caller]
    pub fn lock_owned(self: Arc<Self>) -> LockOwned<T> {
        LockOwned::of(self, Turn::new(Op::Lock))
    }

    /// Takes the lock if that needs no waiting; the guard borrows nothing.
    ///
    /// # Errors
    ///
    /// As [`try_lock`](Self::try_lock).
    #[track_caller]
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        match self.gate.try_take(Op::HoldsOwned, Site::caller()) {
            true => Ok(OwnedMutexGuard::of(self)),
            false => Err(TryLockError(())),
        }
    }

    /// Returns the value, which nobody else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Where the value is.
    ///
    /// # Safety
    ///
    /// The caller holds the lock.
    #[inline]
    pub(super) unsafe fn value(&self) -> &T {
        self.value.with(|value| {
            // SAFETY: the caller holds the lock, so nobody writes.
            unsafe { &*value }
        })
    }

    /// Where the value is.
    ///
    /// # Safety
    ///
    /// The caller holds the lock, and no other reference that the holder gave out is in use.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "the lock makes it exclusive")]
    pub(super) unsafe fn value_mut(&self) -> &mut T {
        self.value.with_mut(|value| {
            // SAFETY: the caller holds the lock and has no other reference in use.
            unsafe { &mut *value }
        })
    }
}

impl<'a, T: ?Sized> Future for Lock<'a, T> {
    type Output = MutexGuard<'a, T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { mutex, turn } = &mut *self;
        ready!(mutex.gate.poll_take(turn, Op::Holds, cx));
        Poll::Ready(MutexGuard::of(mutex))
    }
}

impl<T: ?Sized> Drop for Lock<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.gate.abandon(&mut self.turn);
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(value) => shown.field("value", &&*value),
            Err(_) => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish()
    }
}

impl<T: ?Sized> fmt::Debug for Lock<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("turn", &self.turn).finish_non_exhaustive()
    }
}
