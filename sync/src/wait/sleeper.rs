//! Whom to wake: a task of the house without counting it, or anybody else by their waker.
//!
//! A task's record is type-stable memory, so the house refers to it without a reference count: a
//! stale wake finds a finished task, or wakes another one for nothing. Hence each waker clone that
//! is counted at a task is *foreign*: it was made outside the house.

use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::task::{Context, RawWakerVTable, Waker};

use wakeful_diagnostics::registry::TaskRecord;
use wakeful_diagnostics::{current, memory};

/// By which table the runtime's wakers are known: of this only the address is looked at. Null: there
/// is no runtime yet.
static VTABLE: AtomicPtr<RawWakerVTable> = AtomicPtr::new(ptr::null_mut());

/// How the runtime queues a task that was marked as woken; there before the table is known.
static SCHEDULE: OnceLock<fn(&'static TaskRecord)> = OnceLock::new();

/// Makes the runtime's wakers known. The first call counts; there is one runtime crate.
///
/// A wake has two steps: [`TaskRecord::notify`] marks the task as woken, under any lock, and says
/// whether it has to be queued; then `schedule` queues it.
pub fn install(vtable: &'static RawWakerVTable, schedule: fn(&'static TaskRecord)) {
    if SCHEDULE.set(schedule).is_ok() {
        memory::know_wakers(ptr::from_ref(vtable).cast());
        VTABLE.store(ptr::from_ref(vtable).cast_mut(), Ordering::Release);
    }
}

/// The second step of a wake.
#[inline]
pub(super) fn schedule(task: &'static TaskRecord) {
    if let Some(schedule) = SCHEDULE.get() {
        schedule(task);
    }
}

/// Somebody who sleeps.
#[derive(Debug)]
pub enum Sleeper {
    /// A task of the house, by its record.
    Task(&'static TaskRecord),
    /// Anybody else: a thread, another runtime, a combinator with wakers of its own.
    Foreign(Waker),
}

impl Sleeper {
    /// Whoever polls with `cx`.
    #[inline]
    #[must_use]
    pub fn of(cx: &Context<'_>) -> Self {
        match own_task(cx.waker()) {
            Some(task) => Self::Task(task),
            None => Self::Foreign(cx.waker().clone()),
        }
    }

    /// Whether this is whoever polls with `cx`.
    #[inline]
    #[must_use]
    pub fn is(&self, cx: &Context<'_>) -> bool {
        match (self, own_task(cx.waker())) {
            (Self::Task(old), Some(new)) => ptr::eq(*old, new),
            (Self::Foreign(waker), None) => waker.will_wake(cx.waker()),
            _ => false,
        }
    }

    /// Makes this whoever polls with `cx`; says whether that is a different task of the house.
    #[inline]
    pub fn refresh(&mut self, cx: &Context<'_>) -> bool {
        match (&mut *self, own_task(cx.waker())) {
            (Self::Task(old), Some(new)) if ptr::eq(*old, new) => false,
            (Self::Foreign(waker), None) => {
                waker.clone_from(cx.waker());
                false
            }
            (_, Some(new)) => {
                *self = Self::Task(new);
                true
            }
            (_, None) => {
                *self = Self::Foreign(cx.waker().clone());
                true
            }
        }
    }

    /// Wakes.
    #[inline]
    pub fn wake(self) {
        match self {
            Self::Task(task) => {
                if task.notify() {
                    schedule(task);
                }
            }
            Self::Foreign(waker) => waker.wake(),
        }
    }
}

/// The current task, if `waker` is its own and not a wrapper around it.
#[inline]
fn own_task(waker: &Waker) -> Option<&'static TaskRecord> {
    current::task().filter(|task| is_own(task, waker))
}

/// Whether `waker` is the task's own.
#[inline]
pub(super) fn is_own(task: &'static TaskRecord, waker: &Waker) -> bool {
    ptr::eq(waker.data(), ptr::from_ref(task).cast())
        && ptr::eq(waker.vtable(), VTABLE.load(Ordering::Acquire))
}
