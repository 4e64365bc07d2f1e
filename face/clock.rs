//! A channel's clock: the moment at which the next value is due, looked at when somebody waits.
//!
//! Invariants:
//! * it changes under the lock of its channel only, whoever changes it;
//! * a deadline is entered with the runtime's timers only while somebody waits for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wakeful_channels::source::{Bell, Source, renew};
use wakeful_channels::{Builder, Receiver};
use wakeful_runtime::time::{Callback, Instant, call_at};

/// The state of a clock.
#[derive(Debug)]
pub(crate) struct Clock {
    next: Option<Instant>,
    beat: Beat,
    /// The last value that was taken since the clock was last set.
    taken: Option<Instant>,
    /// The call that will ring, and when.
    alarm: Option<(Instant, Callback)>,
}

/// What comes after a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Beat {
    /// The end of the channel.
    End,
    /// Nothing, until the clock is set anew.
    Rest,
    /// Another, so much later.
    Every(Duration),
}

/// A clock that its channel and a timer share.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<Mutex<Clock>>);

impl Shared {
    pub(crate) fn new(next: Instant, beat: Beat) -> Self {
        Self(Arc::new(Mutex::new(Clock { next: Some(next), beat, taken: None, alarm: None })))
    }

    /// The channel that receives what this clock tells.
    #[track_caller]
    pub(crate) fn channel(&self, name: &'static str) -> Receiver<Instant> {
        Builder::new().name(name).fed(Box::new(self.clone()))
    }

    /// Sets the clock of `receiver` to `next`. Tells whether there was a value that nobody had
    /// received, due or not.
    pub(crate) fn set(&self, receiver: &Receiver<Instant>, next: Option<Instant>) -> bool {
        let set = || {
            let mut clock = self.lock();
            clock.taken = None;
            std::mem::replace(&mut clock.next, next).is_some()
        };
        let (was_unread, was_to_come) = renew(receiver, set);
        was_unread || was_to_come
    }

    fn lock(&self) -> MutexGuard<'_, Clock> {
        // Every change is one statement, so a panic cannot have torn it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source<Instant> for Shared {
    fn is_due(&mut self) -> bool {
        self.lock().next.is_some_and(|next| next <= Instant::now())
    }

    fn take(&mut self) -> Instant {
        let mut clock = self.lock();
        let due = clock.next.unwrap_or_else(|| unreachable!("the channel has asked"));
        clock.next = match clock.beat {
            Beat::End | Beat::Rest => None,
            Beat::Every(period) => after_missed(due, period, Instant::now()),
        };
        clock.taken = Some(due);
        due
    }

    fn still_counts(&self, value: &Instant) -> bool {
        self.lock().taken == Some(*value)
    }

    fn is_over(&self) -> bool {
        let clock = self.lock();
        clock.next.is_none() && matches!(clock.beat, Beat::End)
    }

    fn arm(&mut self, bell: Bell<Instant>) {
        let mut clock = self.lock();
        let Some(next) = clock.next else { return clock.silence() };
        if clock.alarm.as_ref().is_some_and(|(at, call)| *at == next && call.is_due()) {
            return;
        }
        clock.silence();
        clock.alarm = Some((next, call_at(next, move |_| bell.ring())));
    }

    fn disarm(&mut self) {
        self.lock().silence();
    }
}

impl Clock {
    fn silence(&mut self) {
        if let Some((_, call)) = self.alarm.take() {
            call.stop();
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.silence();
    }
}

/// The first beat after `now`: those in between were missed.
fn after_missed(due: Instant, period: Duration, now: Instant) -> Option<Instant> {
    let late = now.duration_since(due).as_nanos();
    let into_beat = late % period.as_nanos();
    let since_due = late - into_beat + period.as_nanos();
    due.checked_add(Duration::from_nanos(u64::try_from(since_due).ok()?))
}
