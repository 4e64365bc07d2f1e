//! What everybody but the owner of the driver has of it.

use std::sync::Arc;
use std::time::Instant;

use super::Clock;
use crate::reactor::Reactor;
use crate::timers::{Bell, Timers};

/// The driver of a runtime, as its tasks and threads see it.
#[derive(Debug, Clone)]
pub(crate) struct Handle(Arc<Shared>);

/// What the driver and its handles share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) bell: Arc<Bell>,
    pub(super) timers: Timers,
    pub(super) reactor: Arc<Reactor>,
    pub(super) clock: Clock,
}

impl Handle {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Ends the sleep of whoever parks in the driver, or the next one. Costs a system call only
    /// if somebody sleeps.
    #[inline]
    pub(crate) fn unpark(&self) {
        self.0.bell.ring();
    }

    /// How many waits the world outside the process can end: sleepers on timers and descriptors,
    /// and calls that are due. A timer nobody polled and a descriptor nobody waits at do not count.
    #[must_use]
    pub(crate) fn watched(&self) -> usize {
        self.0.timers.watched() + self.0.reactor.watched()
    }

    /// The deadline that comes next.
    #[must_use]
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.0.timers.next_deadline()?.instant()
    }

    /// Ends every wait at a descriptor with an error, and forgets every deadline without waking
    /// its sleeper. What is begun after this ends the same way.
    pub(crate) fn shutdown(&self) {
        self.0.timers.shut_down();
        self.0.reactor.shut_down();
        self.unpark();
    }

    /// What time it is for the tasks of this runtime.
    #[inline]
    #[must_use]
    pub(crate) fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// Stops the clock; from now on it moves only to the
    /// [next deadline](Self::advance_to_next_deadline), when it is told to.
    pub(crate) fn freeze_clock(&self) {
        self.0.clock.freeze();
        self.unpark();
    }

    /// Whether the clock stands still.
    #[must_use]
    pub(crate) fn is_clock_frozen(&self) -> bool {
        self.0.clock.is_frozen()
    }

    /// Moves a clock that stands still to the next deadline, unless somebody waits for a
    /// descriptor, to whom time must not seem to pass. `false` if it was not moved; else the driver
    /// fires what became due when it turns next.
    pub(crate) fn advance_to_next_deadline(&self) -> bool {
        if !self.is_clock_frozen() || self.0.reactor.watched() > 0 {
            return false;
        }
        match self.next_deadline() {
            Some(next) => {
                self.advance_to(next);
                true
            }
            None => false,
        }
    }

    fn advance_to(&self, moment: Instant) {
        self.0.clock.advance_to(moment);
        self.unpark();
    }

    /// The deadlines of this runtime.
    #[inline]
    #[must_use]
    pub(crate) fn timers(&self) -> &Timers {
        &self.0.timers
    }

    /// The descriptors of this runtime.
    #[must_use]
    pub(crate) fn reactor(&self) -> &Arc<Reactor> {
        &self.0.reactor
    }
}
