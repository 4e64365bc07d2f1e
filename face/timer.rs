//! Timers that hand a value over, or call: Go's `time`, on channels.
//!
//! Invariants:
//! * a value is in the channel of a timer only while the timer is neither stopped nor moved since;
//! * the callback, `stop` and `reset` change `due` and the channel together, under one lock.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wakeful_channels::{Builder, Receiver, Sender};
use wakeful_runtime::runtime::Handle;
use wakeful_runtime::time::{Callback, Instant, call_at, call_every};

/// Receives one value, the moment it was due at, when `duration` has passed; then the channel ends.
///
/// For an arm of a `select!`, [`sleep`](super::time::sleep) does the same and costs less: it is
/// gone with its arm, while the deadline of a channel stays until it has passed, and meanwhile
/// counts as something that may wake a task.
///
/// # Examples
///
/// ```
/// # wakeful::block_on(async {
/// use std::time::Duration;
/// use wakeful::time;
///
/// let late = time::after(Duration::from_millis(5));
/// assert!(late.recv().await.is_some());
/// assert!(late.recv().await.is_none());
/// # });
/// ```
///
/// # Panics
///
/// If there is no runtime on this thread.
#[track_caller]
#[must_use = "the moment is told to the receiver"]
pub fn after(duration: Duration) -> Receiver<Instant> {
    let (sender, receiver) = Builder::new().name("after").bounded(1);
    let tell = move |due| _ = sender.try_send(due);
    drop(call_at(Instant::now().saturating_add(duration), tell));
    receiver
}

/// Receives a value every `period`. A receiver that comes late finds the first beat it missed, and
/// no more than that one. With a period of zero it never receives, as in Go.
///
/// The beats end when the last clone of the receiver is dropped, or the runtime ends.
///
/// # Panics
///
/// If there is no runtime on this thread.
#[track_caller]
#[must_use = "the beats are told to the receiver"]
pub fn tick(period: Duration) -> Receiver<Instant> {
    if period.is_zero() {
        return Builder::new().name("tick").never();
    }
    let (sender, receiver) = Builder::new().name("tick").bounded(1);
    // What is called has to stop its own calls, and is there before they are.
    let own = Arc::new(Mutex::new(None));
    let calls = Arc::clone(&own);
    let beat = move |due| {
        let _ = sender.try_send(due);
        if sender.is_closed() {
            let taken = lock(&own).take();
            let _ = taken.map(|callback: Callback| callback.stop());
        }
    };
    let callback = call_every(Instant::now().saturating_add(period), period, beat);
    *lock(&calls) = Some(callback);
    receiver
}

/// Calls `f` in a task of its own when `duration` has passed, unless the timer is stopped before.
///
/// Dropping the timer does not prevent the call; [`Timer::stop`] does. After a
/// [`reset`](Timer::reset) `f` is called again, perhaps while an earlier call is still running.
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
    let deed = Deed::Call(Arc::new(f), Handle::current());
    Timer::start(duration, deed, Builder::new().name("timer").never())
}

/// One moment in the future, which can be moved or given up.
///
/// Its channel receives the moment it was due at. Once [`stop`](Self::stop) or
/// [`reset`](Self::reset) has returned, nothing of before can be received from it, as in Go since
/// 1.23. It never ends while the timer is there.
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
/// A task that waits for it is `[channel receive]` on a channel called "timer".
pub struct Timer {
    state: Arc<State>,
    receiver: Option<Receiver<Instant>>,
    callback: Callback,
}

struct State {
    due: Mutex<Option<Instant>>,
    deed: Deed,
}

enum Deed {
    Tell(Sender<Instant>),
    Call(Arc<dyn Fn() + Send + Sync>, Handle),
}

impl Timer {
    /// Starts a timer whose channel receives a value when `duration` has passed.
    ///
    /// # Panics
    ///
    /// If there is no runtime on this thread.
    #[track_caller]
    #[must_use = "nobody else can see it"]
    pub fn new(duration: Duration) -> Self {
        let (sender, receiver) = Builder::new().name("timer").bounded(1);
        Self::start(duration, Deed::Tell(sender), receiver)
    }

    #[track_caller]
    fn start(duration: Duration, deed: Deed, receiver: Receiver<Instant>) -> Self {
        let due = Instant::now().saturating_add(duration);
        let state = Arc::new(State { due: Mutex::new(Some(due)), deed });
        let called = Arc::clone(&state);
        let callback = call_at(due, move |_| called.come_due());
        Self { state, receiver: Some(receiver), callback }
    }

    /// What receives the moment. Of a timer that calls, it is a channel that never receives.
    #[must_use]
    pub fn receiver(&self) -> &Receiver<Instant> {
        self.receiver.as_ref().unwrap_or_else(|| unreachable!("only `drop` takes it"))
    }

    /// Gives the moment up. Returns whether it did: `false` if the value was received, the call
    /// begun, or the timer stopped before.
    ///
    /// It does not wait for a call that has begun.
    pub fn stop(&self) -> bool {
        self.give_up(&mut lock(&self.state.due))
    }

    /// Starts it anew, for `duration` from now. Returns whether it was still to come, as
    /// [`stop`](Self::stop) does.
    pub fn reset(&self, duration: Duration) -> bool {
        let mut due = lock(&self.state.due);
        let was_due = self.give_up(&mut due);
        let next = Instant::now().saturating_add(duration);
        *due = Some(next);
        self.callback.reset(next.into_std());
        was_due
    }

    fn give_up(&self, due: &mut Option<Instant>) -> bool {
        self.callback.stop();
        let was_due = due.take().is_some();
        let was_unread = self.receiver().try_recv().is_ok();
        was_due || was_unread
    }
}

impl State {
    /// Does what is to be done at the moment, unless it was moved or given up meanwhile.
    fn come_due(&self) {
        let mut due = lock(&self.due);
        let Some(moment) = *due else { return };
        if Instant::now() < moment {
            return;
        }
        *due = None;
        match &self.deed {
            // Under the lock, so that a `stop` finds either the moment or the value. The channel
            // has room: what was in it was taken when the timer was started anew.
            Deed::Tell(sender) => _ = sender.try_send(moment),
            Deed::Call(f, handle) => {
                drop(due);
                let f = Arc::clone(f);
                drop(handle.spawn(async move { f() }));
            }
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        drop(self.receiver.take());
        if let Deed::Tell(sender) = &self.state.deed {
            if sender.is_closed() {
                // Nobody can see it any more.
                self.callback.stop();
            }
        }
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("due", &*lock(&self.state.due)).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
