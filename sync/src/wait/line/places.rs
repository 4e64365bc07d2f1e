//! How a place is taken, and kept by a turn that parks again.

use std::mem;
use std::task::Context;

use wakeful_diagnostics::registry::Resource;

use super::{Chair, LOOSE, Line, NONE, Parked, Place, Seat, Stage, Turn};

impl<S> Line<S> {
    pub(super) fn stay(
        &mut self,
        index: u32,
        turn: &mut Turn,
        seat: Option<Seat>,
        on: &Resource,
        cx: &Context<'_>,
    ) {
        let place = &mut self.places[index as usize];
        match place.stage {
            Stage::Asleep => {}
            Stage::Recalled => {
                place.chair = Chair::of(seat);
                place.park(turn, on, cx);
                return self.link_again(index);
            }
            Stage::Served | Stage::Granted(_) => return,
        }
        let Some(parked) = &mut place.parked else { return };
        let is_loose = place.prev == LOOSE;
        let old = if is_loose || seat.is_none() != place.chair.is_empty() {
            // Another wait begins at the same place: the edge that tells of it is another, too.
            let mut next = None;
            Parked::lay(&mut next, turn, on, cx);
            next.map(|next| mem::replace(parked, next).rouse())
        } else {
            parked.renew(turn, on.target(), cx)
        };
        place.chair = Chair::of(seat);
        if let Some(old) = old {
            turn.keep(old);
        }
        if is_loose {
            place.ticket = self.ticket;
            self.ticket += 1;
            self.link(index);
        }
    }

    /// The first of the free places is taken by whoever parked there.
    #[inline(always)]
    pub(super) fn join(&mut self, index: u32, slot: S, seat: Option<Seat>) {
        let place = &mut self.places[index as usize];
        self.free = place.next;
        // One by one: the whole of it at once would be built elsewhere, and moved here.
        place.slot = Some(slot);
        place.ticket = self.ticket;
        place.chair = Chair::of(seat);
        self.ticket += 1;
        self.used += 1;
        self.link(index);
    }

    #[cold]
    pub(super) fn more_places(&mut self) -> u32 {
        if self.places.is_empty() {
            // Most lines never see a second one; a vector would begin with four.
            self.places.reserve_exact(1);
        }
        self.free = self.places.len() as u32;
        self.places.push(Place {
            slot: None,
            parked: None,
            stage: Stage::Served,
            order: 0,
            ticket: 0,
            chair: Chair::EMPTY,
            prev: LOOSE,
            next: NONE,
        });
        self.free
    }
}
