//! The task being polled on this thread.

use std::cell::Cell;

use crate::names::TaskId;
use crate::registry::TaskRecord;

thread_local! {
    static CURRENT: Cell<Option<&'static TaskRecord>> = const { Cell::new(None) };
    static SELECTS: Cell<u32> = const { Cell::new(0) };
}

/// Runs `poll` as `task`; whatever parks or takes a lock inside is recorded under that task.
#[inline]
pub fn scope<R>(task: &'static TaskRecord, poll: impl FnOnce() -> R) -> R {
    swap(Some(task), poll)
}

/// Runs `f` as nobody: what parks inside is recorded under no task.
pub fn outside<R>(f: impl FnOnce() -> R) -> R {
    swap(None, f)
}

fn swap<R>(task: Option<&'static TaskRecord>, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<&'static TaskRecord>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _restore = Restore(CURRENT.replace(task));
    f()
}

/// The record of the task being polled; `None` outside a runtime.
#[inline]
#[must_use]
pub fn task() -> Option<&'static TaskRecord> {
    CURRENT.try_with(Cell::get).ok().flatten()
}

/// The id of the task being polled; `None` outside a runtime.
#[must_use]
pub fn task_id() -> Option<TaskId> {
    task().map(TaskRecord::id)
}

/// Runs `poll`, the arms of a `select!`: a wait that begins inside is one of several ways on.
pub fn select<R>(poll: impl FnOnce() -> R) -> R {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            SELECTS.set(SELECTS.get() - 1);
        }
    }
    SELECTS.set(SELECTS.get() + 1);
    let _leave = Leave;
    poll()
}

/// Whether an arm of a `select!` is being polled on this thread.
#[inline]
#[must_use]
pub fn in_select() -> bool {
    SELECTS.get() > 0
}
