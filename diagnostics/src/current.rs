//! The task being polled on this thread, and where in it.

mod branch;

use std::cell::{Cell, RefCell};

use crate::names::TaskId;
use crate::order;
use crate::registry::{SELECT, TaskRecord};
use crate::stacks::{self, Base};

pub use branch::branch;
pub(crate) use branch::{innermost, path};

thread_local! {
    static CURRENT: Cell<Option<&'static TaskRecord>> = const { Cell::new(None) };
    /// [`SELECT`] in an arm of one, else nothing: as an edge of waiting says it.
    static ARM: Cell<u64> = const { Cell::new(0) };
    static LIMITS: Cell<u32> = const { Cell::new(0) };
}

/// Runs `poll` as `task`; whatever parks or takes a lock inside is recorded under that task.
#[inline]
pub fn scope<R>(task: &'static TaskRecord, poll: impl FnOnce() -> R) -> R {
    let _scope = Scope::enter(Some(task));
    let polled = poll();
    if order::is_on() {
        task.suspend_holding();
    }
    polled
}

/// Runs `f` as nobody: what parks inside is recorded under no task.
pub fn outside<R>(f: impl FnOnce() -> R) -> R {
    let _scope = Scope::enter(None);
    f()
}

/// Another task is the current one while this lives; here is who was before.
struct Scope(Option<&'static TaskRecord>);

impl Scope {
    #[inline]
    fn enter(task: Option<&'static TaskRecord>) -> Self {
        let scope = Self(CURRENT.replace(task));
        // A task that is polled by another one is not where that one is.
        if scope.0.is_some() {
            set_aside();
        }
        scope
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        CURRENT.set(self.0);
        if self.0.is_some() {
            put_back();
        }
    }
}

/// Where a task is that polls another one.
struct Aside {
    arm: u64,
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
    let (arm, limits, path) = (ARM.take(), LIMITS.take(), branch::take_path());
    let order = order::set_aside();
    let place = Aside { arm, limits, path, order, _base: stacks::base() };
    ASIDE.with_borrow_mut(|aside| aside.push(place));
}

#[cold]
#[inline(never)]
fn put_back() {
    let Some(place) = ASIDE.with_borrow_mut(Vec::pop) else { return };
    ARM.set(place.arm);
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
#[inline]
pub fn select<R>(poll: impl FnOnce() -> R) -> R {
    struct Restore(u64);
    impl Drop for Restore {
        #[inline]
        fn drop(&mut self) {
            ARM.set(self.0);
        }
    }
    let _restore = Restore(ARM.replace(SELECT));
    poll()
}

/// Runs `poll`, a future that something else can end: a wait that begins inside may be given up.
#[inline]
pub fn limited<R>(poll: impl FnOnce() -> R) -> R {
    struct Leave;
    impl Drop for Leave {
        #[inline]
        fn drop(&mut self) {
            LIMITS.set(LIMITS.get() - 1);
        }
    }
    LIMITS.set(LIMITS.get() + 1);
    let _leave = Leave;
    poll()
}

/// Whether an arm of a `select!` is being polled on this thread.
#[inline]
#[must_use]
pub fn in_select() -> bool {
    ARM.get() != 0
}

/// What an edge of waiting says besides that is drawn now.
#[inline]
pub(crate) fn mark_of_wait() -> u64 {
    ARM.get()
}

/// Whether what begins to wait now may be given up: in an arm of a `select!`, or under a limit.
#[must_use]
pub(crate) fn may_give_up() -> bool {
    in_select() || LIMITS.get() > 0
}
