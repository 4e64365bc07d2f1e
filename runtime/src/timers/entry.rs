//! A sleeper's place among the deadlines.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use wakeful_diagnostics::registry::Target;
use wakeful_sync::wait::{Parked, Turn};

use super::shard::{Shard, Work};

/// A place in a wheel, from the first poll of a sleep to its end; dropped, it is gone at once.
#[derive(Debug)]
pub(crate) struct Entry {
    shard: Arc<Shard>,
    key: u32,
}

/// The runtime of a deadline has ended: it will never come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dead;

impl Entry {
    /// Puts whoever polls with `cx` to sleep until `deadline`; `None` once the runtime has ended.
    pub(crate) fn new(
        shard: &Arc<Shard>,
        deadline: Instant,
        turn: &Turn,
        target: Target,
        cx: &Context<'_>,
    ) -> Option<Self> {
        let due = shard.line().due(deadline);
        let mut state = shard.lock();
        if state.shut {
            return None;
        }
        let parked = Parked::new(turn, target, cx);
        let key = state.wheel.insert(due.0, Work::Wake(Some(parked)));
        shard.watch(&state);
        shard.publish(state, due);
        Some(Self { shard: Arc::clone(shard), key })
    }

    /// Ready once the deadline has come; until then puts whoever polls with `cx` to sleep.
    pub(crate) fn poll(
        &self,
        turn: &Turn,
        target: Target,
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
            match parked {
                Some(parked) => parked.refresh(turn, target, cx),
                None => {
                    *parked = Some(Parked::new(turn, target, cx));
                    self.shard.watch(&state);
                }
            }
        }
        Poll::Pending
    }

    /// Moves the deadline, whether or not it has come; whoever sleeps on it sleeps on.
    pub(crate) fn reset(&self, deadline: Instant) {
        let due = self.shard.line().due(deadline);
        let mut state = self.shard.lock();
        if !state.shut {
            state.wheel.reset(self.key, due.0);
            self.shard.publish(state, due);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = self.shard.lock();
        if let Work::Wake(Some(parked)) = state.wheel.remove(self.key) {
            self.shard.unwatch(&state, 1);
            drop(state);
            // A foreign waker may do anything when it is dropped.
            drop(parked);
        }
    }
}
