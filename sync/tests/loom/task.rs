//! A task as the registry sees it, without a runtime. The models of the channels have it, too.

use std::sync::atomic::Ordering::SeqCst;

use wakeful_diagnostics::names::{RuntimeId, Site};
use wakeful_diagnostics::registry::{Birth, TaskRecord, word};
use wakeful_sync::wait::recall;

/// A task that is being polled.
pub(crate) fn task() -> &'static TaskRecord {
    TaskRecord::register(Birth {
        local: false,
        site: Site::caller(),
        type_name: || "model",
        parent: None,
        meta: None,
        daemon: false,
        root: false,
        runtime: RuntimeId(9),
        word: word::RUNNING,
    })
}

/// Ends the poll of a task that nobody has woken.
pub(crate) fn fall_asleep(task: &'static TaskRecord) {
    task.word.fetch_and(!word::RUNNING, SeqCst);
    recall::asleep(task);
}
