//! Tasks that shall panic at their next turn, because they would wait for ever.
//!
//! Such a task is aborted, but what is said of it is a panic: its guards are dropped, whoever waits
//! for them goes on, and whoever joins it hears why.

use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::{LazyLock, Mutex, PoisonError};

use wakeful_diagnostics::names::TaskId;
use wakeful_diagnostics::registry::TaskRecord;

use super::{JoinError, join};

static CONDEMNED: LazyLock<Mutex<HashMap<TaskId, String>>> = LazyLock::new(Mutex::default);

/// Lets a task that sleeps panic with this message. The caller has proof that it would sleep for
/// ever.
pub(crate) fn condemn(task: &'static TaskRecord, message: String) {
    CONDEMNED.lock().unwrap_or_else(PoisonError::into_inner).insert(task.id(), message);
    join::abort(task);
}

/// The panic of a task that is aborted, if it is condemned to one.
pub(super) fn execute(task: &TaskRecord) -> Option<JoinError> {
    let message = CONDEMNED.lock().unwrap_or_else(PoisonError::into_inner).remove(&task.id())?;
    let payload = catch_unwind(|| panic!("{message}")).err()?;
    Some(JoinError::panicked(task.id(), payload))
}
