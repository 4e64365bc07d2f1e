//! A door whose inside stays where it is, so that grants can be taken back through it.
//!
//! A primitive that is waited for by reference may be moved, or be gone, while a forgotten future
//! still stands in its line. So what [`Recall`] needs lies in an allocation of its own, made when
//! somebody first has to wait, and [`Recalls`] works on that alone. What it cannot put right
//! without the primitive it leaves *loose*, for the next one who comes in.

use std::fmt;
use std::mem;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, OnceLock};

use wakeful_diagnostics::registry::{Recall, Resource, Taken, TaskRecord};

use super::recall::is_left_alone;
use super::{Inside, Wakes};
use crate::shim;

/// State that can take back what it has granted.
pub trait Recalls: Send + 'static {
    /// The state when nobody has come yet.
    fn empty() -> Self;

    /// Takes back what `from` was granted and has not collected; says what that was, and whether something is left loose. `own` is the index of the resource, for new grants.
    fn recall(&mut self, from: &'static TaskRecord, own: u32, wakes: &mut Wakes) -> (Taken, bool);
}

/// The state of one primitive, behind its only lock.
pub struct Room<S> {
    inside: OnceLock<Arc<Shared<S>>>,
}

struct Shared<S> {
    state: shim::Mutex<S>,
    own: u32,
    /// A hint that is checked inside. Not of the shim: the room may be made by any thread.
    loose: AtomicBool,
}

impl<S: Recalls> Room<S> {
    /// A room that nobody has entered.
    #[must_use]
    pub const fn unentered() -> Self {
        Self { inside: OnceLock::new() }
    }

    /// Takes the lock. The second value: whether something was left loose, which whoever is inside
    /// now has to put right.
    #[inline]
    pub fn enter(&self, on: &Resource) -> (Inside<'_, S>, bool) {
        let shared = self.inside.get_or_init(|| self.build(on));
        let inside = Inside { state: shared.state.lock_bypassed(), wakes: Wakes::default() };
        let loose = shared.loose.load(Acquire);
        if loose {
            shared.loose.store(false, Release);
        }
        (inside, loose)
    }

    /// Whether something was left loose; stale the moment it is told.
    #[inline]
    pub fn is_loose(&self) -> bool {
        self.inside.get().is_some_and(|shared| shared.loose.load(Acquire))
    }

    #[cold]
    fn build(&self, on: &Resource) -> Arc<Shared<S>> {
        let shared = Arc::new(Shared {
            state: shim::Mutex::new(S::empty()),
            own: on.index(),
            loose: AtomicBool::new(false),
        });
        on.set_recall(Arc::clone(&shared) as Arc<dyn Recall>);
        shared
    }
}

impl<S: Recalls> Recall for Shared<S> {
    fn recall(&self, from: &'static TaskRecord) -> (Taken, Box<dyn FnOnce()>) {
        let mut wakes = Wakes::default();
        let mut state = self.state.lock_bypassed();
        // From here on no grant is made or collected. If the task is being woken it will see to
        // its grants itself, and look again when it has.
        let (taken, loose) = match is_left_alone(from) {
            true => state.recall(from, self.own, &mut wakes),
            false => (Taken::default(), false),
        };
        if loose {
            self.loose.store(true, Release);
        }
        drop(state);
        (taken, Box::new(move || drop(mem::take(&mut wakes))))
    }
}

impl<S> fmt::Debug for Room<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Shared<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").finish_non_exhaustive()
    }
}
