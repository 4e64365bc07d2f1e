//! A first-come, first-served line of sleeping tasks.
//!
//! Invariants:
//! * a place is linked if and only if it is parked; a place that was served stays, unlinked, until
//!   its turn collects what is in its slot or leaves;
//! * a turn has at most one place, and only that turn can give it up.
//!
//! Places lie in one vector and link by index: no pinning, so every future of the house is
//! `Unpin`, and leaving the middle of a line of a million costs the same as leaving its end.

use std::task::{Context, Poll};

use wakeful_diagnostics::registry::Resource;

use super::{Parked, Turn, Wakes};

const NONE: u32 = u32::MAX;

/// An idle line keeps at most this many places; one that was ever longer gives its memory back.
const KEPT: usize = 32;

/// Sleepers, each with a slot through which something is handed over.
#[derive(Debug)]
pub struct Line<S> {
    places: Vec<Place<S>>,
    head: u32,
    tail: u32,
    free: u32,
    used: u32,
    asleep: u32,
}

#[derive(Debug)]
struct Place<S> {
    /// `None`: the place is free.
    slot: Option<S>,
    /// `None` in a used place: it was served.
    parked: Option<Parked>,
    prev: u32,
    next: u32,
}

impl<S> Line<S> {
    /// A line with nobody in it.
    #[must_use]
    pub const fn new() -> Self {
        Self { places: Vec::new(), head: NONE, tail: NONE, free: NONE, used: 0, asleep: 0 }
    }

    /// Whether nobody sleeps here.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.asleep == 0
    }

    /// How many sleep here.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.asleep as usize
    }

    /// Puts the current task to sleep until it is served: joins the line, or keeps its place.
    pub fn park<R>(
        &mut self,
        turn: &mut Turn,
        on: &Resource,
        slot: impl FnOnce() -> S,
        cx: &Context<'_>,
    ) -> Poll<R> {
        match turn.place {
            Some(place) => {
                if let Some(parked) = &mut self.places[place as usize].parked {
                    parked.refresh(turn, on.target(), cx);
                }
            }
            None => {
                let parked = Parked::new(turn, on.target(), cx);
                turn.place = Some(self.join(slot(), parked));
            }
        }
        Poll::Pending
    }

    /// Serves whoever has waited longest: `hand` gets the slot, the task will be woken.
    pub fn serve<R>(&mut self, wakes: &mut Wakes, hand: impl FnOnce(&mut S) -> R) -> Option<R> {
        if self.head == NONE {
            return None;
        }
        let first = self.head;
        self.unlink(first);
        let place = &mut self.places[first as usize];
        if let Some(parked) = place.parked.take() {
            wakes.push(parked.rouse());
        }
        place.slot.as_mut().map(hand)
    }

    /// The slot of whoever has waited longest.
    #[must_use]
    pub fn first(&self) -> Option<&S> {
        self.places.get(self.head as usize)?.slot.as_ref()
    }

    /// Ends a turn, served or not, and returns what is in its slot. `None` if it never joined.
    pub fn leave(&mut self, turn: &mut Turn) -> Option<S> {
        let index = turn.place.take()?;
        let place = &mut self.places[index as usize];
        let slot = place.slot.take();
        if place.parked.take().is_some() {
            self.unlink(index);
        }
        self.places[index as usize].next = self.free;
        self.free = index;
        self.used -= 1;
        if self.used == 0 && self.places.len() > KEPT {
            self.places = Vec::new();
            self.free = NONE;
        }
        slot
    }

    /// Whether `turn` has been served and not yet collected.
    #[must_use]
    pub fn is_served(&self, turn: &Turn) -> bool {
        turn.place.is_some_and(|index| self.places[index as usize].parked.is_none())
    }

    /// Sends a served turn back to sleep, first in line: what it was woken for is gone.
    ///
    /// Returns its slot. `None`, and nothing happens, unless the turn was served.
    pub fn park_first(&mut self, turn: &Turn, on: &Resource, cx: &Context<'_>) -> Option<&mut S> {
        let index = turn.place.filter(|_| self.is_served(turn))?;
        let next = self.head;
        match next {
            NONE => self.tail = index,
            next => self.places[next as usize].prev = index,
        }
        self.head = index;
        self.asleep += 1;
        let place = &mut self.places[index as usize];
        (place.prev, place.next) = (NONE, next);
        place.parked = Some(Parked::new(turn, on.target(), cx));
        place.slot.as_mut()
    }

    fn join(&mut self, slot: S, parked: Parked) -> u32 {
        let place = Place { slot: Some(slot), parked: Some(parked), prev: self.tail, next: NONE };
        let index = match self.free {
            NONE => {
                self.places.push(place);
                (self.places.len() - 1) as u32
            }
            free => {
                self.free = self.places[free as usize].next;
                self.places[free as usize] = place;
                free
            }
        };
        match self.tail {
            NONE => self.head = index,
            tail => self.places[tail as usize].next = index,
        }
        self.tail = index;
        self.used += 1;
        self.asleep += 1;
        index
    }

    fn unlink(&mut self, index: u32) {
        let Place { prev, next, .. } = self.places[index as usize];
        match prev {
            NONE => self.head = next,
            prev => self.places[prev as usize].next = next,
        }
        match next {
            NONE => self.tail = prev,
            next => self.places[next as usize].prev = prev,
        }
        self.asleep -= 1;
    }
}

impl<S> Default for Line<S> {
    fn default() -> Self {
        Self::new()
    }
}
