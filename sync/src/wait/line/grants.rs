//! Serving a line with what can be taken back.

use std::ptr;

use wakeful_diagnostics::registry::{Taken, TaskRecord};

use super::{Entry, Line, Parked, Place, Seat, Stage, Turn, Wakes};
use crate::wait::Woken;

impl<S> Line<S> {
    /// As [`serve`](Self::serve), with something that others wait for: the resource with index `by`
    /// takes it back if it is not collected.
    pub fn grant<R>(
        &mut self,
        by: u32,
        wakes: &mut Wakes,
        hand: impl FnOnce(&mut S) -> R,
    ) -> Option<R> {
        self.serve_with(None, Some(by), wakes, hand)
    }

    /// As [`grant`](Self::grant) and [`serve_past`](Self::serve_past).
    pub fn grant_past<R>(
        &mut self,
        own: Option<Seat>,
        by: u32,
        wakes: &mut Wakes,
        hand: impl FnOnce(&mut S) -> R,
    ) -> Option<R> {
        self.serve_with(own, Some(by), wakes, hand)
    }

    /// As [`grant`](Self::grant), if whoever has waited longest is a task of the house that waits for
    /// this alone, as it mostly is. `None`, and nothing happens, if not.
    #[inline]
    pub fn grant_at_once<R>(
        &mut self,
        by: u32,
        hand: impl FnOnce(&mut S) -> R,
    ) -> Option<(R, Woken)> {
        let index = self.head;
        let place = self.places.get_mut(index as usize)?;
        let (true, Some(slot), Some(parked)) =
            (place.chair.is_empty(), &mut place.slot, &place.parked)
        else {
            return None;
        };
        let task = parked.grant(by)?;
        place.stage = Stage::Granted(Entry::Slot);
        place.order = self.grants;
        self.grants = self.grants.wrapping_add(1);
        let result = hand(slot);
        let next = place.pass();
        self.pass_head(next);
        Some((result, Woken::mark(task)))
    }

    /// Takes back what was granted to places of this task: `back` gets each slot, in the order of
    /// the grants.
    pub fn recall(&mut self, from: &'static TaskRecord, back: impl FnMut(&mut S)) -> Taken {
        self.recall_if(from, |_| true, back)
    }

    /// As [`recall`](Self::recall), but only what lies in a slot that `may` be emptied.
    pub fn recall_if(
        &mut self,
        from: &'static TaskRecord,
        may: impl Fn(&S) -> bool,
        mut back: impl FnMut(&mut S),
    ) -> Taken {
        let next = self.grants;
        let its = |place: &Place<S>| {
            matches!(place.stage, Stage::Granted(_))
                && place.parked.as_ref().and_then(Parked::host).is_some_and(|to| ptr::eq(to, from))
                && place.slot.as_ref().is_some_and(&may)
        };
        let places = self.places.iter_mut().filter(|place| its(place));
        let mut places: Vec<_> = places.collect();
        // No grant is out for as long as it takes to make 2^32 others.
        places.sort_by_key(|place| place.order.wrapping_sub(next));
        let mut taken = Taken::default();
        for place in places {
            if place.chair.seat().is_none_or(Seat::unwin) {
                taken.from = taken.from.or_else(|| place.parked.as_ref()?.told());
                // None slept here.
                let _ = place.end();
                place.stage = Stage::Recalled;
                if let Some(slot) = &mut place.slot {
                    back(slot);
                }
                taken.count += 1;
            }
        }
        taken
    }

    /// Whether what `turn` was granted has been taken back, and it has not parked since.
    #[must_use]
    pub fn is_recalled(&self, turn: &Turn) -> bool {
        let is_recalled = |index| matches!(self.places[index as usize].stage, Stage::Recalled);
        turn.place().is_some_and(is_recalled)
    }
}
