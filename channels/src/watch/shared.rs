//! What the two sides of a watch share: the value with its version, and who waits.
//!
//! Invariants:
//! * versions grow; the value's version is never behind the one behind the door;
//! * a receiver that sleeps has seen the version behind the door;
//! * the value's lock and the door are never held together.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::Ordering;
// Not the shim's: its guards are lent to users, and no step of a model happens under it.
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::task::Context;

use wakeful_diagnostics::memory;
use wakeful_diagnostics::registry::Resource;
use wakeful_sync::wait::{Door, Inside, Line, Turn};

use crate::error::RecvError;

/// The initial value's version. A receiver that has seen 0 has seen none.
pub(super) const FIRST: u64 = 1;

pub(super) struct Shared<T> {
    value: RwLock<Versioned<T>>,
    door: Door<State>,
    resource: Resource,
}

struct Versioned<T> {
    value: T,
    version: u64,
}

struct State {
    version: u64,
    senders: usize,
    receivers: usize,
    /// Wait for a change.
    waiting: Line<()>,
    /// Wait until no receiver is left.
    closing: Line<()>,
}

/// The value of a watch, borrowed. A send waits, blocking its thread, until this is dropped.
pub struct Ref<'a, T> {
    guard: RwLockReadGuard<'a, Versioned<T>>,
    has_changed: bool,
}

/// Which count of handles changes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Sender,
    Receiver,
}

impl<T> Shared<T> {
    pub(super) const fn new(value: T, resource: Resource) -> Self {
        let state = State {
            version: FIRST,
            senders: 1,
            receivers: 1,
            waiting: Line::new(),
            closing: Line::new(),
        };
        Self {
            value: RwLock::new(Versioned { value, version: FIRST }),
            door: Door::new(state),
            resource,
        }
    }

    /// The value, and whether it is newer than `seen`. A panic in `modify` has not made it unfit to
    /// be seen: locks of this house do not poison.
    pub(super) fn borrow(&self, seen: u64) -> (Ref<'_, T>, u64) {
        let guard = self.value.read().unwrap_or_else(PoisonError::into_inner);
        let version = guard.version;
        (Ref { guard, has_changed: version > seen }, version)
    }

    /// Changes the value; if `modify` says so, everybody who waits is told.
    pub(super) fn modify(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        let version = {
            let mut guard = self.value.write().unwrap_or_else(PoisonError::into_inner);
            if !modify(&mut guard.value) {
                return false;
            }
            guard.version += 1;
            guard.version
        };
        let Inside { state, wakes } = &mut self.door.enter();
        state.version = state.version.max(version);
        while state.waiting.serve(wakes, |()| ()).is_some() {}
        true
    }

    /// Whether there is a version newer than `seen`.
    pub(super) fn changed(&self, seen: u64) -> Result<Option<u64>, RecvError> {
        self.door.enter().state.changed(seen)
    }

    /// The same; if neither is the case yet, `turn` waits.
    pub(super) fn poll_changed(
        &self,
        seen: u64,
        turn: &mut Turn,
        cx: &Context<'_>,
    ) -> Option<Result<u64, RecvError>> {
        turn.settle();
        let Inside { state, .. } = &mut self.door.enter();
        match state.changed(seen).transpose() {
            Some(end) => {
                state.waiting.leave(turn);
                Some(end)
            }
            None => {
                // Served for a change that was seen on another way: it waits for the next one.
                if state.waiting.is_served(turn) {
                    state.waiting.leave(turn);
                }
                self.tell(state);
                let _ = state.waiting.park::<()>(turn, &self.resource, || (), cx);
                None
            }
        }
    }

    pub(super) fn give_up_changed(&self, turn: &mut Turn) {
        if turn.is_in_line() {
            self.door.enter().state.waiting.leave(turn);
        }
    }

    /// Whether every receiver is gone; if not yet, `turn` waits.
    pub(super) fn poll_closed(&self, turn: &mut Turn, cx: &Context<'_>) -> bool {
        turn.settle();
        let Inside { state, .. } = &mut self.door.enter();
        if state.receivers == 0 {
            state.closing.leave(turn);
            return true;
        }
        if state.closing.is_served(turn) {
            state.closing.leave(turn);
        }
        self.tell(state);
        let _ = state.closing.park::<()>(turn, &self.resource, || (), cx);
        false
    }

    pub(super) fn give_up_closed(&self, turn: &mut Turn) {
        if turn.is_in_line() {
            self.door.enter().state.closing.leave(turn);
        }
    }

    pub(super) fn enter(&self, side: Side) {
        let Inside { state, .. } = &mut self.door.enter();
        *state.count(side) += 1;
        self.retell(state);
    }

    pub(super) fn leave(&self, side: Side) {
        let Inside { state, wakes } = &mut self.door.enter();
        *state.count(side) -= 1;
        self.retell(state);
        match side {
            Side::Sender if state.senders == 0 => {
                while state.waiting.serve(wakes, |()| ()).is_some() {}
            }
            Side::Receiver if state.receivers == 0 => {
                while state.closing.serve(wakes, |()| ()).is_some() {}
            }
            _ => {}
        }
    }

    /// What the pointer in each handle says.
    pub(super) fn points_to(&self) -> usize {
        memory::points_to(self)
    }

    pub(super) fn receivers(&self) -> usize {
        self.door.enter().state.receivers
    }

    fn tell(&self, state: &State) {
        if self.resource.registered().is_none() {
            let record = self.resource.record();
            record.capacity.store(1, Ordering::Relaxed);
            record.set_handle(self.points_to());
            self.retell(state);
        }
    }

    fn retell(&self, state: &State) {
        if let Some(record) = self.resource.registered() {
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            record.givers.store(count(state.senders), Ordering::Relaxed);
            record.takers.store(count(state.receivers), Ordering::Relaxed);
        }
    }
}

impl State {
    fn changed(&self, seen: u64) -> Result<Option<u64>, RecvError> {
        match self.version > seen {
            true => Ok(Some(self.version)),
            false if self.senders == 0 => Err(RecvError),
            false => Ok(None),
        }
    }

    fn count(&mut self, side: Side) -> &mut usize {
        match side {
            Side::Sender => &mut self.senders,
            Side::Receiver => &mut self.receivers,
        }
    }
}

impl<T> Ref<'_, T> {
    /// Whether the receiver that borrows had not seen this value before. A sender has seen all.
    #[must_use]
    pub const fn has_changed(&self) -> bool {
        self.has_changed
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
