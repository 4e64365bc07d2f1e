//! What stands behind a channel's door: a buffer and two lines.
//!
//! Invariants, as in Go's `chan.go`, for places that can be served (a place of a select that is
//! being polled at this moment cannot; that select looks again before it sleeps):
//! * at most one of the two lines has sleepers;
//! * a sleeping receiver means that the buffer is empty;
//! * a sleeping sender means that the buffer is full;
//! * once the channel is closed nobody sleeps.
//!
//! The buffer may exceed the capacity by values that were handed to a receiver and came back.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use wakeful_diagnostics::registry::{Taken, TaskRecord};
use wakeful_sync::wait::{Line, Seat, Turn, Wakes, Woken};

use super::tie::{Kept, Tie};
use crate::error::SendError;
use crate::source::Source;

/// An empty buffer keeps the memory of this many values; one that was longer gives it back.
const KEPT: usize = 1024;

/// How a channel was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A sender said so.
    BySender,
    /// A receiver said so.
    ByReceiver,
    /// The last handle of a side went away.
    Left,
}

/// A channel's state.
///
/// What an operation looks at that finds a value, or room, lies together, up to the lock and what
/// the channel has behind that: two cores that use a channel at once spend their time on waiting for
/// its cache lines, and these are two or three instead of five.
#[repr(C)]
pub(crate) struct State<T> {
    /// Made before the first receiver sleeps.
    pub(super) tie: Option<Arc<Tie>>,
    /// Where values come from, if nobody sends them. Boxed twice: one word in all other channels.
    pub(super) source: Option<Box<Box<dyn Source<T>>>>,
    /// Slots hold the value to be taken; `None` once it was.
    pub(super) senders: Line<Option<T>>,
    /// Slots are filled by the sender that serves them.
    pub(super) receivers: Line<Option<Kept<T>>>,
    buffer: VecDeque<Kept<T>>,
    events: u64,
    /// As what the channel is entered in ledgers of grants.
    pub(super) by: u32,
    ended: Option<Ended>,
}

impl<T> State<T> {
    pub(super) const fn new() -> Self {
        Self {
            buffer: VecDeque::new(),
            ended: None,
            by: u32::MAX,
            events: 0,
            tie: None,
            source: None,
            senders: Line::new(),
            receivers: Line::new(),
        }
    }

    pub(super) const fn ended(&self) -> Option<Ended> {
        self.ended
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.ended.is_some()
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// How often something happened here. While this stays the same, what was not ready is not.
    pub(super) const fn events(&self) -> u64 {
        self.events
    }

    pub(super) fn note(&mut self, happened: bool) {
        self.events += u64::from(happened);
    }

    /// Whether a receiver has nothing to get, unless from a source, and no reason to look further.
    #[inline]
    pub(super) fn has_nothing(&self) -> bool {
        // Three loads and one jump: that is less than three of each.
        self.buffer.is_empty() & self.senders.is_empty() & self.ended.is_none()
    }

    /// Whether a sender has nowhere to put a value, and no reason to look further.
    #[inline]
    pub(super) fn has_no_room(&self, capacity: usize) -> bool {
        (self.buffer.len() >= capacity) & self.receivers.is_empty() & self.ended.is_none()
    }

    /// Whether the source has a value that can be received now.
    pub(super) fn has_due(&mut self) -> bool {
        let is_open = self.ended.is_none() && self.buffer.is_empty();
        self.source.as_mut().is_some_and(|source| is_open && source.is_due())
    }

    /// What the source has due goes to whoever waits longest, or else into the buffer; there is
    /// never more than one value.
    #[cold]
    pub(super) fn let_in(&mut self, own: Option<Seat>, wakes: &mut Wakes) {
        if !self.has_due() {
            return;
        }
        let Some(source) = &mut self.source else { return };
        let mut value = Some(Kept::new(source.take()));
        let is_over = source.is_over();
        self.hand(|| value.take(), own, wakes);
        self.buffer.extend(value);
        self.events += 1;
        if is_over {
            self.close(Ended::Left, wakes);
        }
    }

    /// The source need not ring if nobody waits.
    pub(super) fn disarm_if_idle(&mut self) {
        if let Some(source) = self.source.as_mut().filter(|_| self.receivers.is_empty()) {
            source.disarm();
        }
    }

    /// The first value, if to take it is all there is to do: no sender waits for its room.
    #[inline]
    pub(super) fn pop_at_once(&mut self) -> Option<T> {
        if !self.senders.is_empty() || self.source.is_some() {
            return None;
        }
        let value = self.buffer.pop_front()?;
        self.events += 1;
        self.give_back_memory();
        Some(value.open())
    }

    /// Keeps `value` in the buffer, if that is all there is to do: no receiver waits for it.
    #[inline]
    pub(super) fn push_at_once(&mut self, value: &mut Option<T>, capacity: usize) -> bool {
        let is_quiet = self.ended.is_none() && self.receivers.is_empty();
        if !is_quiet || self.buffer.len() >= capacity {
            return false;
        }
        let Some(value) = value.take() else { return false };
        self.buffer.push_back(Kept::new(value));
        self.events += 1;
        true
    }

    /// Hands `value` to a task that waits for it, if that is all there is to do.
    #[inline]
    pub(super) fn hand_at_once(&mut self, value: &mut Option<T>) -> Option<Woken> {
        let is_awaited = !self.receivers.is_empty() && self.ended.is_none();
        if !is_awaited || !self.buffer.is_empty() || value.is_none() {
            return None;
        }
        let hand = |slot: &mut Option<Kept<T>>| *slot = value.take().map(Kept::new);
        let ((), woken) = self.receivers.grant_at_once(self.by, hand)?;
        self.events += 1;
        Some(woken)
    }

    /// The first value, if all there is to do besides is to let a task in that waits for its room
    /// alone.
    #[inline]
    pub(super) fn admit_at_once(&mut self, capacity: usize) -> Option<(T, Woken)> {
        let is_awaited = !self.senders.is_empty() && self.ended.is_none();
        // A buffer that holds more than fits lets nobody in.
        if !is_awaited || self.source.is_some() || self.buffer.len() > capacity {
            return None;
        }
        let (Some(sent), woken) = self.senders.serve_at_once(Option::take)? else {
            unreachable!("who was not served has its value still");
        };
        self.events += 1;
        let Some(first) = self.buffer.pop_front() else { return Some((sent, woken)) };
        self.buffer.push_back(Kept::new(sent));
        Some((first.open(), woken))
    }

    /// What a receiver that has not been served gets now: a value, the end, or `None`: nothing yet.
    #[inline]
    pub(super) fn take(
        &mut self,
        capacity: usize,
        own: Option<Seat>,
        wakes: &mut Wakes,
    ) -> Option<Option<T>> {
        let value = self.pop(capacity, own, wakes);
        (value.is_some() || self.is_closed()).then_some(value)
    }

    /// What a receiver gets that has been served.
    #[inline]
    pub(super) fn collect(&mut self, turn: &mut Turn) -> Option<T> {
        self.receivers.leave(turn).flatten().map(Kept::open)
    }

    /// The first value, if there is one.
    #[inline]
    pub(super) fn pop(
        &mut self,
        capacity: usize,
        own: Option<Seat>,
        wakes: &mut Wakes,
    ) -> Option<T> {
        let value = match self.buffer.pop_front() {
            Some(value) => {
                // The sender waited for this room. Not so if the value had come back to a buffer
                // that was full, or that a channel without capacity does not have.
                if self.buffer.len() < capacity {
                    if let Some(next) = self.next_sent(own, wakes) {
                        self.buffer.push_back(Kept::new(next));
                    }
                }
                value.open()
            }
            None => self.next_sent(own, wakes)?,
        };
        self.events += 1;
        self.give_back_memory();
        Some(value)
    }

    /// The value of the sender that has waited longest. One that is still in line when the channel
    /// is closed will be told so: its value was not sent.
    #[inline]
    fn next_sent(&mut self, own: Option<Seat>, wakes: &mut Wakes) -> Option<T> {
        if self.is_closed() {
            return None;
        }
        self.senders.serve_past(own, wakes, Option::take).flatten()
    }

    /// Where a sender's value goes now: on its way, back, or `None`: no room yet.
    #[inline]
    pub(super) fn put(
        &mut self,
        value: &mut Option<T>,
        capacity: usize,
        own: Option<Seat>,
        wakes: &mut Wakes,
    ) -> Option<Result<(), SendError<T>>> {
        if self.is_closed() || value.is_none() {
            return value.take().map(|value| Err(SendError(value)));
        }
        self.push(value, capacity, own, wakes).then_some(Ok(()))
    }

    /// Hands `value` to a receiver or keeps it in the buffer; it is taken if that can be done. The
    /// channel is not closed.
    #[inline]
    pub(super) fn push(
        &mut self,
        value: &mut Option<T>,
        capacity: usize,
        own: Option<Seat>,
        wakes: &mut Wakes,
    ) -> bool {
        // Behind a value in the buffer there is only a select that was told to look again.
        let is_handed =
            self.buffer.is_empty() && self.hand(|| value.take().map(Kept::new), own, wakes);
        if !is_handed {
            if self.buffer.len() >= capacity {
                return false;
            }
            self.buffer.extend(value.take().map(Kept::new));
        }
        self.events += 1;
        true
    }

    /// Hands a value to whoever has waited longest; `false`, and no value is made, if nobody has.
    #[inline]
    fn hand(
        &mut self,
        value: impl FnOnce() -> Option<Kept<T>>,
        own: Option<Seat>,
        wakes: &mut Wakes,
    ) -> bool {
        self.receivers.grant_past(own, self.by, wakes, |slot| *slot = value()).is_some()
    }

    /// A value that was handed to a receiver which then gave up: the next in line gets it. It comes
    /// back to be dropped if its source does not stand by it.
    pub(super) fn put_back(&mut self, value: Kept<T>, wakes: &mut Wakes) -> Option<Kept<T>> {
        if !still_counts(&self.source, &value) {
            return Some(value);
        }
        let mut value = Some(value);
        self.hand(|| value.take(), None, wakes);
        if let Some(value) = value {
            self.buffer.push_front(value);
        }
        self.events += 1;
        None
    }

    /// Takes back what was handed to receives of this task: those who sleep get the values, and the rest is first in the buffer, in the order it came. A value
    /// that its source does not stand by stays where it is.
    pub(super) fn recall(&mut self, from: &'static TaskRecord, wakes: &mut Wakes) -> Taken {
        let mut values = VecDeque::new();
        let source = &self.source;
        let counts =
            |slot: &Option<Kept<T>>| slot.as_ref().is_some_and(|value| still_counts(source, value));
        let taken = self.receivers.recall_if(from, counts, |slot| values.extend(slot.take()));
        while !values.is_empty() && self.hand(|| values.pop_front(), None, wakes) {}
        while let Some(value) = values.pop_back() {
            self.buffer.push_front(value);
        }
        self.note(taken.count > 0);
        taken
    }

    /// Ends all waiting. `false` if the channel was closed before.
    pub(super) fn close(&mut self, how: Ended, wakes: &mut Wakes) -> bool {
        if self.is_closed() {
            return false;
        }
        self.ended = Some(how);
        self.events += 1;
        while self.receivers.serve(wakes, |_| ()).is_some() {}
        while self.senders.serve(wakes, |_| ()).is_some() {}
        true
    }

    /// Everything in the buffer.
    pub(super) fn drain(&mut self) -> VecDeque<Kept<T>> {
        self.events += 1;
        mem::take(&mut self.buffer)
    }

    /// A burst is over: its memory goes back, half at a time, so that the next burst finds some.
    #[inline]
    fn give_back_memory(&mut self) {
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT {
            self.buffer.shrink_to(self.buffer.capacity() / 2);
        }
    }
}

/// Whether the source of a value, if it has one, stands by it. Such values may go anywhere.
fn still_counts<T>(source: &Option<Box<Box<dyn Source<T>>>>, value: &Kept<T>) -> bool {
    source.as_ref().is_none_or(|source| source.still_counts(value.get()))
}
