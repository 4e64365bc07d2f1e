//! Where a thread in `block_on` sleeps.
//!
//! Seats are reused and never freed: the root task's cell refers to one.
//!
//! A wake has two steps: the root is marked as woken, and then its seat is called. The thread may be
//! up for another reason in between, and must not let the root's record go to another task before the
//! call has come, which finds the seat by that record. Invariant: `called` is set by each wake of a
//! root that slept, and taken when the root is awake again.

use std::borrow::Cow;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, Thread};

use wakeful_diagnostics::memory;
use wakeful_diagnostics::registry::TaskRecord;

use super::Shared;
use crate::task::{Ready, RootCell, Schedule};

/// One thread's place to wait for its root future.
#[derive(Debug, Default)]
pub(crate) struct RootSeat {
    cell: OnceLock<&'static RootCell>,
    sleeper: Mutex<Option<Sleeper>>,
    signal: AtomicBool,
    called: AtomicBool,
    asleep: AtomicBool,
    /// What the monitor found: the root is to panic with it.
    verdict: Mutex<Option<Verdict>>,
    /// Whether there is a verdict: asked between any two tasks.
    condemned: AtomicBool,
}

/// Why a `block_on` will never end.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    /// What to panic with; the report was written before.
    pub(crate) message: Cow<'static, str>,
}

/// Who waits on a seat.
#[derive(Debug)]
enum Sleeper {
    Thread(Thread),
    /// The thread works as a worker meanwhile.
    Worker(&'static Shared, usize),
}

static FREE: Mutex<Vec<&'static RootSeat>> = Mutex::new(Vec::new());

impl RootSeat {
    /// A seat for the calling thread.
    pub(crate) fn take() -> &'static Self {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let seat = free.unwrap_or_else(|| memory::keep(Box::leak(Box::default())));
        seat.signal.store(false, Ordering::SeqCst);
        seat.asleep.store(false, Ordering::SeqCst);
        *seat.sleeper() = Some(Sleeper::Thread(thread::current()));
        let _of_another = seat.verdict();
        seat
    }

    /// Leaves the seat to the next thread; a wake that comes late wakes that one for nothing.
    pub(crate) fn give_back(&'static self) {
        *self.sleeper() = None;
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self);
    }

    /// The cell of the root task.
    pub(crate) fn cell(&'static self) -> &'static RootCell {
        self.cell.get_or_init(|| RootCell::leak(self))
    }

    /// Whether this is where the thread of this root task sleeps.
    pub(crate) fn is_of(&'static self, task: &TaskRecord) -> bool {
        ptr::addr_eq(task.cell.load(Ordering::Acquire), self.cell())
    }

    fn sleeper(&self) -> std::sync::MutexGuard<'_, Option<Sleeper>> {
        self.sleeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread now works as worker `index`, and sleeps as that.
    pub(crate) fn work_as(&self, shared: &'static Shared, index: usize) {
        *self.sleeper() = Some(Sleeper::Worker(shared, index));
    }

    /// The thread sleeps as itself again.
    pub(crate) fn sleep_as_thread(&self) {
        *self.sleeper() = Some(Sleeper::Thread(thread::current()));
    }

    /// Notes whether the root task sleeps.
    pub(crate) fn set_asleep(&self, asleep: bool) {
        self.asleep.store(asleep, Ordering::SeqCst);
    }

    /// Whether the root task sleeps.
    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep.load(Ordering::SeqCst)
    }

    /// Sleeps until woken.
    pub(crate) fn park(&self) {
        while !self.signal.swap(false, Ordering::SeqCst) {
            thread::park();
        }
    }

    /// Waits for the call of a wake that has marked the root: it is on its way.
    pub(crate) fn await_call(&self) {
        while !self.called.swap(false, Ordering::Acquire) {
            thread::yield_now();
        }
    }

    /// Wakes the thread.
    pub(crate) fn unpark(&self) {
        self.signal.store(true, Ordering::SeqCst);
        match &*self.sleeper() {
            Some(Sleeper::Thread(thread)) => thread.unpark(),
            Some(Sleeper::Worker(shared, index)) => shared.unpark(*index),
            None => {}
        }
    }

    /// Tells the thread that it waits in vain.
    pub(crate) fn condemn(&self, verdict: Verdict) {
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        self.condemned.store(true, Ordering::Release);
        self.unpark();
    }

    /// Whether there is a verdict.
    #[inline]
    pub(crate) fn is_condemned(&self) -> bool {
        self.condemned.load(Ordering::Relaxed)
    }

    /// The verdict, if there is one.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        if !self.is_condemned() || !self.condemned.swap(false, Ordering::Acquire) {
            return None;
        }
        self.verdict.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Schedule for RootSeat {
    fn schedule(&'static self, _: Ready) {
        self.called.store(true, Ordering::Release);
        self.unpark();
    }
}
