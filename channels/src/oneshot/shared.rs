//! What the two halves of a oneshot share.
//!
//! Invariants:
//! * the value is here from the send until it is received;
//! * once the channel is closed no value comes in;
//! * nothing of the user's is dropped behind the door: what is no longer needed is handed out.

use std::sync::atomic::Ordering;
use std::task::Context;

use wakeful_diagnostics::names::Op;
use wakeful_diagnostics::registry::Resource;
use wakeful_sync::wait::{Door, Inside, Parked, Sleeper, Turn, Wakes};

use crate::error::{RecvError, TryRecvError};

pub(super) struct Shared<T> {
    door: Door<State<T>>,
    resource: Resource,
}

struct State<T> {
    value: Option<T>,
    has_sender: bool,
    /// The receiver is gone, or wants nothing any more.
    is_closed: bool,
    receiver: Option<Parked>,
    /// Waits for the channel to be closed.
    sender: Option<Parked>,
}

impl<T> Shared<T> {
    pub(super) const fn new(resource: Resource) -> Self {
        let state =
            State { value: None, has_sender: true, is_closed: false, receiver: None, sender: None };
        Self { door: Door::new(state), resource }
    }

    pub(super) fn send(&self, value: T) -> Result<(), T> {
        let Inside { state, wakes } = &mut self.door.enter();
        if state.is_closed {
            return Err(value);
        }
        state.value = Some(value);
        self.sender_is_done(state, wakes);
        Ok(())
    }

    pub(super) fn leave_sender(&self) {
        let Inside { state, wakes } = &mut self.door.enter();
        self.sender_is_done(state, wakes);
    }

    fn sender_is_done(&self, state: &mut State<T>, wakes: &mut Wakes) {
        state.has_sender = false;
        rouse(&mut state.receiver, wakes);
        if let Some(record) = self.resource.registered() {
            record.givers.store(0, Ordering::Relaxed);
        }
    }

    /// The value; `None` if there is none yet.
    pub(super) fn poll_recv(&self, cx: &Context<'_>) -> Option<Result<T, RecvError>> {
        let mut inside = self.door.enter();
        let state = &mut *inside.state;
        let (end, spent) = match state.value.take() {
            Some(value) => (Some(Ok(value)), state.receiver.take().map(Parked::rouse)),
            None if state.is_over() => {
                (Some(Err(RecvError)), state.receiver.take().map(Parked::rouse))
            }
            None => {
                self.tell(state.is_closed);
                let turn = Turn::at(Op::OneshotRecv, self.resource.origin().site);
                (None, park(&mut state.receiver, &turn, &self.resource, cx))
            }
        };
        drop(inside);
        drop(spent);
        end
    }

    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        let Inside { state, .. } = &mut self.door.enter();
        match state.value.take() {
            Some(value) => Ok(value),
            None if state.is_over() => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Takes no value from now on. One that was sent stays.
    pub(super) fn close(&self) {
        let Inside { state, wakes } = &mut self.door.enter();
        self.close_inside(state, wakes);
    }

    fn close_inside(&self, state: &mut State<T>, wakes: &mut Wakes) {
        state.is_closed = true;
        rouse(&mut state.sender, wakes);
        if let Some(record) = self.resource.registered() {
            record.takers.store(0, Ordering::Relaxed);
        }
    }

    /// Ends the receiving half. What was sent, and who slept, comes back to be dropped.
    pub(super) fn leave_receiver(&self) -> (Option<T>, Option<Sleeper>) {
        let Inside { state, wakes } = &mut self.door.enter();
        self.close_inside(state, wakes);
        (state.value.take(), state.receiver.take().map(Parked::rouse))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.door.enter().state.is_closed
    }

    /// Whether nothing is left to wait for.
    pub(super) fn is_terminated(&self) -> bool {
        let Inside { state, .. } = &mut self.door.enter();
        state.value.is_none() && state.is_over()
    }

    /// Whether the channel is closed; if not, the sender sleeps until it is.
    pub(super) fn poll_closed(&self, turn: &Turn, cx: &Context<'_>) -> bool {
        let mut inside = self.door.enter();
        let state = &mut *inside.state;
        let is_closed = state.is_closed;
        let spent = if is_closed {
            state.sender.take().map(Parked::rouse)
        } else {
            self.tell(is_closed);
            park(&mut state.sender, turn, &self.resource, cx)
        };
        drop(inside);
        drop(spent);
        is_closed
    }

    pub(super) fn give_up_closed(&self) -> Option<Sleeper> {
        self.door.enter().state.sender.take().map(Parked::rouse)
    }

    fn tell(&self, is_closed: bool) {
        if self.resource.registered().is_none() {
            let record = self.resource.record();
            record.capacity.store(1, Ordering::Relaxed);
            record.givers.store(1, Ordering::Relaxed);
            record.takers.store(u32::from(!is_closed), Ordering::Relaxed);
        }
    }
}

impl<T> State<T> {
    /// Whether no value will come, apart from one that is here.
    fn is_over(&self) -> bool {
        !self.has_sender || self.is_closed
    }
}

fn park(
    slot: &mut Option<Parked>,
    turn: &Turn,
    on: &Resource,
    cx: &Context<'_>,
) -> Option<Sleeper> {
    match slot {
        Some(parked) => parked.renew(turn, on.target(), cx),
        None => {
            *slot = Some(Parked::new(turn, on.target(), cx));
            None
        }
    }
}

fn rouse(slot: &mut Option<Parked>, wakes: &mut Wakes) {
    if let Some(parked) = slot.take() {
        wakes.push(parked.serve());
    }
}
