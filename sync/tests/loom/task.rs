//! A task as the registry sees it, without a runtime. The models of the channels have it, too.

use std::sync::atomic::Ordering::{AcqRel, SeqCst};
use std::task::{RawWaker, RawWakerVTable, Waker};

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

/// The waker of a task, by which the house knows it: it is woken by its record, and its grants stand
/// in its slots. It is run by whoever wakes it, and then polls none of its futures.
pub(crate) fn waker_of(task: &'static TaskRecord) -> Waker {
    wakeful_sync::wait::install(&VTABLE, run_past);
    let data = std::ptr::from_ref(task).cast();
    // SAFETY: none of the functions looks at what `data` points to.
    unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) }
}

static VTABLE: RawWakerVTable =
    RawWakerVTable::new(|data| RawWaker::new(data, &VTABLE), |_| (), |_| (), |_| ());

fn run_past(task: &'static TaskRecord) {
    task.word.fetch_xor(word::NOTIFIED | word::RUNNING, AcqRel);
    suspend_past(task);
}

/// Ends the poll of a task, and those for which it is woken meanwhile.
pub(crate) fn suspend_past(task: &'static TaskRecord) {
    if task.word.fetch_and(!word::RUNNING, SeqCst) & word::NOTIFIED == 0 {
        recall::asleep(task);
    } else {
        run_past(task);
    }
}
