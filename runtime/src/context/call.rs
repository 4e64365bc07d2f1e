//! What is called when a context is done.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use wakeful_diagnostics::names::Site;

use super::ambient;
use super::life::Life;
use crate::here;
use crate::runtime::{Handle, Wish};
use crate::timers::{self, Callback};

/// A call that is due when a life ends.
pub(super) struct Call {
    /// `None` once it was made.
    function: Option<Box<dyn FnOnce() + Send>>,
    wish: Wish,
    /// Where it is made, if it was arranged inside a runtime.
    runtime: Option<Handle>,
    /// Sees to it that a deadline is noticed.
    timer: Option<Callback>,
    /// Nobody but the one who calls it off may care: then this alone keeps the life among those that
    /// its parent ends.
    _life: Arc<Life>,
}

/// Calls off what [`Context::after_func`](super::Context::after_func) arranged.
///
/// Dropping it changes nothing: the call stays arranged.
pub struct StopHandle {
    life: Weak<Life>,
    place: AtomicUsize,
}

/// `place` of a call that was made or called off.
const NOWHERE: usize = usize::MAX;

impl StopHandle {
    /// Nothing to call off.
    pub(super) const fn spent() -> Self {
        Self { life: Weak::new(), place: AtomicUsize::new(NOWHERE) }
    }

    /// Arranges a call.
    #[track_caller]
    pub(super) fn arrange<F: FnOnce() + Send + 'static>(life: &Arc<Life>, function: F) -> Self {
        let site = Site::caller();
        let call = Call {
            function: Some(Box::new(function)),
            wish: Wish::at(site).of_type(std::any::type_name::<F>),
            runtime: Handle::try_current().ok(),
            timer: if life.end().is_none() { timer(life) } else { None },
            _life: Arc::clone(life),
        };
        match life.enlist(call) {
            Ok(place) => Self { life: Arc::downgrade(life), place: AtomicUsize::new(place) },
            Err(call) => {
                call.make();
                Self::spent()
            }
        }
    }

    /// Calls it off. `true` if that prevented the call; `false` if it was or is being made, or had
    /// been called off.
    ///
    /// It does not wait for a call that is being made.
    #[allow(clippy::must_use_candidate, reason = "calling off is done for its effect")]
    pub fn stop(&self) -> bool {
        let place = self.place.swap(NOWHERE, Ordering::AcqRel);
        if place == NOWHERE {
            return false;
        }
        // What comes back is dropped here, where no lock is held.
        self.life.upgrade().and_then(|life| life.dismiss(place)).is_some()
    }
}

#[track_caller]
fn timer(life: &Arc<Life>) -> Option<Callback> {
    let due = life.due()?;
    let watched = Arc::downgrade(life);
    let notice = move |_| {
        if let Some(life) = watched.upgrade() {
            life.expire();
        }
    };
    let timer =
        here::with_driver(|driver| timers::call_at(driver.timers(), due.into_std(), notice));
    match timer {
        None => panic!(
            "Context::after_func: no runtime on this thread to watch the context's deadline; call \
             it inside `Runtime::block_on` or a task"
        ),
        timer => timer,
    }
}

impl Call {
    fn make(mut self) {
        let Some(function) = self.function.take() else { return };
        let runtime = self.runtime.take().or_else(|| Handle::try_current().ok());
        let wish = self.wish.clone();
        // The timer and the life are not needed while it runs.
        drop(self);
        match runtime {
            Some(runtime) => ambient::outside(|| {
                drop(runtime.spawn_with(async move { function() }, wish));
            }),
            None => function(),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(timer) = &self.timer {
            timer.stop();
        }
    }
}

/// Makes the calls, each of them, even if one panics on this thread.
pub(super) fn run(calls: Vec<Call>) {
    let mut panicked = None;
    for call in calls {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| call.make())) {
            panicked.get_or_insert(payload);
        }
    }
    if let Some(payload) = panicked {
        resume_unwind(payload);
    }
}

impl fmt::Debug for StopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopHandle").finish_non_exhaustive()
    }
}
