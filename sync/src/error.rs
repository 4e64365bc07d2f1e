//! What can go wrong at a lock.

use std::error::Error;
use std::fmt;

/// The lock is taken, or belongs to those who wait in line for it.
///
/// Returned by `try_lock`, `try_read` and `try_write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryLockError(pub(crate) ());

/// The semaphore is closed: there will be no permits any more.
///
/// Returned by `acquire`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcquireError(pub(crate) ());

/// Why there are no permits without waiting.
///
/// Returned by `try_acquire`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryAcquireError {
    /// The semaphore is closed.
    Closed,
    /// There are too few, or others wait for them.
    NoPermits,
}

/// Why a cell was not set; the value comes back.
///
/// Returned by `OnceCell::set`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SetError<T> {
    /// The cell has a value.
    AlreadyInitialized(T),
    /// Somebody is at work on its value.
    Initializing(T),
}

impl TryAcquireError {
    /// Whether the semaphore is closed.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }

    /// Whether waiting might have helped.
    #[must_use]
    pub const fn is_no_permits(&self) -> bool {
        matches!(self, Self::NoPermits)
    }
}

impl<T> SetError<T> {
    /// Returns the value that was not set.
    pub fn into_inner(self) -> T {
        match self {
            Self::AlreadyInitialized(value) | Self::Initializing(value) => value,
        }
    }
}

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lock is taken")
    }
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the semaphore is closed")
    }
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the semaphore is closed",
            Self::NoPermits => "the semaphore has too few permits",
        })
    }
}

impl<T> fmt::Debug for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyInitialized(_) => "AlreadyInitialized(..)",
            Self::Initializing(_) => "Initializing(..)",
        })
    }
}

impl<T> fmt::Display for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyInitialized(_) => "the cell has a value",
            Self::Initializing(_) => "the cell is being initialized",
        })
    }
}

impl Error for TryLockError {}
impl Error for AcquireError {}
impl Error for TryAcquireError {}
impl<T> Error for SetError<T> {}
