//! One sleeper, and the edge that says why it sleeps.

use std::mem;
use std::task::Context;

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::profile::waits::Begun;
use wakeful_diagnostics::registry::{Edge, Resource, Target, TaskRecord};
use wakeful_diagnostics::{clock, current, order, pulse};

use super::{Sleeper, Turn, sleeper};

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
        let mut place = None;
        Self::put(&mut place, turn, || target, cx);
        place.unwrap_or_else(|| unreachable!("it was just put there"))
    }

    /// As [`new`](Self::new), in the place where it will lie. Nobody sleeps there: who did was
    /// [retired](Self::retire), or has been taken out.
    ///
    /// Who is woken by the task's own waker, as almost everybody is, leaves nothing that an unwinding
    /// would have to drop: that part is kept in registers until it is written where it will lie.
    #[inline]
    pub fn put(
        place: &mut Option<Self>,
        turn: &Turn,
        target: impl FnOnce() -> Target,
        cx: &Context<'_>,
    ) {
        debug_assert!(place.as_ref().is_none_or(Self::is_retired), "somebody sleeps here");
        let pulse = pulse::now();
        let begun = if pulse.is_plain() { Begun::UNKNOWN } else { Self::tell(turn.op()) };
        match current::task() {
            Some(task) if sleeper::is_own(task, cx.waker()) => {
                let edge = Edge::wait_of(task, turn.op(), target(), turn.site(), pulse.tick());
                let parked = Self { sleeper: Sleeper::Task(task), edge, host: Some(task), begun };
                // Nothing in it has to be dropped, and to look for that takes eight instructions.
                mem::forget(place.replace(parked));
                if let Some(parked) = place {
                    parked.edge.note_calls(task);
                }
            }
            host => Self::put_by_waker(place, begun, host, turn, target(), cx),
        }
    }

    /// A wait begins, and something is asked for: the order of locks is told, and when it was is noted.
    #[cold]
    #[inline(never)]
    fn tell(op: Op) -> Begun {
        order::suspends();
        Begun::now(op)
    }

    #[inline(never)]
    fn put_by_waker(
        place: &mut Option<Self>,
        begun: Begun,
        host: Option<&'static TaskRecord>,
        turn: &Turn,
        target: Target,
        cx: &Context<'_>,
    ) {
        let edge = Self::edge(host, turn, target);
        let sleeper = Sleeper::Foreign(cx.waker().clone());
        let parked = place.insert(Self { sleeper, edge, host, begun });
        parked.note_calls();
        parked.note_waker();
    }

    /// As [`put`](Self::put), for what `on` stands for. One call for all there is to a wait: each further
    /// one would keep and bring back what a line's caller has at hand.
    #[inline(never)]
    pub(super) fn lay(place: &mut Option<Self>, turn: &Turn, on: &Resource, cx: &Context<'_>) {
        Self::put(place, turn, || on.target(), cx);
    }

    fn edge(host: Option<&'static TaskRecord>, turn: &Turn, target: Target) -> Edge {
        match host {
            Some(task) => Edge::wait_of(task, turn.op(), target, turn.site(), clock::cached()),
            None => Edge::none(),
        }
    }

    fn note_calls(&self) {
        if let Some(host) = self.host {
            self.edge.note_calls(host);
        }
    }

    /// Tells by what the waker is known that is kept here, if it is not the host's own.
    fn note_waker(&self) {
        if let (Some(host), Sleeper::Foreign(waker)) = (self.host, &self.sleeper) {
            self.edge.note_waker(host, waker.data());
        }
    }

    /// Another wait begins, for another task or another waker.
    fn draw_anew(&mut self, turn: &Turn, target: Target) {
        self.edge = Self::edge(self.host, turn, target);
        self.note_calls();
        self.note_waker();
    }

    /// Keeps the place, for whoever polls with `cx` now.
    #[inline]
    pub fn refresh(&mut self, turn: &Turn, target: Target, cx: &Context<'_>) {
        order::suspends();
        self.host = current::task();
        if self.sleeper.refresh(cx) {
            self.draw_anew(turn, target);
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
        let old = mem::replace(&mut self.sleeper, Sleeper::of(cx));
        self.edge.lift();
        self.draw_anew(turn, target);
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
        self.edge.lift();
        Some(task)
    }

    /// Gives the wait, or the grant, up, if it is a task's of the house; nothing is left then that
    /// would have to be dropped.
    #[inline]
    #[must_use = "if not, it is to be dropped once no lock is held"]
    pub fn retire(&mut self) -> bool {
        let is_of_house = matches!(self.sleeper, Sleeper::Task(_));
        if is_of_house {
            self.edge.lift();
        }
        is_of_house
    }

    /// Whether nothing is left that would have to be dropped.
    fn is_retired(&self) -> bool {
        matches!(self.sleeper, Sleeper::Task(_)) && !self.edge.is_drawn()
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
