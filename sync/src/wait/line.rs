//! A first-come, first-served line of sleeping tasks.
//!
//! Invariants:
//! * a place is linked if and only if it can still be served; one that was served stays, unlinked,
//!   until its turn collects what is in its slot or leaves;
//! * a place whose grant was taken back ([`recall`]) is unlinked, too, and sleeps no more: it was
//!   woken, and its turn did not come. It is linked again, where it was, when its turn parks again;
//! * a turn has at most one place, and only that turn can give it up;
//! * a place with a seat is served only by whoever wins the seat's claim. If the claim is lost the
//!   place is *passed over*: unlinked, not served, and linked again should its turn park again;
//! * nothing of the user's is dropped here, where the door is locked: slots go back to the caller,
//!   wakers go to the turn.
//!
//! [`recall`]: super::recall
//!
//! Places lie in one vector and link by index: no pinning, so every future of the house is
//! `Unpin`, and leaving the middle of a line of a million costs the same as leaving its end.
//!
//! A place is written where it lies, and who sleeps there stays until the place is given back: to
//! move the six words of a [`Parked`] in, out again to be served, and into what is kept of a grant was
//! a fifth of what the line cost. Who was served collects in one step, which unlinks nothing.

mod grants;
mod links;
mod places;

use std::task::{Context, Poll};

use wakeful_diagnostics::registry::Resource;

use super::claim::{Chair, Outcome};
use super::door::Entry;
use super::{Parked, Seat, Sleeper, Turn, Wakes, Woken};

const NONE: u32 = u32::MAX;

/// `prev` of a place that is not linked.
const LOOSE: u32 = u32::MAX - 1;

/// An idle line keeps at most this many places; one that was ever longer gives its memory back.
const KEPT: usize = 32;

/// Sleepers, each with a slot through which something is handed over.
///
/// What everybody asks, whether anybody sleeps here, lies at the end, where a primitive can have it
/// next to what else it looks at first.
#[derive(Debug)]
#[repr(C)]
pub struct Line<S> {
    places: Vec<Place<S>>,
    /// Of whoever comes next.
    ticket: u64,
    head: u32,
    tail: u32,
    free: u32,
    used: u32,
    /// Of the next grant.
    grants: u32,
    asleep: u32,
}

#[derive(Debug)]
struct Place<S> {
    /// `None`: the place is free.
    slot: Option<S>,
    /// Who sleeps here, or was granted what is in the slot. Who did is left there: what a word says
    /// that nobody wrote may be anybody's address, and a search of the memory would go by it.
    parked: Option<Parked>,
    /// Of a used place.
    stage: Stage,
    /// Earlier grants have smaller ones, until they wrap.
    order: u32,
    /// Older places have smaller ones.
    ticket: u64,
    /// The select it belongs to, if it belongs to one.
    chair: Chair,
    prev: u32,
    next: u32,
}

/// How far a place has come.
#[derive(Debug, Clone, Copy)]
enum Stage {
    /// It can be served, or was passed over.
    Asleep,
    /// It was served with what stays where it is.
    Served,
    /// It was served with what can be taken back, and `parked` stands for that.
    Granted(Entry),
    /// What it was served with was taken back.
    Recalled,
}

impl<S> Place<S> {
    /// Ends what began when it parked. A waker that was kept is to be dropped once no lock is held.
    #[inline]
    fn end(&mut self) -> Option<Sleeper> {
        let parked = self.parked.as_mut()?;
        if let Stage::Granted(entry) = self.stage {
            entry.settle(parked);
        }
        match parked.retire() {
            true => None,
            false => self.parked.take().map(Parked::rouse),
        }
    }

    /// A wait begins.
    #[inline]
    fn park(&mut self, turn: &Turn, on: &Resource, cx: &Context<'_>) {
        Parked::lay(&mut self.parked, turn, on, cx);
        self.stage = Stage::Asleep;
    }
}

impl<S> Line<S> {
    /// A line with nobody in it.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            places: Vec::new(),
            head: NONE,
            tail: NONE,
            free: NONE,
            used: 0,
            asleep: 0,
            grants: 0,
            ticket: 0,
        }
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
    #[inline]
    pub fn park<R>(
        &mut self,
        turn: &mut Turn,
        on: &Resource,
        slot: impl FnOnce() -> S,
        cx: &Context<'_>,
    ) -> Poll<R> {
        self.park_as(turn, None, on, slot, cx)
    }

    /// As [`park`](Self::park), as an arm of the select that has this seat. In line: who joins has all
    /// its arguments at hand.
    #[inline(always)]
    pub fn park_as<R>(
        &mut self,
        turn: &mut Turn,
        seat: Option<Seat>,
        on: &Resource,
        slot: impl FnOnce() -> S,
        cx: &Context<'_>,
    ) -> Poll<R> {
        match turn.place() {
            Some(index) => self.stay(index, turn, seat, on, cx),
            None => {
                let index = match self.free {
                    NONE => self.more_places(),
                    free => free,
                };
                // Cloning a waker may panic: then the place is still free.
                self.places[index as usize].park(turn, on, cx);
                self.join(index, slot(), seat);
                turn.set_place(index);
            }
        }
        Poll::Pending
    }

    /// Serves whoever has waited longest: `hand` gets the slot, the task will be woken.
    #[inline]
    pub fn serve<R>(&mut self, wakes: &mut Wakes, hand: impl FnOnce(&mut S) -> R) -> Option<R> {
        self.serve_past(None, wakes, hand)
    }

    /// As [`serve`](Self::serve), on behalf of the select that has this seat: never itself.
    pub fn serve_past<R>(
        &mut self,
        own: Option<Seat>,
        wakes: &mut Wakes,
        hand: impl FnOnce(&mut S) -> R,
    ) -> Option<R> {
        self.serve_with(own, None, wakes, hand)
    }

    #[inline]
    fn serve_with<R>(
        &mut self,
        own: Option<Seat>,
        by: Option<u32>,
        wakes: &mut Wakes,
        hand: impl FnOnce(&mut S) -> R,
    ) -> Option<R> {
        let mut index = self.head;
        while index != NONE {
            let place = &self.places[index as usize];
            let next = place.next;
            match place.chair.seat().map_or(Outcome::Won, |seat| seat.win(own)) {
                Outcome::Won => {
                    self.unlink(index);
                    let place = &mut self.places[index as usize];
                    place.stage = Stage::Served;
                    if let Some(by) = by {
                        if let Some(entry) = wakes.grant(&mut place.parked, by) {
                            place.stage = Stage::Granted(entry);
                            place.order = self.grants;
                            self.grants = self.grants.wrapping_add(1);
                        }
                    } else if let Some(task) = place.parked.as_mut().and_then(Parked::serve_task) {
                        wakes.push_task(task);
                    } else if let Some(parked) = place.parked.take() {
                        wakes.push(parked.serve());
                    }
                    return place.slot.as_mut().map(hand);
                }
                Outcome::Busy => {}
                Outcome::Lost => self.unlink(index),
            }
            index = next;
        }
        None
    }

    /// As [`serve`](Self::serve), if whoever has waited longest is a task of the house that waits for
    /// this alone, as it mostly is. `None`, and nothing happens, if not.
    #[inline]
    pub fn serve_at_once<R>(&mut self, hand: impl FnOnce(&mut S) -> R) -> Option<(R, Woken)> {
        let index = self.head;
        let place = self.places.get_mut(index as usize)?;
        let (true, Some(slot), Some(parked)) =
            (place.chair.is_empty(), &mut place.slot, &mut place.parked)
        else {
            return None;
        };
        let task = parked.serve_task()?;
        place.stage = Stage::Served;
        let result = hand(slot);
        let next = place.pass();
        self.pass_head(next);
        Some((result, Woken::mark(task)))
    }

    /// Wakes everybody who sleeps here, to look how things stand; they sleep on.
    pub fn nudge(&self, wakes: &mut Wakes) {
        let mut index = self.head;
        while let Some(place) = self.places.get(index as usize) {
            if let Some(parked) = &place.parked {
                wakes.push(parked.another());
            }
            index = place.next;
        }
    }

    /// The slot of whoever has waited longest.
    #[must_use]
    pub fn first(&self) -> Option<&S> {
        self.places.get(self.head as usize)?.slot.as_ref()
    }

    /// The slot of `turn`, served or not. `None` if it never joined.
    #[must_use]
    pub fn slot(&mut self, turn: &Turn) -> Option<&mut S> {
        self.places[turn.place()? as usize].slot.as_mut()
    }

    /// Ends a turn, served or not, and returns what is in its slot. `None` if it never joined.
    #[inline]
    pub fn leave(&mut self, turn: &mut Turn) -> Option<S> {
        let index = turn.take_place()?;
        self.vacate(index, turn)
    }

    /// As [`leave`](Self::leave), for who mostly sleeps still, as the arms of a select do that have lost.
    #[inline(always)]
    pub fn withdraw(&mut self, turn: &mut Turn) -> Option<S> {
        let index = turn.take_place()?;
        let place = &mut self.places[index as usize];
        let sleeps = matches!(place.stage, Stage::Asleep);
        if !sleeps || !place.parked.as_mut().is_some_and(Parked::retire) {
            return self.vacate(index, turn);
        }
        let slot = place.slot.take();
        // Not so if it was passed over.
        if place.prev != LOOSE {
            self.unlink(index);
        }
        self.give_back(index);
        slot
    }

    /// Ends a turn that was served, and returns what is in its slot. `None`, and nothing happens,
    /// unless it was.
    #[inline(always)]
    pub fn collect(&mut self, turn: &mut Turn) -> Option<S> {
        let index = turn.place()?;
        let place = &mut self.places[index as usize];
        match place.stage {
            Stage::Granted(entry) => {
                if let Some(parked) = &mut place.parked {
                    entry.settle(parked);
                    let _ = parked.retire();
                }
            }
            Stage::Served => {}
            Stage::Asleep | Stage::Recalled => return None,
        }
        let slot = place.slot.take();
        turn.take_place();
        self.give_back(index);
        slot
    }

    fn vacate(&mut self, index: u32, turn: &mut Turn) -> Option<S> {
        let place = &mut self.places[index as usize];
        let slot = place.slot.take();
        let is_linked = place.prev != LOOSE;
        if let Some(sleeper) = place.end() {
            turn.keep(sleeper);
        }
        if is_linked {
            self.unlink(index);
        }
        self.give_back(index);
        slot
    }

    /// The place is free.
    #[inline]
    fn give_back(&mut self, index: u32) {
        self.places[index as usize].next = self.free;
        self.free = index;
        self.used -= 1;
        if self.used == 0 && self.places.len() > KEPT {
            self.places = Vec::new();
            self.free = NONE;
        }
    }

    /// Whether `turn` has been served and not yet collected.
    #[must_use]
    pub fn is_served(&self, turn: &Turn) -> bool {
        turn.place().is_some_and(|index| {
            matches!(self.places[index as usize].stage, Stage::Served | Stage::Granted(_))
        })
    }

    /// Whether `turn` sleeps here.
    #[must_use]
    pub fn is_asleep(&self, turn: &Turn) -> bool {
        turn.place().is_some_and(|index| matches!(self.places[index as usize].stage, Stage::Asleep))
    }

    /// Sends a served turn back to sleep, first in line: what it was woken for is gone.
    ///
    /// Returns its slot. `None`, and nothing happens, unless the turn was served.
    pub fn park_first(&mut self, turn: &Turn, on: &Resource, cx: &Context<'_>) -> Option<&mut S> {
        let index = turn.place().filter(|_| self.is_served(turn))?;
        let place = &mut self.places[index as usize];
        // None slept here.
        let _ = place.end();
        place.park(turn, on, cx);
        self.link_again(index);
        self.places[index as usize].slot.as_mut()
    }
}

impl<S> Default for Line<S> {
    fn default() -> Self {
        Self::new()
    }
}
