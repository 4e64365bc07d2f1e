//! The way back to a channel that has handed a value to a receive that is not polled.
//!
//! Invariants:
//! * a channel that has a tie lies in an `Arc` and is never moved;
//! * the tie names the channel until the channel's drop begins, which waits for whoever uses it.

use std::fmt;
use std::ptr;
use std::sync::{Arc, OnceLock};

use wakeful_diagnostics::registry::{Recall, Resource, TaskRecord};
use wakeful_sync::shim;

use super::Chan;

type Called = (usize, Box<dyn FnOnce()>);

/// A channel's tie, made when somebody first waits to receive.
pub(super) struct Tie(OnceLock<Arc<Tied>>);

struct Tied(shim::Mutex<Option<Way>>);

#[derive(Clone, Copy)]
struct Way {
    chan: *const (),
    recall: unsafe fn(*const (), &'static TaskRecord) -> Called,
}

// SAFETY: a channel of values that are not `Send` may be called from another thread through this.
// All it does then is to move values between places under the channel's lock; no code of theirs is
// run, and nothing refers to them meanwhile.
unsafe impl Send for Way {}

impl Tie {
    pub(super) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Ties a channel, which lies in an `Arc`, to its resource.
    #[inline]
    pub(super) fn tie<T>(&self, chan: &Chan<T>, resource: &Resource) {
        self.0.get_or_init(|| {
            let way = Way { chan: ptr::from_ref(chan).cast(), recall: recall::<T> };
            let tied = Arc::new(Tied(shim::Mutex::new(Some(way))));
            resource.set_recall(Arc::clone(&tied) as Arc<dyn Recall>);
            tied
        });
    }

    /// Unties a channel that is going.
    pub(super) fn cut(&mut self) {
        if let Some(tied) = self.0.get() {
            *tied.0.lock() = None;
        }
    }
}

/// # Safety
///
/// - `chan` is a `Chan<T>` whose drop has not begun and does not begin meanwhile.
unsafe fn recall<T>(chan: *const (), from: &'static TaskRecord) -> Called {
    // SAFETY: the caller's promise.
    let chan = unsafe { &*chan.cast::<Chan<T>>() };
    chan.recall(from)
}

impl Recall for Tied {
    fn recall(&self, from: &'static TaskRecord) -> Called {
        let way = self.0.lock();
        match &*way {
            // SAFETY: it is still named here, and `cut` waits for the lock.
            Some(way) => unsafe { (way.recall)(way.chan, from) },
            None => (0, Box::new(|| ())),
        }
    }
}

impl fmt::Debug for Tied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tied").finish_non_exhaustive()
    }
}
