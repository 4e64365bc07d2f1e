//! Values on their way through a channel: the quick way, and the one by the lines.
//!
//! Most operations meet a channel at which nobody waits, and which has a value, or room for one.
//! They are done in line: a lock, four comparisons, one move in the buffer. Nobody is woken, so
//! nothing is kept for after the unlocking, and the turn, which has no place, is not looked at again.
//! Everything else goes on *with the door still locked* in a function of its own, so that what it
//! needs costs the quick way nothing.

use std::mem;
use std::task::Context;

use wakeful_diagnostics::misuse::Call;
use wakeful_diagnostics::names::{Op, Site};
use wakeful_sync::shim::{Arc, MutexGuard};
use wakeful_sync::wait::{Inside, Turn, Wakes};

use super::{Chan, NEVER, State};
use crate::error::{SendError, TryRecvError, TrySendError};
use crate::select::{How, NotYet};
use crate::source::Bell;

impl<T> Chan<T> {
    /// Takes the lock, to do what wakes nobody.
    #[inline]
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        let Inside { state, wakes } = self.door.enter();
        // It is empty, and so that the compiler need not find that out it is not dropped.
        mem::forget(wakes);
        state
    }

    /// One step of a receive: a value, the end, or not yet.
    #[inline]
    pub(crate) fn recv(
        chan: &Arc<Self>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Option<T>, NotYet> {
        turn.settle();
        let mut state = chan.lock();
        if !turn.is_in_line() {
            if let Some(value) = state.pop_at_once() {
                return Ok(Some(value));
            }
        }
        Self::recv_in_turn(chan, state, turn, how, cx)
    }

    #[inline(never)]
    fn recv_in_turn(
        chan: &Arc<Self>,
        state: MutexGuard<'_, State<T>>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Option<T>, NotYet> {
        let Inside { state, wakes } = &mut Inside { state, wakes: Wakes::default() };
        if state.source.is_some() && !state.receivers.is_served(turn) {
            state.let_in(how.own(), wakes);
        }
        if let Some(end) = state.take(turn, chan.capacity, how.own(), wakes) {
            state.disarm_if_idle();
            return Ok(end);
        }
        if let Some(seat) = how.parks() {
            let joins = !turn.is_in_line();
            if chan.capacity == NEVER {
                // It was made without a look at the channel, which others may be writing to.
                let site = turn.site();
                let place = mem::replace(turn, Turn::at(Op::RecvNever, site)).suspend();
                *turn = Turn::resume(Op::RecvNever, site, place);
            }
            if joins {
                chan.tell(state);
                Self::tie(chan, state);
            }
            let _ = state.receivers.park_as::<()>(turn, seat, &chan.resource, || None, cx);
            state.note(joins);
            if let Some(source) = &mut state.source {
                source.arm(Bell::new(Arc::clone(chan)));
            }
        }
        Err(NotYet { events: state.events() })
    }

    /// One step of a send: `value` is taken when it is on its way, or waits in line.
    #[inline]
    pub(crate) fn send(
        &self,
        turn: &mut Turn,
        value: &mut Option<T>,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Result<(), SendError<T>>, NotYet> {
        turn.settle();
        let mut state = self.lock();
        if !turn.is_in_line() && state.push_at_once(value, self.capacity) {
            return Ok(Ok(()));
        }
        self.send_in_turn(state, turn, value, how, cx)
    }

    #[inline(never)]
    fn send_in_turn(
        &self,
        state: MutexGuard<'_, State<T>>,
        turn: &mut Turn,
        value: &mut Option<T>,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Result<(), SendError<T>>, NotYet> {
        let Inside { state, wakes } = &mut Inside { state, wakes: Wakes::default() };
        if let Some(end) = state.put(turn, value, self.capacity, how.own(), wakes) {
            if end.is_err() {
                self.misused(state, Call::Send, turn.site());
            }
            return Ok(end);
        }
        if let Some(seat) = how.parks() {
            let joins = !turn.is_in_line();
            if joins {
                self.tell(state);
            }
            let slot = || value.take();
            let _ = state.senders.park_as::<()>(turn, seat, &self.resource, slot, cx);
            state.note(joins);
        }
        Err(NotYet { events: state.events() })
    }

    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut state = self.lock();
        if let Some(value) = state.pop_at_once() {
            return Ok(value);
        }
        self.try_recv_in_turn(state)
    }

    #[inline(never)]
    fn try_recv_in_turn(&self, state: MutexGuard<'_, State<T>>) -> Result<T, TryRecvError> {
        let Inside { state, wakes } = &mut Inside { state, wakes: Wakes::default() };
        if state.source.is_some() {
            state.let_in(None, wakes);
        }
        match state.pop(self.capacity, None, wakes) {
            Some(value) => Ok(value),
            None if state.is_closed() => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    #[track_caller]
    pub(crate) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let Inside { state, wakes } = &mut self.door.enter();
        if state.is_closed() {
            self.misused(state, Call::TrySend, Site::caller());
            return Err(TrySendError::Closed(value));
        }
        state.push(value, self.capacity, None, wakes).map_err(TrySendError::Full)
    }

    /// Ends a receive that was given up: a value that was handed to it goes to the next one.
    #[inline(never)]
    pub(crate) fn give_up_recv(&self, turn: &mut Turn) {
        let stale = {
            let Inside { state, wakes } = &mut self.door.enter();
            let value = state.receivers.leave(turn).flatten();
            let stale = value.and_then(|value| state.put_back(value, wakes));
            state.disarm_if_idle();
            stale
        };
        drop(stale);
    }

    /// Ends a send that was given up. What comes back is to be dropped, the door being open.
    #[inline(never)]
    pub(crate) fn give_up_send(&self, turn: &mut Turn) -> Option<T> {
        self.door.enter().state.senders.leave(turn).flatten()
    }
}
