//! One channel: what its handles share.
//!
//! What a value may do is in [`State`]; this is the door around it, the handles' count, and what the
//! registry is told.

mod state;
#[expect(unsafe_code, reason = "a value is taken back through a pointer to its channel")]
mod tie;

use std::mem;
use std::sync::atomic::Ordering;
use std::task::Context;

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::{Resource, ResourceRecord, TaskRecord};
use wakeful_sync::shim::{Arc, AtomicUsize};
use wakeful_sync::wait::{Door, Inside, Turn, recall};

pub(crate) use state::{Ended, State};
use tie::Tie;

use crate::error::{SendError, TryRecvError, TrySendError};
use crate::select::{Manner, NotYet};

/// The capacity of a channel without one.
pub(crate) const UNBOUNDED: usize = usize::MAX;

/// A channel, from the inside.
pub(crate) struct Chan<T> {
    door: Door<State<T>>,
    capacity: usize,
    is_never: bool,
    senders: AtomicUsize,
    receivers: AtomicUsize,
    tie: Tie,
    resource: Resource,
}

/// Which side of a channel a handle is on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Sender,
    Receiver,
}

impl<T> Chan<T> {
    /// A channel with one sender and one receiver.
    pub(crate) fn new(capacity: usize, resource: Resource) -> Arc<Self> {
        Self::with(capacity, false, 1, resource)
    }

    /// A channel that no one can send to and that never ends.
    pub(crate) fn never(resource: Resource) -> Arc<Self> {
        Self::with(0, true, 0, resource)
    }

    fn with(capacity: usize, is_never: bool, senders: usize, resource: Resource) -> Arc<Self> {
        let chan = Arc::new(Self {
            door: Door::new(State::new(capacity)),
            capacity,
            is_never,
            senders: AtomicUsize::new(senders),
            receivers: AtomicUsize::new(1),
            tie: Tie::new(),
            resource,
        });
        // Loom's atomics are made on first use; without this that would be in two threads at once.
        chan.senders.load(Ordering::Relaxed);
        chan.receivers.load(Ordering::Relaxed);
        chan
    }

    /// What a receiver waits for.
    pub(crate) fn recv_op(&self) -> Op {
        if self.is_never { Op::RecvNever } else { Op::Recv }
    }

    /// The line of source that made it.
    pub(crate) fn made_at(&self) -> Site {
        self.resource.origin().site
    }

    /// One step of a receive: a value, the end, or not yet.
    #[inline]
    pub(crate) fn recv(
        &self,
        turn: &mut Turn,
        manner: Manner,
        cx: &Context<'_>,
    ) -> Result<Option<T>, NotYet> {
        turn.settle();
        let Inside { state, wakes } = &mut self.door.enter();
        if let Some(end) = state.take(turn, manner.own(), wakes) {
            return Ok(end);
        }
        if let Some(seat) = manner.parks() {
            let joins = !turn.is_in_line();
            if joins {
                self.tell(state);
                self.tie.tie(self, &self.resource);
            }
            let _ = state.receivers.park_as::<()>(turn, seat, &self.resource, || None, cx);
            state.note(joins);
        }
        Err(NotYet { events: state.events() })
    }

    /// One step of a send: `value` is taken when it is on its way, or waits in line.
    #[inline]
    pub(crate) fn send(
        &self,
        turn: &mut Turn,
        value: &mut Option<T>,
        manner: Manner,
        cx: &Context<'_>,
    ) -> Result<Result<(), SendError<T>>, NotYet> {
        turn.settle();
        let Inside { state, wakes } = &mut self.door.enter();
        if let Some(end) = state.put(turn, value, manner.own(), self.grants(), wakes) {
            if end.is_err() {
                self.count_misuse(state);
            }
            return Ok(end);
        }
        if let Some(seat) = manner.parks() {
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
        let Inside { state, wakes } = &mut self.door.enter();
        match state.pop(None, wakes) {
            Some(value) => Ok(value),
            None if state.is_closed() => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    pub(crate) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let Inside { state, wakes } = &mut self.door.enter();
        if state.is_closed() {
            self.count_misuse(state);
            return Err(TrySendError::Closed(value));
        }
        state.push(value, None, self.grants(), wakes).map_err(TrySendError::Full)
    }

    /// Ends a receive that was given up: a value that was handed to it goes to the next one.
    pub(crate) fn give_up_recv(&self, turn: &mut Turn) {
        if turn.is_in_line() {
            let Inside { state, wakes } = &mut self.door.enter();
            if let Some(value) = state.receivers.leave(turn).flatten() {
                state.put_back(value, self.grants(), wakes);
            }
        }
    }

    /// Ends a send that was given up. What comes back is to be dropped, the door being open.
    pub(crate) fn give_up_send(&self, turn: &mut Turn) -> Option<T> {
        if !turn.is_in_line() {
            return None;
        }
        self.door.enter().state.senders.leave(turn).flatten()
    }

    /// Takes back the values that were handed to receives of this task which it does not poll.
    fn recall(&self, from: &'static TaskRecord) -> (usize, Box<dyn FnOnce()>) {
        let mut inside = self.door.enter();
        let Inside { state, wakes } = &mut inside;
        let count = match recall::is_left_alone(from) {
            true => state.recall(from, self.grants(), wakes),
            false => 0,
        };
        let wakes = mem::take(wakes);
        drop(inside);
        (count, Box::new(|| drop(wakes)))
    }

    /// As what the channel is entered in a ledger of grants. It has a number there before anybody
    /// sleeps, so one who finds none grants nothing.
    #[inline]
    fn grants(&self) -> u32 {
        self.resource.registered_index().unwrap_or(u32::MAX)
    }

    pub(crate) fn close(&self) -> bool {
        if self.is_never {
            return false;
        }
        let Inside { state, wakes } = &mut self.door.enter();
        let closes = state.close(Ended::Called, wakes);
        if !closes {
            self.count_misuse(state);
        }
        closes
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.door.enter().state.is_closed()
    }

    pub(crate) fn len(&self) -> usize {
        self.door.enter().state.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    pub(crate) fn is_drained(&self) -> bool {
        let Inside { state, .. } = &mut self.door.enter();
        state.is_closed() && state.len() == 0
    }

    pub(crate) fn capacity(&self) -> Option<usize> {
        (self.capacity != UNBOUNDED).then_some(self.capacity)
    }

    /// Counts one more handle.
    pub(crate) fn enter(&self, side: Side) {
        self.count(side).fetch_add(1, Ordering::Relaxed);
        self.recount();
    }

    /// Counts one handle less; the last one of a side closes the channel.
    pub(crate) fn leave(&self, side: Side) {
        if self.count(side).fetch_sub(1, Ordering::AcqRel) > 1 {
            return self.recount();
        }
        let unread = {
            let Inside { state, wakes } = &mut self.door.enter();
            state.close(Ended::Left, wakes);
            match side {
                Side::Sender => None,
                // Nobody can read it any more, and to drop it under the lock could do anything.
                Side::Receiver => Some(state.drain()),
            }
        };
        drop(unread);
        self.recount();
    }

    fn count(&self, side: Side) -> &AtomicUsize {
        match side {
            Side::Sender => &self.senders,
            Side::Receiver => &self.receivers,
        }
    }

    /// Tells the registry what a wait begins on.
    fn tell(&self, state: &State<T>) {
        let is_new = self.resource.registered().is_none();
        let record = self.resource.record();
        record.level.store(i64::try_from(state.len()).unwrap_or(i64::MAX), Ordering::Relaxed);
        if is_new {
            let capacity = if self.capacity == UNBOUNDED { u64::MAX } else { self.capacity as u64 };
            record.capacity.store(capacity, Ordering::Relaxed);
            self.tell_counts(record);
        }
    }

    /// Tells the registry, if it knows the channel at all, how many handles there are. Under the
    /// door, so that of two counts the later one stays.
    #[inline]
    fn recount(&self) {
        if let Some(record) = self.resource.registered() {
            let _inside = self.door.enter();
            self.tell_counts(record);
        }
    }

    fn tell_counts(&self, record: &ResourceRecord) {
        let count = |n: &AtomicUsize| u32::try_from(n.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        record.givers.store(count(&self.senders), Ordering::Relaxed);
        record.takers.store(count(&self.receivers), Ordering::Relaxed);
    }

    /// Counts a call at which Go would panic. That the other side is simply gone is none.
    #[cold]
    fn count_misuse(&self, state: &State<T>) {
        if state.ended() == Some(Ended::Called) {
            self.resource.record().misuses.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<T> Drop for Chan<T> {
    fn drop(&mut self) {
        self.tie.cut();
    }
}
