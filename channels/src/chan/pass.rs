//! Values on their way through a channel: the quick way, and the one by the lines.
//!
//! Most operations meet a channel at which nobody waits, and which has a value, or room for one.
//! They are done in line: a lock, four comparisons, one move in the buffer. Nobody is woken, so
//! nothing is kept for after the unlocking, and the turn, which has no place, is not looked at again.
//! So is a value handed to a task that waits for nothing else, or taken where such a task waits to
//! send: that task is all there is to wake.
//! Everything else goes on *with the door still locked* in a function of its own, so that what it
//! needs costs the quick way nothing.

use std::mem;
use std::task::Context;

use wakeful_diagnostics::misuse::Call;
use wakeful_diagnostics::names::Op;
use wakeful_sync::shim::{Arc, MutexGuard};
use wakeful_sync::wait::{Seat, Turn};

use super::outlook::{Locked, Opened};
use super::tie::Kept;
use super::{Chan, NEVER, State};
use crate::error::SendError;
use crate::select::{How, NotYet};
use crate::source::Bell;

impl<T> Chan<T> {
    /// One step of a receive: a value, the end, or not yet.
    #[inline]
    pub(crate) fn recv<H: How>(
        chan: &Arc<Self>,
        turn: &mut Turn,
        how: H,
        cx: &Context<'_>,
    ) -> Result<Option<T>, NotYet> {
        turn.settle();
        let state = chan.lock();
        if turn.is_in_line() {
            return Self::recv_again(chan, state, turn, how, cx);
        }
        if !H::IS_HOPEFUL {
            return Self::join_recv(chan, state, turn, how, cx);
        }
        match chan.recv_at_once(state) {
            Ok(value) => Ok(Some(value)),
            Err(state) => Self::recv_in_turn(chan, state, turn, how, cx),
        }
    }

    /// The quick way of a receive: a value that is there, and room for a task that waits to send alone.
    /// Else the lock, still held.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a call at each receive would cost as much as its steps"
    )]
    pub(super) fn recv_at_once<'a>(
        &self,
        mut state: MutexGuard<'a, State<T>>,
    ) -> Result<T, MutexGuard<'a, State<T>>> {
        if let Some(value) = state.pop_at_once() {
            self.outlook.one_less(&state, self.capacity);
            return Ok(value);
        }
        let Some((value, woken)) = state.admit_at_once(self.capacity) else { return Err(state) };
        self.outlook.one_for_one(&state, self.capacity);
        drop(state);
        woken.wake();
        Ok(value)
    }

    /// A receive that most likely has to wait: an arm of a select that has looked. All in line, as in a select of
    /// eight it is done eight times for one value.
    #[inline(always)]
    fn join_recv(
        chan: &Arc<Self>,
        mut state: MutexGuard<'_, State<T>>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Option<T>, NotYet> {
        if state.source.is_some() || !state.has_nothing() {
            return Self::recv_in_turn(chan, state, turn, how, cx);
        }
        let not_yet = Self::await_value(chan, &mut state, turn, how, cx);
        chan.outlook.no_value(&state, chan.capacity);
        Err(not_yet)
    }

    /// A receive that has joined the line. To collect what it was served with changes nothing for
    /// others.
    #[inline(never)]
    fn recv_again(
        chan: &Arc<Self>,
        mut state: MutexGuard<'_, State<T>>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Option<T>, NotYet> {
        if let Some(value) = state.receivers.collect(turn) {
            state.disarm_if_idle();
            return Ok(value.map(Kept::open));
        }
        Self::recv_in_turn(chan, state, turn, how, cx)
    }

    #[inline(never)]
    pub(super) fn recv_in_turn(
        chan: &Arc<Self>,
        mut state: MutexGuard<'_, State<T>>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Option<T>, NotYet> {
        if state.source.is_some() {
            return Self::recv_from_source(chan, chan.locked(state), turn, how, cx);
        }
        if state.has_nothing() {
            let not_yet = Self::await_value(chan, &mut state, turn, how, cx);
            chan.outlook.no_value(&state, chan.capacity);
            return Err(not_yet);
        }
        let mut inside = chan.locked(state).opened();
        let Opened { state, wakes } = &mut inside;
        if let Some(end) = state.take(chan.capacity, how.own(), wakes) {
            if turn.is_in_line() {
                drop(state.receivers.leave(turn));
            }
            return Ok(end);
        }
        // Senders that wait can now not be served: they are selects that are being polled.
        Err(Self::no_value(chan, &mut inside.without_wakes(), turn, how, cx))
    }

    /// As [`await_value`](Self::await_value), where that is rare.
    #[cold]
    #[inline(never)]
    fn no_value(
        chan: &Arc<Self>,
        state: &mut State<T>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> NotYet {
        Self::await_value(chan, state, turn, how, cx)
    }

    /// A receive that is not ready. All of it is in line where a receive waits: a call at each step
    /// would cost as much as the steps.
    #[inline(always)]
    fn await_value(
        chan: &Arc<Self>,
        state: &mut State<T>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> NotYet {
        if let Some(seat) = how.parks() {
            Self::park(chan, state, turn, seat, cx);
        }
        NotYet { events: state.events() }
    }

    #[cold]
    #[inline(never)]
    fn recv_from_source(
        chan: &Arc<Self>,
        state: Locked<'_, T>,
        turn: &mut Turn,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Option<T>, NotYet> {
        let Opened { state, wakes } = &mut state.opened();
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

    #[inline(always)]
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

    /// Whether a look at a receive, or a send, is worth its while.
    #[inline]
    pub(crate) fn may_recv(&self) -> bool {
        self.outlook.can_recv()
    }

    #[inline]
    pub(crate) fn may_send(&self) -> bool {
        self.outlook.can_send()
    }

    /// One step of a send: `value` is taken when it is on its way, or waits in line.
    #[inline]
    pub(crate) fn send<H: How>(
        &self,
        turn: &mut Turn,
        value: &mut Option<T>,
        how: H,
        cx: &Context<'_>,
    ) -> Result<Result<(), SendError<T>>, NotYet> {
        turn.settle();
        let state = self.lock();
        if turn.is_in_line() {
            return self.send_again(state, turn, value, how, cx);
        }
        if !H::IS_HOPEFUL {
            return self.send_in_turn(state, turn, value, how, cx);
        }
        match self.send_at_once(state, value) {
            Ok(()) => Ok(Ok(())),
            Err(state) => self.send_in_turn(state, turn, value, how, cx),
        }
    }

    /// The quick way of a send: into the buffer, or to a task that waits for it alone. Else the lock,
    /// still held.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as for a receive")]
    pub(super) fn send_at_once<'a>(
        &self,
        mut state: MutexGuard<'a, State<T>>,
        value: &mut Option<T>,
    ) -> Result<(), MutexGuard<'a, State<T>>> {
        if state.push_at_once(value, self.capacity) {
            self.outlook.one_more(&state, self.capacity);
            return Ok(());
        }
        let Some(woken) = state.hand_at_once(value) else { return Err(state) };
        // Where a receiver waits nothing is left to be received.
        self.outlook.no_value(&state, self.capacity);
        drop(state);
        woken.wake();
        Ok(())
    }

    /// A send that has joined the line.
    #[inline]
    pub(super) fn send_again(
        &self,
        mut state: MutexGuard<'_, State<T>>,
        turn: &mut Turn,
        value: &mut Option<T>,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Result<(), SendError<T>>, NotYet> {
        if let Some(unsent) = state.senders.collect(turn) {
            return match unsent {
                None => Ok(Ok(())),
                Some(value) => Ok(Err(self.refused(&state, value, turn))),
            };
        }
        *value = state.senders.slot(turn).and_then(Option::take);
        debug_assert!(value.is_some(), "who was not served has its value still");
        self.send_in_turn(state, turn, value, how, cx)
    }

    #[inline(never)]
    pub(super) fn send_in_turn(
        &self,
        mut state: MutexGuard<'_, State<T>>,
        turn: &mut Turn,
        value: &mut Option<T>,
        how: impl How,
        cx: &Context<'_>,
    ) -> Result<Result<(), SendError<T>>, NotYet> {
        if state.has_no_room(self.capacity) {
            let not_yet = self.await_room(&mut state, turn, value, how, cx);
            self.outlook.no_room(&state);
            return Err(not_yet);
        }
        let mut inside = self.locked(state).opened();
        let Opened { state, wakes } = &mut inside;
        if let Some(end) = state.put(value, self.capacity, how.own(), wakes) {
            // Its slot has been emptied.
            drop(state.senders.leave(turn));
            return match end {
                Ok(()) => Ok(Ok(())),
                Err(SendError(value)) => Ok(Err(self.refused(state, value, turn))),
            };
        }
        // Receivers that wait can now not be served: they are selects that are being polled.
        Err(self.no_room(&mut inside.without_wakes(), turn, value, how, cx))
    }

    /// As [`await_room`](Self::await_room), where that is rare.
    #[cold]
    #[inline(never)]
    fn no_room(
        &self,
        state: &mut State<T>,
        turn: &mut Turn,
        value: &mut Option<T>,
        how: impl How,
        cx: &Context<'_>,
    ) -> NotYet {
        self.await_room(state, turn, value, how, cx)
    }

    /// A send that is not ready; see [`await_value`](Self::await_value).
    #[inline(always)]
    fn await_room(
        &self,
        state: &mut State<T>,
        turn: &mut Turn,
        value: &mut Option<T>,
        how: impl How,
        cx: &Context<'_>,
    ) -> NotYet {
        if let Some(slot) = state.senders.slot(turn) {
            *slot = value.take();
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
        NotYet { events: state.events() }
    }

    /// A send that came too late.
    #[cold]
    fn refused(&self, state: &State<T>, value: T, turn: &Turn) -> SendError<T> {
        self.misused(state, Call::Send, turn.site());
        SendError(value)
    }

    /// Ends a receive that was given up: a value that was handed to it goes to the next one.
    #[inline(never)]
    pub(crate) fn give_up_recv(&self, turn: &mut Turn) {
        let mut state = self.locked(self.lock());
        let value = state.receivers.withdraw(turn).flatten();
        state.disarm_if_idle();
        if let Some(value) = value {
            self.pass_on(value, state);
        }
    }

    /// What was handed to a receive that was given up goes to the next one.
    #[cold]
    #[inline(never)]
    fn pass_on(&self, value: Kept<T>, state: Locked<'_, T>) {
        let stale = {
            let Opened { state, wakes } = &mut state.opened();
            let stale = state.put_back(value, wakes);
            state.disarm_if_idle();
            stale
        };
        drop(stale);
    }

    /// Ends a send that was given up. What comes back is to be dropped, the door being open.
    #[inline(never)]
    pub(crate) fn give_up_send(&self, turn: &mut Turn) -> Option<T> {
        self.locked(self.lock()).senders.withdraw(turn).flatten()
    }
}
