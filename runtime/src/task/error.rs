//! Why a task has no output.

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use wakeful_diagnostics::names::TaskId;
use wakeful_diagnostics::panic_text;

/// A task ended without an output: it panicked, or was cancelled.
pub struct JoinError {
    id: TaskId,
    why: Why,
}

enum Why {
    Cancelled,
    /// Behind a mutex because a payload is `Send` only, and errors should be `Sync`.
    Panicked(Mutex<Box<dyn Any + Send>>),
}

impl JoinError {
    pub(crate) const fn cancelled(id: TaskId) -> Self {
        Self { id, why: Why::Cancelled }
    }

    pub(crate) fn panicked(id: TaskId, payload: Box<dyn Any + Send>) -> Self {
        Self { id, why: Why::Panicked(Mutex::new(payload)) }
    }

    /// Whether the task panicked.
    #[must_use]
    pub const fn is_panic(&self) -> bool {
        matches!(self.why, Why::Panicked(_))
    }

    /// Whether the task was aborted, or its runtime shut down.
    #[must_use]
    pub const fn is_cancelled(&self) -> bool {
        matches!(self.why, Why::Cancelled)
    }

    /// The id of the task.
    #[must_use]
    pub const fn id(&self) -> TaskId {
        self.id
    }

    /// What the task panicked with, for [`std::panic::resume_unwind`].
    ///
    /// # Panics
    ///
    /// If the task did not panic; ask [`Self::is_panic`] first, or use [`Self::try_into_panic`].
    #[track_caller]
    #[must_use]
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        match self.try_into_panic() {
            Ok(payload) => payload,
            Err(_) => panic!(
                "JoinError::into_panic: the task was cancelled, it did not panic; \
                 ask `is_panic` first, or use `try_into_panic`"
            ),
        }
    }

    /// What the task panicked with, if it did.
    ///
    /// # Errors
    ///
    /// The error itself, if the task was cancelled.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        match self.why {
            Why::Panicked(payload) => {
                Ok(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            Why::Cancelled => Err(self),
        }
    }

    /// The panic's message, if it is text.
    fn message(&self) -> Option<String> {
        let Why::Panicked(payload) = &self.why else { return None };
        let payload = payload.lock().unwrap_or_else(PoisonError::into_inner);
        panic_text(&**payload).map(str::to_owned)
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.why, self.message()) {
            (Why::Cancelled, _) => write!(f, "{} was cancelled", self.id),
            (Why::Panicked(_), Some(message)) => write!(f, "{} panicked: {message}", self.id),
            (Why::Panicked(_), None) => write!(f, "{} panicked", self.id),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl std::error::Error for JoinError {}

impl From<JoinError> for std::io::Error {
    fn from(error: JoinError) -> Self {
        Self::other(error)
    }
}
