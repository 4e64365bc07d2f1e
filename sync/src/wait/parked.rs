//! One sleeper, and the edge that says why it sleeps.

use std::task::Context;

use wakeful_diagnostics::current;
use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::order;
use wakeful_diagnostics::profile::waits::Begun;
use wakeful_diagnostics::registry::{Edge, Resource, Target, TaskRecord};

use super::{Sleeper, Turn};

/// A task asleep. While this value lives, the registry shows the wait.
#[derive(Debug)]
#[must_use = "a sleeper that is dropped is never woken"]
pub struct Parked {
    sleeper: Sleeper,
    edge: Edge,
    /// The task that polled, whatever waker it used.
    host: Option<&'static TaskRecord>,
    begun: Begun,
}

impl Parked {
    /// Puts whoever polls with `cx` to sleep, for the reason `turn` gives.
    #[inline]
    pub fn new(turn: &Turn, target: Target, cx: &Context<'_>) -> Self {
        Self::begin(turn, target, cx)
    }

    /// As [`new`](Self::new), for what `on` stands for, and built where it will lie. One call for all
    /// there is to a wait: each further one would keep and bring back what a line's caller has at hand.
    #[inline(never)]
    pub(super) fn lay(place: &mut Option<Self>, turn: &Turn, on: &Resource, cx: &Context<'_>) {
        *place = Some(Self::begin(turn, on.target(), cx));
    }

    #[inline(always)]
    fn begin(turn: &Turn, target: Target, cx: &Context<'_>) -> Self {
        order::suspends();
        let host = current::task();
        let edge = Edge::wait_by(host, turn.op(), target, turn.site());
        Self { sleeper: Sleeper::of_poll(host, cx), edge, host, begun: Begun::now(turn.op()) }
    }

    /// Keeps the place, for whoever polls with `cx` now.
    #[inline]
    pub fn refresh(&mut self, turn: &Turn, target: Target, cx: &Context<'_>) {
        order::suspends();
        self.host = current::task();
        if self.sleeper.refresh(cx) {
            self.edge = Edge::wait_by(self.host, turn.op(), target, turn.site());
        }
    }

    /// As [`refresh`](Self::refresh), for whoever holds a lock: the sleeper that was replaced comes
    /// back, to be dropped once the lock is released.
    #[inline]
    #[must_use = "dropping a sleeper may run any code: keep it until the lock is released"]
    pub fn renew(&mut self, turn: &Turn, target: Target, cx: &Context<'_>) -> Option<Sleeper> {
        order::suspends();
        self.host = current::task();
        if self.sleeper.is(cx) {
            return None;
        }
        let old = std::mem::replace(&mut self.sleeper, Sleeper::of(cx));
        self.edge = Edge::none();
        self.edge = Edge::wait_by(self.host, turn.op(), target, turn.site());
        Some(old)
    }

    /// Another way to wake the one who sleeps, who sleeps on.
    pub(super) fn another(&self) -> Sleeper {
        match &self.sleeper {
            Sleeper::Task(task) => Sleeper::Task(task),
            Sleeper::Foreign(waker) => Sleeper::Foreign(waker.clone()),
        }
    }

    /// What it waits for, and since which line of source, if somebody was to know.
    pub(super) fn told(&self) -> Option<(Op, Site)> {
        self.edge.told()
    }

    /// In whose poll it began.
    #[inline]
    pub(super) const fn host(&self) -> Option<&'static TaskRecord> {
        self.host
    }

    /// Ends the wait, because the resource with index `by` has granted what it was for, and returns
    /// the task to be woken. This value then stands for the grant, until it is dropped. `None`, and
    /// the wait goes on, if the grant has to be entered in a ledger.
    #[inline]
    pub(super) fn grant(&self, by: u32) -> Option<&'static TaskRecord> {
        let Sleeper::Task(task) = self.sleeper else { return None };
        if !self.edge.grant(task, by) {
            return None;
        }
        self.begun.end(&self.edge, self.host);
        Some(task)
    }

    /// Ends the wait as [`serve`](Self::serve) does, and returns the task to be woken, if it is one
    /// of the house. Of this value nothing is left then that would have to be dropped.
    #[inline]
    pub(super) fn serve_task(&mut self) -> Option<&'static TaskRecord> {
        let Sleeper::Task(task) = self.sleeper else { return None };
        self.begun.end(&self.edge, self.host);
        self.edge.erase();
        Some(task)
    }

    /// Gives the wait, or the grant, up, if it is a task's of the house; nothing is left then that
    /// would have to be dropped.
    #[inline]
    pub(super) fn retire(&mut self) -> bool {
        let is_of_house = matches!(self.sleeper, Sleeper::Task(_));
        if is_of_house {
            self.edge.erase();
        }
        is_of_house
    }

    /// Ends the wait as [`serve`](Self::serve) does. What remains stands for a grant to `host`.
    pub(super) fn part(self, host: &'static TaskRecord) -> (Sleeper, Self) {
        self.begun.end(&self.edge, self.host);
        self.edge.hide();
        let remains = Self { sleeper: Sleeper::Task(host), host: Some(host), ..self };
        (self.sleeper, remains)
    }

    /// Ends the wait, because what it was for has come; the sleeper is to be woken once no lock is
    /// held.
    #[inline]
    #[must_use]
    pub fn serve(self) -> Sleeper {
        self.begun.end(&self.edge, self.host);
        self.sleeper
    }

    /// Gives the wait up; the sleeper is to be dropped once no lock is held.
    #[inline]
    #[must_use]
    pub fn rouse(self) -> Sleeper {
        self.sleeper
    }
}
