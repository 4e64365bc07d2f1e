//! The way back to a channel that has handed a value to a receive that is not polled.
//!
//! Whoever takes the value back knows neither its type nor how long it may live. Invariants:
//! * a tie names a channel that lies in an `Arc`, from the first wait for a value until the last
//!   receiver has left; a wait borrows a receiver, and a receiver keeps the channel;
//! * whoever goes back by a tie has it locked, and `cut` waits for that;
//! * on the way values are moved as bytes ([`Kept`]), and none is looked at or dropped: what they
//!   borrow may be gone, if their channel was leaked, and they may belong to another thread.

use std::fmt;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr;
use std::sync::Arc;

use wakeful_diagnostics::registry::{Recall, Taken, TaskRecord};
use wakeful_sync::shim;

use super::Chan;

/// What was taken back, and what is left to do.
type Called = (Taken, Box<dyn FnOnce()>);

/// The way back to one channel.
pub(super) struct Tie(shim::Mutex<Option<Way>>);

#[derive(Clone, Copy)]
struct Way {
    chan: *const (),
    /// To be called with `chan` only.
    recall: unsafe fn(*const (), &'static TaskRecord) -> Called,
}

// SAFETY: what is called through it moves bytes under the channel's lock, and runs no code of the
// values', so it matters not which thread does it.
unsafe impl Send for Way {}

impl Tie {
    /// Makes the way back to `chan`, which lies in an `Arc`, and makes it known. The last receiver
    /// will [cut](Self::cut) it.
    pub(super) fn to<T>(chan: &Chan<T>) -> Arc<Self> {
        let way = Way { chan: ptr::from_ref(chan).cast(), recall: recall::<T> };
        let tie = Arc::new(Self(shim::Mutex::new(Some(way))));
        chan.resource.set_recall(Arc::clone(&tie) as Arc<dyn Recall>);
        tie
    }

    /// From now on nothing is taken back.
    pub(super) fn cut(&self) {
        *self.0.lock() = None;
    }
}

/// # Safety
///
/// - `chan` is a `Chan<T>` that is not dropped meanwhile.
unsafe fn recall<T>(chan: *const (), from: &'static TaskRecord) -> Called {
    // SAFETY: the caller's promise.
    let chan = unsafe { &*chan.cast::<Chan<T>>() };
    chan.recall(from)
}

impl Recall for Tie {
    fn recall(&self, from: &'static TaskRecord) -> Called {
        let way = self.0.lock();
        match &*way {
            // SAFETY: it is not cut, so there is a receiver, and `cut` waits for the lock.
            Some(way) => unsafe { (way.recall)(way.chan, from) },
            None => (Taken::default(), Box::new(|| ())),
        }
    }
}

impl fmt::Debug for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tie").finish_non_exhaustive()
    }
}

/// A value that may be moved by whoever may not touch it.
///
/// Invariant: it is initialized.
pub(crate) struct Kept<T>(MaybeUninit<T>);

impl<T> Kept<T> {
    #[inline]
    pub(super) const fn new(value: T) -> Self {
        Self(MaybeUninit::new(value))
    }

    /// The value, for its own thread and while it may live.
    #[inline]
    pub(super) fn open(self) -> T {
        let kept = ManuallyDrop::new(self);
        // SAFETY: it is initialized, and will not be dropped a second time.
        unsafe { kept.0.assume_init_read() }
    }

    /// As [`open`](Self::open).
    #[inline]
    pub(super) fn get(&self) -> &T {
        // SAFETY: it is initialized.
        unsafe { self.0.assume_init_ref() }
    }
}

impl<T> Drop for Kept<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: it is initialized, and nobody uses it afterwards.
        unsafe { self.0.assume_init_drop() }
    }
}
