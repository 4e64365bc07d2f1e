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
use wakeful_sync::wait::{Inside, Seat, Turn, Wakes};

use super::{Chan, NEVER, State};
use crate::error::{SendError, TryRecvError, TrySendError};
use crate::select::{How, NotYet};
use crate::source::Bell;

impl<T> Chan<T> {
    /// Takes the lock, to do what wakes nobody.
    #[inline]
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        without_wakes(self.door.enter())
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
        if turn.is_in_line() {
            return Self::recv_again(chan, state, turn, how, cx);
        }
        if let Some(value) = state.pop_at_once() {
            return Ok(Some(value));
        }
        Self::recv_in_turn(chan, state, turn, how, cx)
    }

    /// A receive that has joined the line.
    #[inline(never)]
    fn recv_again(
        chan: &Arc<Self>,
        mut state: MutexGuard<'_, State<T>>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Option<T>, NotYet> {
        if state.receivers.is_served(turn) {
            let value = state.collect(turn);
            state.disarm_if_idle();
            return Ok(value);
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
        if state.source.is_some() {
            return Self::recv_from_source(chan, state, turn, how, cx);
        }
        let mut inside = Inside { state, wakes: Wakes::default() };
        let Inside { state, wakes } = &mut inside;
        if let Some(end) = state.take(chan.capacity, how.own(), wakes) {
            if turn.is_in_line() {
                drop(state.receivers.leave(turn));
            }
            return Ok(end);
        }
        let mut state = without_wakes(inside);
        if let Some(seat) = how.parks() {
            Self::park(chan, &mut state, turn, seat, cx);
        }
        Err(NotYet { events: state.events() })
    }

    #[cold]
    #[inline(never)]
    fn recv_from_source(
        chan: &Arc<Self>,
        state: MutexGuard<'_, State<T>>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Option<T>, NotYet> {
        let Inside { state, wakes } = &mut Inside { state, wakes: Wakes::default() };
        state.let_in(how.own(), wakes);
        let end = match state.receivers.is_served(turn) {
            // It was itself the first in line.
            true => Some(state.collect(turn)),
            false => state.take(chan.capacity, how.own(), wakes),
        };
        if let Some(end) = end {
            drop(state.receivers.leave(turn));
            state.disarm_if_idle();
            return Ok(end);
        }
        if let Some(seat) = how.parks() {
            Self::park(chan, state, turn, seat, cx);
            if let Some(source) = &mut state.source {
                source.arm(Bell::new(Arc::clone(chan)));
            }
        }
        Err(NotYet { events: state.events() })
    }

    #[inline]
    fn park(
        chan: &Arc<Self>,
        state: &mut State<T>,
        turn: &mut Turn,
        seat: Option<Seat>,
        cx: &Context<'_>,
    ) {
        if chan.capacity == NEVER {
            // It was made without a look at the channel, which others may be writing to.
            let site = turn.site();
            let place = mem::replace(turn, Turn::at(Op::RecvNever, site)).suspend();
            *turn = Turn::resume(Op::RecvNever, site, place);
        }
        let joins = !turn.is_in_line();
        if joins {
            chan.tell(state);
            Self::tie(chan, state);
        }
        let _ = state.receivers.park_as::<()>(turn, seat, &chan.resource, || None, cx);
        state.note(joins);
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
        if turn.is_in_line() {
            return self.send_again(state, turn, how, cx);
        }
        if state.push_at_once(value, self.capacity) {
            return Ok(Ok(()));
        }
        self.send_in_turn(state, turn, value, how, cx)
    }

    /// A send that has joined the line.
    #[inline(never)]
    fn send_again(
        &self,
        mut state: MutexGuard<'_, State<T>>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Result<(), SendError<T>>, NotYet> {
        if state.senders.is_served(turn) {
            return match state.senders.leave(turn).flatten() {
                None => Ok(Ok(())),
                Some(value) => Ok(Err(self.refused(&state, value, turn))),
            };
        }
        let Inside { state, wakes } = &mut Inside { state, wakes: Wakes::default() };
        match state.put_again(turn, self.capacity, how.own(), wakes) {
            Some(Ok(())) => return Ok(Ok(())),
            Some(Err(SendError(value))) => return Ok(Err(self.refused(state, value, turn))),
            None => {}
        }
        if let Some(seat) = how.parks() {
            let _ = state.senders.park_as::<()>(turn, seat, &self.resource, || None, cx);
        }
        Err(NotYet { events: state.events() })
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
        let mut inside = Inside { state, wakes: Wakes::default() };
        let Inside { state, wakes } = &mut inside;
        match state.put(value, self.capacity, how.own(), wakes) {
            Some(Ok(())) => return Ok(Ok(())),
            Some(Err(SendError(value))) => return Ok(Err(self.refused(state, value, turn))),
            None => {}
        }
        let mut state = without_wakes(inside);
        if let Some(seat) = how.parks() {
            self.tell(&state);
            let slot = || value.take();
            let _ = state.senders.park_as::<()>(turn, seat, &self.resource, slot, cx);
            state.note(true);
        }
        Err(NotYet { events: state.events() })
    }

    /// A send that came too late.
    #[cold]
    fn refused(&self, state: &State<T>, value: T, turn: &Turn) -> SendError<T> {
        self.misused(state, Call::Send, turn.site());
        SendError(value)
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
        let mut state = self.lock();
        let mut value = Some(value);
        if state.push_at_once(&mut value, self.capacity) {
            return Ok(());
        }
        self.try_send_in_turn(state, value, Site::caller())
    }

    #[inline(never)]
    fn try_send_in_turn(
        &self,
        state: MutexGuard<'_, State<T>>,
        mut value: Option<T>,
        at: Site,
    ) -> Result<(), TrySendError<T>> {
        let Inside { state, wakes } = &mut Inside { state, wakes: Wakes::default() };
        let is_closed = state.is_closed();
        if is_closed {
            self.misused(state, Call::TrySend, at);
        } else {
            state.push(&mut value, self.capacity, None, wakes);
        }
        match value {
            None => Ok(()),
            Some(value) if is_closed => Err(TrySendError::Closed(value)),
            Some(value) => Err(TrySendError::Full(value)),
        }
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

/// The lock, where nobody was served: the empty list need not be looked through.
#[inline]
fn without_wakes<S>(inside: Inside<'_, S>) -> MutexGuard<'_, S> {
    let Inside { state, wakes } = inside;
    mem::forget(wakes);
    state
}
