//! A sleeper's place among the deadlines.

use std::mem;
use std::task::{Context, Poll};
use std::time::Instant;

use wakeful_diagnostics::clock;
use wakeful_diagnostics::registry::Target;
use wakeful_sync::wait::{Parked, Turn};

use super::Ticks;
use super::shard::{Shard, Work};

/// A place in a wheel, from the first poll of a sleep to its end; dropped, it is gone at once.
#[derive(Debug)]
pub(crate) struct Entry {
    shard: &'static Shard,
    key: u32,
}

/// The runtime of a deadline has ended: it will never come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dead;

impl Entry {
    /// Puts whoever polls with `cx` to sleep until `deadline`; `None` once the runtime has ended.
    pub(crate) fn new(
        shard: &'static Shard,
        deadline: Instant,
        turn: &Turn,
        cx: &Context<'_>,
    ) -> Option<Self> {
        let nanos = clock::nanos_at(deadline);
        let due = Ticks::due_at(nanos);
        let mut state = shard.lock();
        if state.shut {
            return None;
        }
        let key = state.wheel.insert(due.0, |work| match work {
            Work::Wake(place) => Parked::put(place, turn, || target(nanos), cx),
            Work::Call { .. } => unreachable!("a call leaves nothing behind"),
        });
        shard.join(&mut state);
        shard.watch(&state);
        shard.publish(state, due);
        Some(Self { shard, key })
    }

    /// Ready once the deadline has come, which is this one; until then puts whoever polls with `cx` to
    /// sleep.
    pub(crate) fn poll(
        &self,
        turn: &Turn,
        deadline: Instant,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Dead>> {
        let mut state = self.shard.lock();
        if state.shut {
            return Poll::Ready(Err(Dead));
        }
        if !state.wheel.is_linked(self.key) {
            return Poll::Ready(Ok(()));
        }
        if let Work::Wake(parked) = state.wheel.value(self.key) {
            let target = target(clock::nanos_at(deadline));
            match parked {
                Some(parked) => parked.refresh(turn, target, cx),
                None => {
                    Parked::put(parked, turn, || target, cx);
                    self.shard.watch(&state);
                }
            }
        }
        Poll::Pending
    }

    /// Moves the deadline, whether or not it has come; whoever sleeps on it sleeps on.
    pub(crate) fn reset(&self, deadline: Instant) {
        let due = Ticks::due(deadline);
        let mut state = self.shard.lock();
        if !state.shut {
            state.wheel.reset(self.key, due.0);
            self.shard.publish(state, due);
        }
    }
}

/// What is left of an entry.
enum Left {
    /// Nobody slept on it.
    Nobody,
    /// Who slept on it has nothing that would have to be dropped.
    Nothing,
    Waker(#[expect(dead_code, reason = "only to be dropped")] Work),
}

impl Left {
    #[inline]
    fn by(work: &mut Work) -> Self {
        match work {
            Work::Wake(None) => return Self::Nobody,
            Work::Wake(Some(parked)) => {
                if parked.retire() {
                    return Self::Nothing;
                }
            }
            Work::Call { .. } => {}
        }
        Self::Waker(mem::take(work))
    }
}

/// What somebody waits for whose deadline lies so many nanoseconds after the start.
fn target(nanos: u64) -> Target {
    Target::Until(clock::tick_at(nanos))
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = self.shard.lock();
        let left = state.wheel.remove(self.key, Left::by);
        if !matches!(left, Left::Nobody) {
            self.shard.unwatch(&state, 1);
        }
        self.shard.part(state);
        // A foreign waker may do anything when it is dropped.
        drop(left);
    }
}
