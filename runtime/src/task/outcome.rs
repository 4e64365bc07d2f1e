//! Counts the tasks that did not end by themselves.

use wakeful_diagnostics::registry::TaskRecord;

use super::JoinError;
use crate::scheduler::{Event, Shared};

/// Counts the end of a task, once for each: by a panic, or before it was done.
#[cold]
pub(super) fn count(task: &TaskRecord, error: &JoinError) {
    if let Some(shared) = Shared::of(task.runtime()) {
        shared.count(if error.is_panic() { Event::Panicked } else { Event::Aborted });
    }
}
