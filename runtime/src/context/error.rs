//! Why a context is done.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

/// What was given as the reason for a cancellation.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why a context is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContextError {
    /// It was cancelled, or the context it was made from was.
    Cancelled,
    /// Its deadline has passed.
    DeadlineExceeded,
}

impl ContextError {
    /// Whether time ran out.
    #[must_use]
    pub const fn is_timeout(self) -> bool {
        matches!(self, Self::DeadlineExceeded)
    }
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled => "context cancelled",
            Self::DeadlineExceeded => "context deadline exceeded",
        })
    }
}

impl Error for ContextError {}

impl From<ContextError> for io::Error {
    fn from(error: ContextError) -> Self {
        // Not `Interrupted`: what is interrupted is tried again.
        let kind = if error.is_timeout() { io::ErrorKind::TimedOut } else { io::ErrorKind::Other };
        Self::new(kind, error)
    }
}
