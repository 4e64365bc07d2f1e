//! One moment in the future, which can be moved or given up.

use std::fmt;
use std::time::Duration;

use wakeful_channels::{Builder, Receiver};
use wakeful_runtime::time::{Callback, Instant, run_at};

use super::after::moment_in;
use super::clock::{Beat, Shared};

/// One moment in the future, which can be moved or given up: Go's `time.Timer`.
///
/// Its channel receives the moment it was due at. Once [`stop`](Self::stop) or
/// [`reset`](Self::reset) has returned, nothing of before can be received from it, as in Go since
/// 1.23. The channel never ends while it has a receiver: the timer may be started anew.
///
/// It costs nothing while nobody waits for it, and then keeps no program from being found asleep.
///
/// # Examples
///
/// ```
/// # wakeful::block_on(async {
/// use std::time::Duration;
/// use wakeful::time::Timer;
///
/// let timer = Timer::new(Duration::from_secs(60));
/// assert!(timer.reset(Duration::from_millis(5)));
/// assert!(timer.receiver().recv().await.is_some());
/// assert!(!timer.stop());
/// # });
/// ```
///
/// # In reports
///
/// A task that waits for it is `[channel receive]`, on a channel called "timer".
pub struct Timer {
    receiver: Receiver<Instant>,
    deed: Deed,
}

/// What it does at the moment.
enum Deed {
    Tell(Shared),
    Call(Callback),
}

/// Calls `f` in a task of its own when `duration` has passed, unless the timer is stopped before.
///
/// Dropping the timer does not prevent the call; [`Timer::stop`] does. After a
/// [`reset`](Timer::reset) `f` is called again, perhaps while an earlier call is still running.
/// While the call is due it counts as something that may wake a task.
///
/// # Examples
///
/// ```
/// # wakeful::block_on(async {
/// use std::time::Duration;
/// use wakeful::time;
///
/// let (tx, rx) = wakeful::channel(1);
/// time::after_func(Duration::from_millis(5), move || drop(tx.try_send("called")));
/// assert_eq!(rx.recv().await, Some("called"));
/// # });
/// ```
///
/// # Panics
///
/// If there is no runtime on this thread.
#[track_caller]
pub fn after_func(duration: Duration, f: impl Fn() + Send + Sync + 'static) -> Timer {
    let deed = Deed::Call(run_at(moment_in(duration), f));
    Timer { receiver: Builder::new().name("timer").never(), deed }
}

impl Timer {
    /// Starts a timer whose channel receives a value when `duration` has passed.
    #[track_caller]
    #[must_use = "nobody else can see it"]
    pub fn new(duration: Duration) -> Self {
        let clock = Shared::new(moment_in(duration), Beat::Rest);
        Self { receiver: clock.channel("timer"), deed: Deed::Tell(clock) }
    }

    /// What receives the moment. Of a timer that calls, it is a channel that never receives.
    #[must_use]
    pub const fn receiver(&self) -> &Receiver<Instant> {
        &self.receiver
    }

    /// Gives the moment up. Returns whether it did: `false` if the value was received, the call
    /// begun, or the timer stopped before.
    ///
    /// It does not wait for a call that has begun.
    #[allow(clippy::must_use_candidate, reason = "a timer is stopped for its effect")]
    pub fn stop(&self) -> bool {
        match &self.deed {
            Deed::Tell(clock) => clock.set(&self.receiver, None),
            Deed::Call(call) => call.stop(),
        }
    }

    /// Starts it anew, for `duration` from now. Returns whether it was still to come, as
    /// [`stop`](Self::stop) does. Who waits for its channel waits for the new moment.
    #[allow(clippy::must_use_candidate, reason = "a timer is started for its effect")]
    pub fn reset(&self, duration: Duration) -> bool {
        let next = moment_in(duration);
        match &self.deed {
            Deed::Tell(clock) => clock.set(&self.receiver, Some(next)),
            Deed::Call(call) => call.reset(next),
        }
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").finish_non_exhaustive()
    }
}
