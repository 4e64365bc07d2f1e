//! The driver: one sleep for descriptors, deadlines and rings.
//!
//! Invariants:
//! * a sleep is announced before deadlines are looked at, so none is missed that is entered
//!   meanwhile;
//! * nobody sleeps beyond the earliest deadline, but while many come one after the other, they are
//!   fired together: after a sleep that a deadline ended, the next such sleep lasts at least
//!   [`GATHER`].

use std::io;
use std::sync::Arc;
use std::time::Duration;

use wakeful_sync::wait::Sleeper;

use super::Clock;
use super::alarm::Alarm;
use super::handle::{Handle, Shared};
use crate::reactor::{ALARM, BELL, Reactor};
use crate::timers::{Bell, Fired, Ticks, Timers};

/// So many events are taken from the operating system at once.
const EVENTS: usize = 1024;

/// Two wake-ups for deadlines are at least so far apart: a lone sleeper is on time, and ten
/// thousand of them cost two thousand wake-ups a second, not ten.
const GATHER: Duration = Duration::from_micros(500);

/// Turns what happens outside the process into wakes. Whoever owns it sleeps in it.
#[derive(Debug)]
pub(crate) struct Driver {
    poll: mio::Poll,
    events: mio::Events,
    alarm: Alarm,
    handle: Handle,
    /// The tick before which no deadline ends a sleep.
    gather_until: Ticks,
    sleepers: Vec<Sleeper>,
    fired: Vec<Fired>,
}

impl Driver {
    /// A driver and its handle.
    ///
    /// # Errors
    ///
    /// The operating system has no descriptors left, usually.
    pub(crate) fn new() -> io::Result<(Self, Handle)> {
        let poll = mio::Poll::new()?;
        let bell = Arc::new(Bell::new(Some(mio::Waker::new(poll.registry(), BELL)?)));
        let alarm = Alarm::new(poll.registry(), ALARM)?;
        let reactor = Arc::new(Reactor::new(poll.registry().try_clone()?));
        let timers = Timers::new(&bell);
        let clock = Clock::new();
        let shared = Shared { bell, timers, reactor, clock };
        let handle = Handle::new(Arc::new(shared));
        let driver = Self {
            poll,
            events: mio::Events::with_capacity(EVENTS),
            alarm,
            handle: handle.clone(),
            gather_until: Ticks(0),
            sleepers: Vec::new(),
            fired: Vec::new(),
        };
        Ok((driver, handle))
    }

    /// Sleeps until something happens, somebody rings, or `timeout` has passed. May return early.
    /// Nobody is woken before [`dispatch`](Self::dispatch).
    ///
    /// # Panics
    ///
    /// Panics if the operating system refuses to poll, which would be a bug of the house.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) {
        let shared = self.handle.shared();
        let bell = &shared.bell;
        let timeout = if bell.lie_down() {
            let until_deadline = until_deadline(shared, &mut self.alarm, self.gather_until);
            match (timeout, until_deadline) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            }
        } else {
            Some(Duration::ZERO)
        };
        poll(&mut self.poll, &mut self.events, timeout);
        self.handle.shared().bell.get_up();
    }

    /// Wakes all whom it concerns now, without sleeping.
    ///
    /// # Panics
    ///
    /// Panics if the operating system refuses to poll, which would be a bug of the house.
    pub(crate) fn turn(&mut self) {
        poll(&mut self.poll, &mut self.events, Some(Duration::ZERO));
        self.dispatch();
    }

    /// Wakes all whom the last look at the outside concerns.
    pub(crate) fn dispatch(&mut self) {
        let shared = self.handle.shared();
        if !self.events.is_empty() {
            shared.reactor.dispatch(&self.events, &mut self.sleepers);
            // The next look may be for deadlines only, and an event that is told twice costs a read in vain.
            self.events.clear();
        }
        self.fire();
    }

    /// Wakes those whose deadlines have come, without a look at the outside.
    pub(crate) fn fire(&mut self) {
        let shared = self.handle.shared();
        let earliest = shared.timers.earliest();
        if earliest == Ticks::NEVER {
            return;
        }
        let now = Ticks::begun(shared.clock.now());
        if earliest <= now && shared.timers.fire(now, &mut self.fired) > 0 {
            self.gather_until = Ticks(now.0 + Ticks::within(GATHER));
        }
    }
}

/// How long the poll may last for the sake of deadlines; `None` if the alarm sees to it, or there
/// are none. Tells the bell which deadlines would come too late.
fn until_deadline(shared: &Shared, alarm: &mut Alarm, gather_until: Ticks) -> Option<Duration> {
    let Shared { timers, bell, clock, .. } = shared;
    let earliest = timers.earliest();
    if earliest == Ticks::NEVER {
        return None;
    }
    let moment = clock.now();
    let now = Ticks::begun(moment);
    if earliest <= now && (gather_until <= now || clock.is_frozen()) {
        bell.set_alarm(Ticks(0));
        return Some(Duration::ZERO);
    }
    if clock.is_frozen() {
        return None;
    }
    let wake_at = earliest.max(gather_until);
    let at = wake_at.instant()?;
    let distance = at.saturating_duration_since(moment);
    let set_to = alarm.set(wake_at, now, distance);
    // While deadlines gather, none could make the sleep shorter.
    bell.set_alarm(if earliest < gather_until { Ticks(0) } else { set_to.unwrap_or(wake_at) });
    match set_to {
        Some(_) => None,
        None => Some(distance),
    }
}

fn poll(poll: &mut mio::Poll, events: &mut mio::Events, timeout: Option<Duration>) {
    match poll.poll(events, timeout) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::Interrupted => events.clear(),
        Err(error) => panic!("polling the operating system failed: {error}"),
    }
}
