//! What stands behind a channel's door: a buffer and two lines.
//!
//! Invariants, as in Go's `chan.go`, for places that can be served (a place of a select that is
//! being polled at this moment cannot; that select looks again before it sleeps):
//! * at most one of the two lines has sleepers;
//! * a sleeping receiver means that the buffer is empty;
//! * a sleeping sender means that the buffer is full;
//! * once the channel is closed nobody sleeps.
//!
//! The buffer may exceed its capacity by values that were handed to a receiver and came back.

use std::collections::VecDeque;
use std::mem;

use wakeful_diagnostics::registry::TaskRecord;
use wakeful_sync::wait::{Line, Seat, Turn, Wakes};

use crate::error::SendError;

/// An empty buffer keeps the memory of this many values; one that was longer gives it back.
const KEPT: usize = 1024;

/// How a channel was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Somebody said so.
    Called,
    /// The last handle of a side went away.
    Left,
}

/// A channel's state.
pub(crate) struct State<T> {
    buffer: VecDeque<T>,
    capacity: usize,
    ended: Option<Ended>,
    events: u64,
    /// Slots hold the value to be taken; `None` once it was.
    pub(super) senders: Line<Option<T>>,
    /// Slots are filled by the sender that serves them.
    pub(super) receivers: Line<Option<T>>,
}

impl<T> State<T> {
    pub(super) const fn new(capacity: usize) -> Self {
        Self {
            buffer: VecDeque::new(),
            capacity,
            ended: None,
            events: 0,
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

    /// What a receiver gets now: a value, the end, or `None`: nothing yet.
    #[inline]
    pub(super) fn take(
        &mut self,
        turn: &mut Turn,
        own: Option<Seat>,
        wakes: &mut Wakes,
    ) -> Option<Option<T>> {
        if self.receivers.is_served(turn) {
            return Some(self.receivers.leave(turn).flatten());
        }
        let value = self.pop(own, wakes);
        if value.is_none() && !self.is_closed() {
            return None;
        }
        self.receivers.leave(turn);
        Some(value)
    }

    /// The first value, if there is one.
    #[inline]
    pub(super) fn pop(&mut self, own: Option<Seat>, wakes: &mut Wakes) -> Option<T> {
        let value = match self.buffer.pop_front() {
            Some(value) => {
                // The sender waited for this room. Not so if the value had come back to a buffer
                // that was full, or that a channel without capacity does not have.
                if self.buffer.len() < self.capacity {
                    let next = self.next_sent(own, wakes);
                    self.buffer.extend(next);
                }
                value
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
        turn: &mut Turn,
        value: &mut Option<T>,
        own: Option<Seat>,
        by: u32,
        wakes: &mut Wakes,
    ) -> Option<Result<(), SendError<T>>> {
        if self.senders.is_served(turn) {
            let left = self.senders.leave(turn).flatten();
            return Some(left.map_or(Ok(()), |value| Err(SendError(value))));
        }
        if let Some(slot) = self.senders.slot(turn) {
            *value = slot.take();
        }
        let unsent = value.take()?;
        let end = match self.is_closed() {
            true => Err(SendError(unsent)),
            false => match self.push(unsent, own, by, wakes) {
                Ok(()) => Ok(()),
                Err(unsent) => {
                    match self.senders.slot(turn) {
                        Some(slot) => *slot = Some(unsent),
                        None => *value = Some(unsent),
                    }
                    return None;
                }
            },
        };
        self.senders.leave(turn);
        Some(end)
    }

    /// Hands `value` to a receiver or keeps it in the buffer, if the channel is not closed.
    #[inline]
    pub(super) fn push(
        &mut self,
        value: T,
        own: Option<Seat>,
        by: u32,
        wakes: &mut Wakes,
    ) -> Result<(), T> {
        let mut value = Some(value);
        // Behind a value in the buffer there is only a select that was told to look again.
        if self.buffer.is_empty() {
            let _ = self.receivers.grant_past(own, by, wakes, |slot| *slot = value.take());
        }
        match value {
            Some(value) if self.buffer.len() >= self.capacity => return Err(value),
            value => self.buffer.extend(value),
        }
        self.events += 1;
        Ok(())
    }

    /// A value that was handed to a receiver which then gave up: the next in line gets it.
    pub(super) fn put_back(&mut self, value: T, by: u32, wakes: &mut Wakes) {
        if let Some(value) = self.hand(value, by, wakes) {
            self.buffer.push_front(value);
        }
        self.events += 1;
    }

    /// Takes back the values that were handed to receives of this task: those who sleep get them,
    /// and the rest is first in the buffer, in the order it was sent. Says how many.
    pub(super) fn recall(
        &mut self,
        from: &'static TaskRecord,
        by: u32,
        wakes: &mut Wakes,
    ) -> usize {
        let mut values = VecDeque::new();
        let count = self.receivers.recall(from, |slot| values.extend(slot.take()));
        while let Some(value) = values.pop_front() {
            if let Some(value) = self.hand(value, by, wakes) {
                values.push_front(value);
                break;
            }
        }
        while let Some(value) = values.pop_back() {
            self.buffer.push_front(value);
        }
        self.note(count > 0);
        count
    }

    /// Hands a value to whoever has waited longest; back if nobody does.
    fn hand(&mut self, value: T, by: u32, wakes: &mut Wakes) -> Option<T> {
        let mut value = Some(value);
        let _ = self.receivers.grant(by, wakes, |slot| *slot = value.take());
        value
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
    pub(super) fn drain(&mut self) -> VecDeque<T> {
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
