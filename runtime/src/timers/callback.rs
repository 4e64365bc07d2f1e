//! Deadlines that call instead of waking.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::shard::{Call, Shard, Work};
use super::{Ticks, Timers};

/// A call that is due at some moment, once or again and again.
///
/// It runs on the thread that drives timers, so it must be short and must not block: it hands a
/// value over, or spawns. While it is due it counts as something that may wake a task. Dropping
/// this does not prevent the call; [`stop`](Self::stop) does.
pub struct Callback {
    shard: &'static Shard,
    key: u32,
}

/// Calls at `deadline`, and tells the deadline.
pub(crate) fn call_at(
    timers: &Timers,
    deadline: Instant,
    call: impl Fn(Instant) + Send + Sync + 'static,
) -> Callback {
    enter(timers, deadline, None, Arc::new(call))
}

/// Calls at `first` and every `period` from then on; beats that were missed are left out.
pub(crate) fn call_every(
    timers: &Timers,
    first: Instant,
    period: Duration,
    call: impl Fn(Instant) + Send + Sync + 'static,
) -> Callback {
    enter(timers, first, Some(Ticks::covering(period)), Arc::new(call))
}

fn enter(timers: &Timers, deadline: Instant, period: Option<u64>, call: Call) -> Callback {
    let shard = timers.local();
    let due = Ticks::due(deadline);
    let mut state = shard.lock();
    let work = Work::Call { call, period, detached: false };
    let key = state.wheel.insert(due.0, |place| *place = work);
    shard.join(&mut state);
    if state.shut {
        state.wheel.stop(key);
        drop(state);
    } else {
        shard.watch(&state);
        shard.publish(state, due);
    }
    Callback { shard, key }
}

impl Callback {
    /// Whether the call is still to come.
    #[must_use]
    pub fn is_due(&self) -> bool {
        let state = self.shard.lock();
        !state.shut && state.wheel.is_linked(self.key)
    }

    /// Prevents the call; `false` if it was made or prevented before.
    #[expect(clippy::must_use_candidate, reason = "most who stop do not care")]
    pub fn stop(&self) -> bool {
        let mut state = self.shard.lock();
        let was_due = state.wheel.is_linked(self.key);
        if was_due {
            state.wheel.stop(self.key);
            self.shard.unwatch(&state, 1);
        }
        was_due && !state.shut
    }

    /// Moves the call to `deadline`, made or not; `false` if it was made or prevented before.
    pub fn reset(&self, deadline: impl Into<Instant>) -> bool {
        self.move_to(deadline.into(), None)
    }

    /// Calls at `first` and every `period` from then on; `false` if no call was due.
    pub fn reset_every(&self, first: impl Into<Instant>, period: Duration) -> bool {
        self.move_to(first.into(), Some(Ticks::covering(period)))
    }

    fn move_to(&self, deadline: Instant, beat: Option<u64>) -> bool {
        let due = Ticks::due(deadline);
        let mut state = self.shard.lock();
        if state.shut {
            return false;
        }
        let was_due = state.wheel.is_linked(self.key);
        if let (Work::Call { period, .. }, Some(_)) = (state.wheel.value(self.key), beat) {
            *period = beat;
        }
        state.wheel.reset(self.key, due.0);
        if !was_due {
            self.shard.watch(&state);
        }
        self.shard.publish(state, due);
        was_due
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        let mut state = self.shard.lock();
        if state.wheel.is_linked(self.key) && !state.shut {
            if let Work::Call { detached, .. } = state.wheel.value(self.key) {
                *detached = true;
            }
            return self.shard.part(state);
        }
        let work = state.wheel.remove(self.key, std::mem::take);
        self.shard.part(state);
        // What the call captured may do anything when it is dropped.
        drop(work);
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").finish_non_exhaustive()
    }
}
