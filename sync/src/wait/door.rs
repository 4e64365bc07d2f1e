//! A primitive's one lock, and the sleepers that are woken once it is released.

use std::fmt;

use super::Sleeper;
use crate::shim;

/// The state of one primitive, behind its only lock.
pub struct Door<S>(shim::Mutex<S>);

/// The inside of a [`Door`].
///
/// Fields drop in order: the lock is released first, and only then are the sleepers woken.
pub struct Inside<'a, S> {
    /// The state.
    pub state: shim::MutexGuard<'a, S>,
    /// Whom to wake on the way out.
    pub wakes: Wakes,
}

/// Sleepers to be woken when this is dropped.
///
/// The first needs no allocation: most critical sections wake nobody or one.
#[derive(Debug, Default)]
#[must_use = "sleepers are woken when this is dropped: keep it until the lock is released"]
pub struct Wakes {
    first: Option<Sleeper>,
    /// Boxed, so that a door through which nobody is woken costs one comparison.
    #[expect(clippy::box_collection, reason = "a pointer to check, and nothing else to drop")]
    more: Option<Box<Vec<Sleeper>>>,
}

impl<S> Door<S> {
    /// A door with nobody inside.
    pub const fn new(state: S) -> Self {
        Self(shim::Mutex::new(state))
    }

    /// Takes the lock.
    #[inline]
    pub fn enter(&self) -> Inside<'_, S> {
        Inside { state: self.0.lock(), wakes: Wakes::default() }
    }

    /// The state, of which there is no other user.
    pub fn into_inner(self) -> S {
        self.0.into_inner()
    }
}

impl Wakes {
    /// Adds a sleeper.
    #[inline]
    pub fn push(&mut self, sleeper: Sleeper) {
        match self.first {
            None => self.first = Some(sleeper),
            Some(_) => self.more.get_or_insert_default().push(sleeper),
        }
    }
}

impl Drop for Wakes {
    #[inline]
    fn drop(&mut self) {
        if let Some(first) = self.first.take() {
            first.wake();
            if let Some(more) = self.more.take() {
                more.into_iter().for_each(Sleeper::wake);
            }
        }
    }
}

impl<S> fmt::Debug for Door<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Inside<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").field("wakes", &self.wakes).finish_non_exhaustive()
    }
}
