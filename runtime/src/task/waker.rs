//! Wakers: a pointer to a task's record.
//!
//! The waker a poll lends out is not counted; each clone of it is, as foreign: the house's own
//! waiting places keep the record instead. See `wakeful_sync::wait::Sleeper`.

use std::mem::ManuallyDrop;
use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

use wakeful_diagnostics::registry::TaskRecord;

use super::{cell, state};

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake_by_value, wake_by_ref, drop_clone);

/// Makes the house's wakers known to the house's waiting places.
pub(super) fn install() {
    wakeful_sync::wait::install(&VTABLE, cell::schedule);
}

/// Wakes a task; a stale call finds it done, or wakes another for nothing.
#[inline]
pub(crate) fn wake(task: &'static TaskRecord) {
    if task.notify() {
        cell::schedule(task);
    }
}

/// The waker for one poll of `task`, uncounted.
#[inline]
pub(super) fn borrowed(task: &'static TaskRecord) -> ManuallyDrop<Waker> {
    let raw = RawWaker::new(ptr::from_ref(task).cast(), &VTABLE);
    // SAFETY: the functions of the table are thread-safe and take what `clone` made; this waker,
    // which `clone` did not make, is never dropped.
    ManuallyDrop::new(unsafe { Waker::from_raw(raw) })
}

fn record(data: *const ()) -> &'static TaskRecord {
    // SAFETY: `data` is a record's address, and records are never unmapped.
    unsafe { &*data.cast::<TaskRecord>() }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    state::add_foreign(record(data));
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake_by_value(data: *const ()) {
    wake(record(data));
    drop_one(record(data));
}

unsafe fn wake_by_ref(data: *const ()) {
    wake(record(data));
}

unsafe fn drop_clone(data: *const ()) {
    drop_one(record(data));
}

fn drop_one(task: &'static TaskRecord) {
    if state::drop_foreign(task) {
        cell::free_task(task);
    }
}
