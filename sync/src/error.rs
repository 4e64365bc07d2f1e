//! What can go wrong with a lock that does not wait.

use std::error::Error;
use std::fmt;

/// The lock is taken, or belongs to those who wait in line for it.
///
/// Returned by `try_lock`, `try_read` and `try_write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryLockError(pub(crate) ());

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lock is taken")
    }
}

impl Error for TryLockError {}
