//! When a context ends: a tree of lives, where the end of one is the end of all below it.
//!
//! Invariants:
//! * `end` is set once, under the door; from then on nobody sleeps here and nothing is kept below;
//! * no door is held while another is entered, or while anything of the user's runs or is dropped;
//! * a life is kept below its parent from its birth to its end, or until it is dropped; whoever
//!   takes its `place` away has to take it off the parent's list, once;
//! * `due` is not later than the parent's: who looks at one life knows when it ends at the latest.
//!
//! There is no timer here. Whoever waits sleeps until `due` as well, and whoever looks, looks at the
//! clock; the first of them ends the life whose deadline it is. So a deadline nobody waits for costs
//! nothing, and keeps no program from being found asleep.

use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context as TaskContext, Poll};

use slab::Slab;
use wakeful_diagnostics::memory;
use wakeful_diagnostics::names::{Kind, Site};
use wakeful_diagnostics::registry::{Origin, Resource};
use wakeful_sync::shim::AtomicUsize;
use wakeful_sync::wait::{Door, Inside, Line, Turn};

use super::call::{self, Call};
use super::{Cause, ContextError};
use crate::time::Instant;

/// `place` of a life that is not on a list.
const NOWHERE: usize = usize::MAX;

/// An empty list keeps room for this many.
const KEPT: usize = 32;

/// One context that can end by itself, and what ends with it.
pub(super) struct Life {
    parent: Option<Arc<Life>>,
    place: AtomicUsize,
    due: Option<Instant>,
    /// The cause it gives if its own deadline passes.
    expiry: Option<Cause>,
    end: OnceLock<End>,
    door: Door<State>,
    resource: Resource,
}

/// How a life ended.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) error: ContextError,
    pub(super) cause: Option<Cause>,
}

struct State {
    line: Line<()>,
    below: Slab<Below>,
    /// Whether there is a handle left that may cancel it.
    is_held: bool,
}

/// What a life ends, or calls, when it ends.
enum Below {
    Life(Weak<Life>),
    Call(Call),
}

/// A deadline, and the cause to give when it passes.
pub(super) struct Limit {
    pub(super) due: Instant,
    pub(super) cause: Option<Cause>,
}

impl Life {
    /// A life that ends with its parent, or at its limit, or when somebody ends it.
    pub(super) fn new(parent: Option<&Arc<Self>>, limit: Option<Limit>, site: Site) -> Arc<Self> {
        let inherited = parent.and_then(|parent| parent.due);
        let own = limit.as_ref().map(|limit| limit.due);
        let life = Arc::new(Self {
            parent: parent.cloned(),
            place: AtomicUsize::new(NOWHERE),
            due: own.into_iter().chain(inherited).min(),
            expiry: limit.and_then(|limit| limit.cause),
            end: OnceLock::new(),
            door: Door::new(State { line: Line::new(), below: Slab::new(), is_held: true }),
            resource: Resource::new(Kind::Context, Origin { site, name: None }),
        });
        if let Some(end) = parent.and_then(|parent| parent.adopt(&life)) {
            life.finish(&end);
        } else if own.is_some() {
            life.look();
        }
        life
    }

    /// When it ends at the latest.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// How it ended, as far as somebody has noticed.
    pub(super) fn end(&self) -> Option<&End> {
        self.end.get()
    }

    /// How it ended, by the clock.
    pub(super) fn look(self: &Arc<Self>) -> Option<&End> {
        if self.end.get().is_none() && self.due.is_some_and(|due| due <= Instant::now()) {
            self.expire();
        }
        self.end.get()
    }

    /// Ends it before its time. `false` if it had ended.
    pub(super) fn cancel(self: &Arc<Self>, cause: Option<Cause>) -> bool {
        self.look().is_none() && self.finish(&End { error: ContextError::Cancelled, cause })
    }

    /// Its time is over.
    pub(super) fn expire(self: &Arc<Self>) {
        // The deadline may have come down from above: then everything from there on ends.
        let mut owner = self;
        while let Some(above) = owner.parent.as_ref().filter(|above| above.due == self.due) {
            owner = above;
        }
        let cause = owner.expiry.clone();
        owner.finish(&End { error: ContextError::DeadlineExceeded, cause });
        if let Some(end) = owner.end.get() {
            // Another thread may just be on its way down to here.
            self.finish(end);
        }
    }

    /// Ends it and everything below it: first come those who wait for it, then what is below, then
    /// the parent forgets it, and last come the calls. `false` if it had ended.
    fn finish(self: &Arc<Self>, end: &End) -> bool {
        let Some(mut rest) = self.settle(end) else { return false };
        let mut calls = Vec::new();
        // With a stack of its own: chains may be long.
        while let Some(below) = rest.pop() {
            match below {
                Below::Call(call) => calls.push(call),
                Below::Life(life) => {
                    let Some(life) = life.upgrade() else { continue };
                    life.place.store(NOWHERE, Ordering::Relaxed);
                    rest.extend(life.settle(end).into_iter().flatten());
                }
            }
        }
        self.unlink();
        call::run(calls);
        true
    }

    /// Marks the end and wakes who waits for it. Returns what was below, the latest first; `None`
    /// if it had ended.
    fn settle(&self, end: &End) -> Option<Vec<Below>> {
        let Inside { state, wakes } = &mut self.door.enter();
        self.end.set(end.clone()).ok()?;
        while state.line.serve(wakes, |()| ()).is_some() {}
        let mut below: Vec<Below> =
            mem::take(&mut state.below).into_iter().map(|(_, below)| below).collect();
        below.reverse();
        Some(below)
    }

    /// Takes a child in; or tells the end which it is born to.
    fn adopt(&self, child: &Arc<Self>) -> Option<End> {
        let Inside { state, .. } = &mut self.door.enter();
        if let Some(end) = self.end.get() {
            return Some(end.clone());
        }
        let place = state.below.insert(Below::Life(Arc::downgrade(child)));
        child.place.store(place, Ordering::Relaxed);
        None
    }

    /// Takes a call in, and tells its place; or gives it back if this has ended.
    pub(super) fn enlist(&self, call: Call) -> Result<usize, Call> {
        let Inside { state, .. } = &mut self.door.enter();
        match self.end.get() {
            Some(_) => Err(call),
            None => Ok(state.below.insert(Below::Call(call))),
        }
    }

    /// Gives the call at `place` back, if this has not ended. Only who enlisted it may ask, once.
    pub(super) fn dismiss(&self, place: usize) -> Option<Call> {
        match self.take_below(place)? {
            Below::Call(call) => Some(call),
            Below::Life(_) => unreachable!("each place is taken away once"),
        }
    }

    fn take_below(&self, place: usize) -> Option<Below> {
        let Inside { state, .. } = &mut self.door.enter();
        let below = state.below.try_remove(place);
        if state.below.is_empty() && state.below.capacity() > KEPT {
            state.below = Slab::new();
        }
        below
    }

    fn unlink(&self) {
        let Some(parent) = &self.parent else { return };
        let place = self.place.swap(NOWHERE, Ordering::AcqRel);
        if place != NOWHERE {
            drop(parent.take_below(place));
        }
    }

    /// Puts whoever polls with `cx` to sleep until the end.
    pub(super) fn poll_line(&self, turn: &mut Turn, cx: &TaskContext<'_>) -> Poll<()> {
        turn.settle();
        if self.resource.registered().is_none_or(|record| !record.has_handles()) {
            self.tell();
        }
        let Inside { state, .. } = &mut self.door.enter();
        if self.end.get().is_some() {
            state.line.leave(turn);
            return Poll::Ready(());
        }
        state.line.park(turn, &self.resource, || (), cx)
    }

    /// Tells the registry who can end it, when somebody begins to wait: who has its handle, or that of a
    /// life above.
    fn tell(&self) {
        let mut next = Some(self);
        while let Some(life) = next {
            let Inside { state, .. } = &mut life.door.enter();
            let record = life.resource.record();
            if record.has_handles() {
                break;
            }
            record.set_handle(life.points_to());
            record.givers.store(state.is_held.into(), Ordering::Relaxed);
            next = life.parent.as_deref();
            if let Some(above) = next {
                record.set_above(above.resource.record());
            }
        }
    }

    /// What the pointer in its handle says.
    pub(super) fn points_to(&self) -> usize {
        memory::points_to(self)
    }

    /// Its handle is gone: from now on only its deadline ends it, or a life above.
    pub(super) fn let_go(&self) {
        let Inside { state, .. } = &mut self.door.enter();
        state.is_held = false;
        if let Some(record) = self.resource.registered() {
            record.givers.store(0, Ordering::Relaxed);
        }
    }

    /// Ends a wait that was given up.
    pub(super) fn leave_line(&self, turn: &mut Turn) {
        if turn.is_in_line() {
            self.door.enter().state.line.leave(turn);
        }
    }

    /// How many lives and calls end with it.
    pub(super) fn count_below(&self) -> usize {
        self.door.enter().state.below.len()
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.unlink();
        // Life by life: a long chain must not use up the stack.
        let mut next = self.parent.take();
        while let Some(mut life) = next.and_then(Arc::into_inner) {
            life.unlink();
            next = life.parent.take();
        }
    }
}
