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
    /// That of whoever called a `poll_` method last: those have no future to keep a ticket in.
    poller: Option<Ticket>,
    /// The first place: almost nobody waits beside another one.
    first: Option<Parked>,
    /// The places from the second on, once there were two.
    more: Option<Box<Slab<Parked>>>,
    round: u32,
}

/// A place among the waiters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket {
    round: u32,
    /// 0 is the first place.
    key: u32,
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
        if let Some(ticket) = ticket.filter(|ticket| ticket.round == self.round) {
            if let Some(parked) = self.at(ticket.key) {
                parked.refresh(turn, target, cx);
                return false;
            }
        }
        let key = if self.first.is_none() {
            Parked::put(&mut self.first, turn, || target, cx);
            0
        } else {
            let parked = Parked::new(turn, target, cx);
            // Nobody has room for so many.
            u32::try_from(self.more.get_or_insert_default().insert(parked) + 1).unwrap_or(u32::MAX)
        };
        *ticket = Some(Ticket { round: self.round, key });
        true
    }

    /// Takes the place of `poll_` methods; says whether there is one waiter more.
    pub(super) fn park_poller(&mut self, turn: &Turn, target: Target, cx: &Context<'_>) -> bool {
        let mut ticket = self.poller;
        let is_new = self.park(&mut ticket, turn, target, cx);
        self.poller = ticket;
        is_new
    }

    /// Gives a place up; `None` if it was served.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<Parked> {
        match ticket {
            Ticket { round, .. } if round != self.round => None,
            Ticket { key: 0, .. } => self.first.take(),
            Ticket { key, .. } => self.more.as_mut()?.try_remove(key as usize - 1),
        }
    }

    /// Takes out all who wait.
    pub(super) fn rouse(&mut self, sleepers: &mut Vec<Sleeper>) {
        let before = sleepers.len();
        sleepers.extend(self.first.take().map(Parked::rouse));
        sleepers.extend(self.more.iter_mut().flat_map(|more| more.drain()).map(Parked::rouse));
        if sleepers.len() > before {
            self.round = self.round.wrapping_add(1);
        }
    }

    fn at(&mut self, key: u32) -> Option<&mut Parked> {
        match key {
            0 => self.first.as_mut(),
            key => self.more.as_mut()?.get_mut(key as usize - 1),
        }
    }
}
