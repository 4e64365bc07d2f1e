//! The task being polled on this thread, and where in it.

mod branch;

use std::cell::{Cell, RefCell};

use crate::names::TaskId;
use crate::order;
use crate::registry::TaskRecord;
use crate::stacks::{self, Base};

pub use branch::branch;
pub(crate) use branch::{innermost, path};

thread_local! {
    static CURRENT: Cell<Option<&'static TaskRecord>> = const { Cell::new(None) };
    static SELECTS: Cell<u32> = const { Cell::new(0) };
    static LIMITS: Cell<u32> = const { Cell::new(0) };
}

/// Runs `poll` as `task`; whatever parks or takes a lock inside is recorded under that task.
#[inline]
pub fn scope<R>(task: &'static TaskRecord, poll: impl FnOnce() -> R) -> R {
    as_current(task, || {
        let polled = poll();
        if order::is_on() {
            task.suspend_holding();
        }
        polled
    })
}

/// Almost always there is no task before and none after: that is less to keep over the poll.
#[inline]
fn as_current<R>(task: &'static TaskRecord, poll: impl FnOnce() -> R) -> R {
    struct Leave;
    impl Drop for Leave {
        #[inline]
        fn drop(&mut self) {
            CURRENT.set(None);
        }
    }
    if CURRENT.get().is_some() {
        return nested(task, poll);
    }
    CURRENT.set(Some(task));
    let _leave = Leave;
    poll()
}

/// A poll inside of another task's.
#[cold]
#[inline(never)]
fn nested<R>(task: &'static TaskRecord, poll: impl FnOnce() -> R) -> R {
    swap(Some(task), poll)
}

/// Runs `f` as nobody: what parks inside is recorded under no task.
pub fn outside<R>(f: impl FnOnce() -> R) -> R {
    swap(None, f)
}

fn swap<R>(task: Option<&'static TaskRecord>, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<&'static TaskRecord>);
    impl Drop for Restore {
        #[inline]
        fn drop(&mut self) {
            CURRENT.set(self.0);
            if self.0.is_some() {
                put_back();
            }
        }
    }
    let restore = Restore(CURRENT.replace(task));
    // A task that is polled by another one is not where that one is.
    if restore.0.is_some() {
        set_aside();
    }
    f()
}

/// Where a task is that polls another one.
struct Aside {
    selects: u32,
    limits: u32,
    path: Vec<u64>,
    /// What it has for certain.
    order: order::Aside,
    /// Where the stack of the other one ends.
    _base: Base,
}

thread_local! {
    /// The tasks that poll another one, the innermost last.
    static ASIDE: RefCell<Vec<Aside>> = const { RefCell::new(Vec::new()) };
}

#[cold]
#[inline(never)]
fn set_aside() {
    let (selects, limits, path) = (SELECTS.take(), LIMITS.take(), branch::take_path());
    let order = order::set_aside();
    let place = Aside { selects, limits, path, order, _base: stacks::base() };
    ASIDE.with_borrow_mut(|aside| aside.push(place));
}

#[cold]
fn put_back() {
    let Some(place) = ASIDE.with_borrow_mut(Vec::pop) else { return };
    SELECTS.set(place.selects);
    LIMITS.set(place.limits);
    branch::put_path(place.path);
    order::put_back(&place.order);
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
    count(&SELECTS, poll)
}

/// Runs `poll`, a future that something else can end: a wait that begins inside may be given up.
#[inline]
pub fn limited<R>(poll: impl FnOnce() -> R) -> R {
    count(&LIMITS, poll)
}

fn count<R>(place: &'static std::thread::LocalKey<Cell<u32>>, poll: impl FnOnce() -> R) -> R {
    struct Leave(&'static std::thread::LocalKey<Cell<u32>>);
    impl Drop for Leave {
        fn drop(&mut self) {
            self.0.set(self.0.get() - 1);
        }
    }
    place.set(place.get() + 1);
    let _leave = Leave(place);
    poll()
}

/// Whether an arm of a `select!` is being polled on this thread.
#[inline]
#[must_use]
pub fn in_select() -> bool {
    SELECTS.get() > 0
}

/// Whether what begins to wait now may be given up: in an arm of a `select!`, or under a limit.
#[must_use]
pub(crate) fn may_give_up() -> bool {
    SELECTS.get() + LIMITS.get() > 0
}
