//! The runtime of this thread.
//!
//! Who spawns needs no more than its common part, which is asked for without a borrow. Invariant:
//! `ENTERED` tells of the handle in `HANDLE`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;

use crate::driver;
use crate::runtime::Handle;
use crate::scheduler::Shared;

/// The common part of a runtime, and which of those it is that have had it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entered {
    pub(crate) shared: &'static Shared,
    pub(crate) life: u64,
}

thread_local! {
    static ENTERED: Cell<Option<Entered>> = const { Cell::new(None) };
    static HANDLE: RefCell<Option<Handle>> = const { RefCell::new(None) };
    static BUSY: Cell<Busy> = const { Cell::new(Busy::No) };
}

/// Whether this thread must not block, because tasks wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Busy {
    /// It may block.
    No,
    /// It polls tasks.
    Worker,
    /// It polls the future of a `block_on`.
    BlockOn,
}

/// While it lives, `spawn` and the like find the runtime it came from.
#[must_use = "the runtime is left when this is dropped"]
pub struct EnterGuard<'a> {
    before: Option<Handle>,
    /// It restores what this thread had, so it stays on this thread.
    _here: PhantomData<(&'a Handle, *const ())>,
}

pub(crate) fn enter<'a>(handle: &Handle) -> EnterGuard<'a> {
    let before = HANDLE.with(|place| place.borrow_mut().replace(handle.clone()));
    ENTERED.set(Some(handle.entered()));
    EnterGuard { before, _here: PhantomData }
}

impl Drop for EnterGuard<'_> {
    fn drop(&mut self) {
        let before = self.before.take();
        ENTERED.set(before.as_ref().map(Handle::entered));
        let old = HANDLE.try_with(|place| std::mem::replace(&mut *place.borrow_mut(), before));
        // Dropped here, where no place is borrowed: it may be the last of its runtime.
        drop(old);
    }
}

impl fmt::Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}

/// This thread's runtime.
#[inline]
pub(crate) fn entered() -> Option<Entered> {
    ENTERED.get()
}

/// Runs `f` with the handle of this thread's runtime.
pub(crate) fn with<R>(f: impl FnOnce(&Handle) -> R) -> Option<R> {
    HANDLE.try_with(|place| place.borrow().as_ref().map(f)).ok().flatten()
}

/// The driver of this thread's runtime.
pub(crate) fn driver() -> Option<driver::Handle> {
    with(|handle| handle.driver().clone())
}

/// Runs `f` with the driver of this thread's runtime.
pub(crate) fn with_driver<R>(f: impl FnOnce(&driver::Handle) -> R) -> Option<R> {
    with(|handle| f(handle.driver()))
}

/// Runs `f` as `busy`.
pub(crate) fn while_busy<R>(busy: Busy, f: impl FnOnce() -> R) -> R {
    struct Restore(Busy);
    impl Drop for Restore {
        fn drop(&mut self) {
            BUSY.set(self.0);
        }
    }
    let _restore = Restore(BUSY.replace(busy));
    f()
}

/// What this thread is busy with.
pub(crate) fn busy() -> Busy {
    BUSY.get()
}
