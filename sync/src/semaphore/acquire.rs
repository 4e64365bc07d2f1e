//! A semaphore, and the futures that wait for its permits.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::Origin;

use super::permit::{OwnedSemaphorePermit, SemaphorePermit};
use super::pool::{MAX_PERMITS, Pool};
use crate::error::{AcquireError, TryAcquireError};
use crate::wait::Turn;

/// A number of permits, handed out first come, first served.
///
/// Nobody passes the line: while the first in it waits for many permits, one who wants few waits
/// behind it, and [`try_acquire`](Self::try_acquire) fails.
///
/// A `Semaphore` is 72 bytes.
///
/// # Examples
///
/// ```
/// use wakeful_sync::Semaphore;
///
/// static CONNECTIONS: Semaphore = Semaphore::named("connections", 2);
/// # futures::executor::block_on(async {
/// let one = CONNECTIONS.acquire().await?;
/// let _two = CONNECTIONS.acquire().await?;
/// assert!(CONNECTIONS.try_acquire().is_err());
/// drop(one);
/// assert_eq!(CONNECTIONS.available_permits(), 1);
/// # Ok::<(), wakeful_sync::AcquireError>(())
/// # }).unwrap();
/// ```
pub struct Semaphore {
    pool: Pool,
}

/// The future of [`Semaphore::acquire`] and [`Semaphore::acquire_many`]: 40 bytes.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Acquire<'a> {
    semaphore: &'a Semaphore,
    count: u32,
    turn: Turn,
}

/// The future of [`Semaphore::acquire_owned`] and [`Semaphore::acquire_many_owned`]: 40 bytes.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct AcquireOwned {
    semaphore: Arc<Semaphore>,
    count: u32,
    turn: Turn,
}

impl Semaphore {
    /// As many permits as a semaphore may have.
    pub const MAX_PERMITS: usize = MAX_PERMITS;

    /// Creates a semaphore with so many permits.
    ///
    /// # Panics
    ///
    /// If that is more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    #[must_use]
    pub const fn new(permits: usize) -> Self {
        Self::with(permits, Origin { site: Site::caller(), name: None })
    }

    /// Creates a semaphore that goes by `name` in reports.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[track_caller]
    #[must_use]
    pub const fn named(name: &'static str, permits: usize) -> Self {
        Self::with(permits, Origin { site: Site::caller(), name: Some(name) })
    }

    #[track_caller]
    const fn with(permits: usize, origin: Origin) -> Self {
        assert!(
            permits <= MAX_PERMITS,
            "Semaphore::new: too many permits; `Semaphore::MAX_PERMITS` is the most there can be"
        );
        Self { pool: Pool::new(permits, origin) }
    }

    /// Waits for a permit.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed, now or while this waits.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line; permits that were handed to it go back.
    ///
    /// # In reports
    ///
    /// `semaphore acquire`
    #[inline]
    #[track_caller]
    pub fn acquire(&self) -> Acquire<'_> {
        Acquire { semaphore: self, count: 1, turn: Turn::new(Op::Acquire) }
    }

    /// Waits for several permits at once.
    ///
    /// For more than there are this waits until some are added, and everybody who comes later waits
    /// behind it.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed, now or while this waits.
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # In reports
    ///
    /// `semaphore acquire`
    #[inline]
    #[track_caller]
    pub fn acquire_many(&self, count: u32) -> Acquire<'_> {
        Acquire { semaphore: self, count, turn: Turn::new(Op::Acquire) }
    }

    /// Takes a permit if that needs no waiting.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] if there is none, if others wait, or if the semaphore is closed.
    #[inline]
    #[track_caller]
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes several permits if that needs no waiting.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`] if there are too few, if others wait, or if the semaphore is closed.
    #[inline]
    #[track_caller]
    pub fn try_acquire_many(&self, count: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        let signature = self.pool.try_take(count, Op::Holds, Site::caller())?;
        Ok(SemaphorePermit::of(self, count, signature))
    }

    /// Waits for a permit that keeps the semaphore alive and borrows nothing.
    ///
    /// Such a permit may move to another task. Reports show the task that took it, and no verdict
    /// is built on that.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # In reports
    ///
    /// `semaphore acquire`
    #[track_caller]
    pub fn acquire_owned(self: Arc<Self>) -> AcquireOwned {
        AcquireOwned { semaphore: self, count: 1, turn: Turn::new(Op::Acquire) }
    }

    /// Waits for several permits that keep the semaphore alive and borrow nothing.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # In reports
    ///
    /// `semaphore acquire`
    #[track_caller]
    pub fn acquire_many_owned(self: Arc<Self>, count: u32) -> AcquireOwned {
        AcquireOwned { semaphore: self, count, turn: Turn::new(Op::Acquire) }
    }

    /// Takes a permit that borrows nothing, if that needs no waiting.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    #[track_caller]
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// Takes several permits that borrow nothing, if that needs no waiting.
    ///
    /// # Errors
    ///
    /// As [`try_acquire_many`](Self::try_acquire_many).
    #[track_caller]
    pub fn try_acquire_many_owned(
        self: Arc<Self>,
        count: u32,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        let signature = self.pool.try_take(count, Op::HoldsOwned, Site::caller())?;
        Ok(OwnedSemaphorePermit::of(self, count, signature))
    }

    /// Makes so many more permits.
    ///
    /// A semaphore to which permits were added by hand is never called stuck: more may come. Before that, whoever
    /// is awake and has the semaphore may add some, in a program that calls this anywhere.
    ///
    /// # Panics
    ///
    /// If there would be more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    // By this name the program is asked whether it is called at all.
    #[inline(never)]
    #[track_caller]
    pub fn add_permits(&self, count: usize) {
        assert!(
            self.pool.make(count),
            "Semaphore::add_permits: too many permits; `Semaphore::MAX_PERMITS` is the most there \
             can be"
        );
    }

    /// Destroys up to so many permits that nobody has, and returns how many it found.
    pub fn forget_permits(&self, count: usize) -> usize {
        self.pool.drain(count)
    }

    /// Closes the semaphore: everybody who waits, and everybody who comes, gets an error.
    ///
    /// Permits that were handed out stay good.
    // As with `add_permits`.
    #[inline(never)]
    pub fn close(&self) {
        self.pool.close();
    }

    /// Returns whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Returns how many permits nobody has. Some of them may be meant for the first in line.
    #[must_use]
    pub fn available_permits(&self) -> usize {
        self.pool.available()
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }
}

impl<'a> Future for Acquire<'a> {
    type Output = Result<SemaphorePermit<'a>, AcquireError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { semaphore, count, turn } = &mut *self;
        let signature = ready!(semaphore.pool.poll_take(turn, *count, Op::Holds, cx))?;
        Poll::Ready(Ok(SemaphorePermit::of(semaphore, *count, signature)))
    }
}

impl Future for AcquireOwned {
    type Output = Result<OwnedSemaphorePermit, AcquireError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { semaphore, count, turn } = &mut *self;
        let signature = ready!(semaphore.pool.poll_take(turn, *count, Op::HoldsOwned, cx))?;
        Poll::Ready(Ok(OwnedSemaphorePermit::of(Arc::clone(semaphore), *count, signature)))
    }
}

impl Drop for Acquire<'_> {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.pool.abandon(&mut self.turn);
    }
}

impl Drop for AcquireOwned {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.pool.abandon(&mut self.turn);
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("available_permits", &self.available_permits())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
