//! What the two sides of a broadcast share.
//!
//! Values have positions, counted from 0 as they are sent. Invariants:
//! * `buffer` holds the values of positions `first..first + buffer.len()`, at most `capacity`;
//! * a slot's `unseen` counts the receivers whose position is not behind it, and the front slot's
//!   is not 0: what everybody has seen is gone;
//! * a receiver whose position is before `first` has lost what lies between;
//! * a receiver that sleeps has seen everything.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
// Not the shim's: a user's `clone` runs under it, and no step of a model does.
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Context;

use wakeful_diagnostics::memory;
use wakeful_diagnostics::registry::Resource;
use wakeful_sync::wait::{Door, Inside, Line, Turn};

use super::error::{RecvError, TryRecvError};

pub(super) struct Shared<T> {
    door: Door<State<T>>,
    capacity: usize,
    resource: Resource,
}

struct State<T> {
    buffer: VecDeque<Slot<T>>,
    first: u64,
    senders: usize,
    receivers: usize,
    waiting: Line<()>,
    /// Wait until no receiver is left.
    closing: Line<()>,
}

struct Slot<T> {
    value: Cast<T>,
    unseen: usize,
}

/// A value on its way to several receivers. The lock makes it shareable without asking `Sync` of it.
pub(super) struct Cast<T>(Arc<Mutex<T>>);

/// What nobody needs any more, to be dropped outside the door. Mostly one at a time.
struct Seen<T> {
    first: Option<Slot<T>>,
    more: Vec<Slot<T>>,
}

impl<T> Shared<T> {
    pub(super) const fn new(capacity: usize, resource: Resource) -> Self {
        let state = State {
            buffer: VecDeque::new(),
            first: 0,
            senders: 1,
            receivers: 1,
            waiting: Line::new(),
            closing: Line::new(),
        };
        Self { door: Door::new(state), capacity, resource }
    }

    /// How many receivers will see the value; it comes back if there are none.
    pub(super) fn send(&self, value: T) -> Result<usize, T> {
        let mut inside = self.door.enter();
        let Inside { state, wakes } = &mut inside;
        let receivers = state.receivers;
        if receivers == 0 {
            return Err(value);
        }
        let lost = if state.buffer.len() == self.capacity {
            state.first += 1;
            state.buffer.pop_front()
        } else {
            None
        };
        let value = Cast(Arc::new(Mutex::new(value)));
        state.buffer.push_back(Slot { value, unseen: receivers });
        while state.waiting.serve(wakes, |()| ()).is_some() {}
        // What the others have seen after the lost one is gone with it.
        let seen = state.forget_seen();
        drop(inside);
        drop((lost, seen));
        Ok(receivers)
    }

    /// The value at `position`, which then moves on.
    pub(super) fn try_recv(&self, position: &mut u64) -> Result<Cast<T>, TryRecvError> {
        let mut inside = self.door.enter();
        let (end, seen) = inside.state.next(position);
        drop(inside);
        drop(seen);
        end
    }

    /// The same; if there is no value yet, `turn` waits.
    pub(super) fn poll_recv(
        &self,
        position: &mut u64,
        turn: &mut Turn,
        cx: &Context<'_>,
    ) -> Option<Result<Cast<T>, RecvError>> {
        turn.settle();
        let mut inside = self.door.enter();
        let state = &mut *inside.state;
        let (end, seen) = state.next(position);
        let end = match end {
            Ok(value) => Some(Ok(value)),
            Err(TryRecvError::Closed) => Some(Err(RecvError::Closed)),
            Err(TryRecvError::Lagged(lost)) => Some(Err(RecvError::Lagged(lost))),
            Err(TryRecvError::Empty) => None,
        };
        if end.is_some() || state.waiting.is_served(turn) {
            state.waiting.leave(turn);
        }
        if end.is_none() {
            self.tell(state);
            let _ = state.waiting.park::<()>(turn, &self.resource, || (), cx);
        }
        drop(inside);
        drop(seen);
        end
    }

    pub(super) fn give_up_recv(&self, turn: &mut Turn) {
        if turn.is_in_line() {
            self.door.enter().state.waiting.leave(turn);
        }
    }

    /// Whether every receiver is gone; if not yet, `turn` waits.
    pub(super) fn poll_closed(&self, turn: &mut Turn, cx: &Context<'_>) -> bool {
        turn.settle();
        let Inside { state, .. } = &mut self.door.enter();
        let is_closed = state.receivers == 0;
        if is_closed || state.closing.is_served(turn) {
            state.closing.leave(turn);
        }
        if !is_closed {
            self.tell(state);
            let _ = state.closing.park::<()>(turn, &self.resource, || (), cx);
        }
        is_closed
    }

    pub(super) fn give_up_closed(&self, turn: &mut Turn) {
        if turn.is_in_line() {
            self.door.enter().state.closing.leave(turn);
        }
    }

    pub(super) fn enter_sender(&self) {
        let Inside { state, .. } = &mut self.door.enter();
        state.senders += 1;
        self.retell(state);
    }

    pub(super) fn leave_sender(&self) {
        let Inside { state, wakes } = &mut self.door.enter();
        state.senders -= 1;
        self.retell(state);
        if state.senders == 0 {
            while state.waiting.serve(wakes, |()| ()).is_some() {}
        }
    }

    /// The position of a new receiver: behind the last value.
    pub(super) fn enter_receiver(&self) -> u64 {
        let Inside { state, .. } = &mut self.door.enter();
        state.receivers += 1;
        self.retell(state);
        state.end()
    }

    /// Ends a receiver at `position`: it waits for no value any more.
    pub(super) fn leave_receiver(&self, position: u64) {
        let mut inside = self.door.enter();
        let Inside { state, wakes } = &mut inside;
        state.receivers -= 1;
        self.retell(state);
        let ahead = usize::try_from(position.saturating_sub(state.first)).unwrap_or(usize::MAX);
        state.buffer.iter_mut().skip(ahead).for_each(|slot| slot.unseen -= 1);
        let seen = state.forget_seen();
        if state.receivers == 0 {
            while state.closing.serve(wakes, |()| ()).is_some() {}
        }
        drop(inside);
        drop(seen);
    }

    /// How many values were sent that a receiver at `position` has not received.
    pub(super) fn behind(&self, position: u64) -> usize {
        let Inside { state, .. } = &mut self.door.enter();
        usize::try_from(state.end() - position).unwrap_or(usize::MAX)
    }

    pub(super) fn len(&self) -> usize {
        self.door.enter().state.buffer.len()
    }

    /// What the pointer in each handle says.
    pub(super) fn points_to(&self) -> usize {
        memory::points_to(self)
    }

    pub(super) fn receivers(&self) -> usize {
        self.door.enter().state.receivers
    }

    pub(super) fn has_senders(&self) -> bool {
        self.door.enter().state.senders > 0
    }

    fn tell(&self, state: &State<T>) {
        let is_new = self.resource.registered().is_none();
        let record = self.resource.record();
        record.level.store(state.buffer.len() as i64, Ordering::Relaxed);
        if is_new {
            record.capacity.store(self.capacity as u64, Ordering::Relaxed);
            record.set_handle(self.points_to());
            self.retell(state);
        }
    }

    fn retell(&self, state: &State<T>) {
        if let Some(record) = self.resource.registered() {
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            record.givers.store(count(state.senders), Ordering::Relaxed);
            record.takers.store(count(state.receivers), Ordering::Relaxed);
        }
    }
}

impl<T> State<T> {
    /// The position behind the last value.
    fn end(&self) -> u64 {
        self.first + self.buffer.len() as u64
    }

    /// The value at `position`, and what nobody needs any more, to be dropped outside.
    fn next(&mut self, position: &mut u64) -> (Result<Cast<T>, TryRecvError>, Seen<T>) {
        if *position < self.first {
            let lost = self.first - *position;
            *position = self.first;
            return (Err(TryRecvError::Lagged(lost)), Seen::default());
        }
        let index = usize::try_from(*position - self.first).unwrap_or(usize::MAX);
        let Some(slot) = self.buffer.get_mut(index) else {
            let is_over = self.senders == 0;
            let end = if is_over { TryRecvError::Closed } else { TryRecvError::Empty };
            return (Err(end), Seen::default());
        };
        *position += 1;
        slot.unseen -= 1;
        // The last of several references is this receiver's: it takes the value itself.
        let value = Cast(Arc::clone(&slot.value.0));
        (Ok(value), self.forget_seen())
    }

    /// Takes out the front slots that everybody has seen.
    fn forget_seen(&mut self) -> Seen<T> {
        let mut seen = Seen::default();
        while self.buffer.front().is_some_and(|slot| slot.unseen == 0) {
            self.first += 1;
            let slot = self.buffer.pop_front();
            match seen.first {
                None => seen.first = slot,
                Some(_) => seen.more.extend(slot),
            }
        }
        seen
    }
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self { first: None, more: Vec::new() }
    }
}

impl<T: Clone> Cast<T> {
    /// The value itself if nobody else needs it, else a clone.
    pub(super) fn into_value(self) -> T {
        Arc::try_unwrap(self.0).map_or_else(
            |shared| shared.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            |own| own.into_inner().unwrap_or_else(PoisonError::into_inner),
        )
    }
}
