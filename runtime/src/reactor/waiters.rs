//! Those who wait at one descriptor, in one direction.
//!
//! Invariants:
//! * all are woken together, because an edge does not say for how many it is;
//! * a ticket of an earlier round was served; its place may be another's now.

use std::task::Context;

use slab::Slab;
use wakeful_diagnostics::registry::Target;
use wakeful_sync::wait::{Parked, Sleeper, Turn};

/// The waiters of one direction.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    /// Whoever called a `poll_` method last: those have no future to keep a ticket in.
    poller: Option<Parked>,
    places: Slab<Parked>,
    round: u32,
}

/// A future's place among the waiters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket {
    round: u32,
    key: usize,
}

impl Waiters {
    /// Takes a place or keeps it; says whether there is one waiter more.
    pub(super) fn park(
        &mut self,
        ticket: &mut Option<Ticket>,
        turn: &Turn,
        target: Target,
        cx: &Context<'_>,
    ) -> bool {
        match ticket {
            Some(ticket) if ticket.round == self.round => {
                self.places[ticket.key].refresh(turn, target, cx);
                false
            }
            _ => {
                let key = self.places.insert(Parked::new(turn, target, cx));
                *ticket = Some(Ticket { round: self.round, key });
                true
            }
        }
    }

    /// Takes the place of `poll_` methods; says whether there is one waiter more.
    pub(super) fn park_poller(&mut self, turn: &Turn, target: Target, cx: &Context<'_>) -> bool {
        match &mut self.poller {
            Some(parked) => {
                parked.refresh(turn, target, cx);
                false
            }
            None => {
                self.poller = Some(Parked::new(turn, target, cx));
                true
            }
        }
    }

    /// Gives a place up; `None` if it was served.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<Parked> {
        (ticket.round == self.round).then(|| self.places.remove(ticket.key))
    }

    /// Takes out all who wait.
    pub(super) fn rouse(&mut self, sleepers: &mut Vec<Sleeper>) {
        sleepers.extend(self.poller.take().map(Parked::rouse));
        if !self.places.is_empty() {
            sleepers.extend(self.places.drain().map(Parked::rouse));
            self.round = self.round.wrapping_add(1);
        }
    }
}
