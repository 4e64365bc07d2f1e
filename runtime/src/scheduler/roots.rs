//! The `block_on`s of one runtime, and what all of them are told if something is wrong with it.

use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::root_seat::{RootSeat, Verdict};

/// Where their futures are polled.
#[derive(Debug, Default)]
pub(crate) struct Roots(Mutex<All>);

#[derive(Debug, Default)]
struct All {
    seats: Vec<&'static RootSeat>,
    /// Why each of them panics.
    failure: Option<String>,
}

impl Roots {
    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more; it panics if something is wrong already.
    pub(crate) fn enter(&self, seat: &'static RootSeat) {
        let mut all = self.lock();
        all.seats.push(seat);
        if let Some(failure) = &all.failure {
            seat.condemn(Verdict { message: failure.clone().into() });
        }
    }

    pub(crate) fn leave(&self, seat: &'static RootSeat) {
        self.lock().seats.retain(|&other| !ptr::eq(other, seat));
    }

    pub(crate) fn all(&self) -> Vec<&'static RootSeat> {
        self.lock().seats.clone()
    }

    /// Whether every one panics.
    pub(crate) fn have_failed(&self) -> bool {
        self.lock().failure.is_some()
    }

    /// If this holds while none can enter, lets every one panic, those to come as well.
    pub(super) fn fail_if(&self, holds: impl FnOnce() -> bool, why: &str) {
        let mut all = self.lock();
        if !holds() {
            return;
        }
        all.failure = Some(why.to_owned());
        for root in &all.seats {
            root.condemn(Verdict { message: why.to_owned().into() });
        }
    }

    /// A new runtime takes over.
    pub(super) fn forget_failure(&self) {
        self.lock().failure = None;
    }
}
