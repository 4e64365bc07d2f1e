//! What is done to a cell by the type of its future: a table of functions for each type.
//!
//! A future and an output may panic when they are polled or dropped; none of these unwinds.

use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

use wakeful_diagnostics::current;

use super::{Cell, Header, RootCell, Stage};
use crate::task::{JoinError, block, outcome};

/// By agreement with `wakeful_diagnostics::memory` the size comes first.
#[repr(C)]
pub(super) struct VTable {
    /// Of the whole cell, in bytes.
    size: usize,
    pub(super) poll: unsafe fn(*mut Header, &mut Context<'_>) -> Poll<()>,
    /// Drops the future and leaves an error as the output.
    pub(super) cancel: unsafe fn(*mut Header, JoinError),
    /// Drops what is there, be it the output or the future.
    pub(super) clear: unsafe fn(*mut Header),
    /// Moves the output to `*mut Option<Result<T, JoinError>>`.
    pub(super) take_output: unsafe fn(*mut Header, *mut ()),
    pub(super) free: unsafe fn(*mut Header),
}

impl VTable {
    /// That of the cells with such a future.
    pub(super) const fn of<F: Future>() -> &'static Self {
        &Self {
            size: size_of::<Cell<F>>(),
            poll: poll::<F>,
            cancel: cancel::<F>,
            clear: clear::<F>,
            take_output: take_output::<F>,
            free: free::<F>,
        }
    }
}

/// A root is polled by its own thread and freed by nobody.
pub(super) static ROOT: VTable = VTable {
    size: size_of::<RootCell>(),
    poll: |_, _| unreachable!("the future of a root is not in its cell"),
    cancel: |_, _| unreachable!("the future of a root is not in its cell"),
    clear: |_| {},
    take_output: |_, _| {},
    free: |_| {},
};

/// # Safety
///
/// - `cell` is the cell of a task of `F` that is not freed;
/// - the caller alone may touch the stage.
unsafe fn stage<'a, F: Future>(cell: *mut Header) -> &'a mut Stage<F> {
    let cell = cell.cast::<Cell<F>>();
    // SAFETY: no reference is made, and the cell is there.
    let stage = UnsafeCell::raw_get(unsafe { &raw const (*cell).stage });
    // SAFETY: the caller alone may touch the stage.
    unsafe { &mut *stage }
}

unsafe fn poll<F: Future>(cell: *mut Header, cx: &mut Context<'_>) -> Poll<()> {
    // SAFETY: RUNNING is the caller's.
    let stage = unsafe { stage::<F>(cell) };
    let result = catch_unwind(AssertUnwindSafe(|| match stage {
        // SAFETY: the future is dropped where it lies, in its cell.
        Stage::Future(future) => unsafe { Pin::new_unchecked(future) }.poll(cx),
        Stage::Output(_) | Stage::Empty => unreachable!("a task that is over is never queued"),
    }));
    let output = match result {
        Ok(Poll::Pending) => return Poll::Pending,
        Ok(Poll::Ready(output)) => Ok(output),
        Err(payload) => Err(panicked(payload, true)),
    };
    // SAFETY: RUNNING is still the caller's.
    unsafe { finish::<F>(cell, output) };
    Poll::Ready(())
}

/// The error of the current task; `first`, if that is what ended it.
fn panicked(payload: Box<dyn Any + Send>, first: bool) -> JoinError {
    let task = current::task().unwrap_or_else(|| unreachable!("polled in the task's scope"));
    let error = JoinError::panicked(task.id(), payload);
    if first {
        outcome::count(task, &error);
    }
    error
}

/// Drops the future, whose destructor may panic, and leaves `output`.
unsafe fn finish<F: Future>(cell: *mut Header, output: Result<F::Output, JoinError>) {
    // SAFETY: the caller's promise.
    let stage = unsafe { stage::<F>(cell) };
    let dropped = catch_unwind(AssertUnwindSafe(|| *stage = Stage::Empty));
    *stage = Stage::Output(match dropped {
        Ok(()) => output,
        Err(payload) => Err(panicked(payload, output.is_ok())),
    });
}

unsafe fn cancel<F: Future>(cell: *mut Header, error: JoinError) {
    // SAFETY: RUNNING is the caller's.
    unsafe { finish::<F>(cell, Err(error)) };
}

#[inline]
unsafe fn clear<F: Future>(cell: *mut Header) {
    // SAFETY: what is there is the caller's.
    let stage = unsafe { stage::<F>(cell) };
    // A destructor that panics has nobody left to tell; the panic hook has told the user.
    let _ = catch_unwind(AssertUnwindSafe(|| *stage = Stage::Empty));
}

unsafe fn take_output<F: Future>(cell: *mut Header, to: *mut ()) {
    // SAFETY: the output is the caller's.
    let stage = unsafe { stage::<F>(cell) };
    if let Stage::Output(output) = std::mem::replace(stage, Stage::Empty) {
        // SAFETY: the caller's `T` is `F::Output`.
        unsafe { *to.cast::<Option<Result<F::Output, JoinError>>>() = Some(output) };
    }
}

unsafe fn free<F: Future>(cell: *mut Header) {
    // The output is there still if the task had nobody else when it ended.
    // SAFETY: DONE, no handle, no waker: the caller alone may touch the stage.
    unsafe { clear::<F>(cell) };
    // SAFETY: a cell that `spawn` made has an address.
    let cell = unsafe { NonNull::new_unchecked(cell.cast::<Cell<F>>()) };
    // SAFETY: DONE, no handle, no waker: it is dropped once, and used by nobody afterwards.
    unsafe { block::clear(cell) };
}
