//! One descriptor: what it is ready for, and who waits until it is.
//!
//! Invariants:
//! * readiness is set before the waiters are looked at, and looked at again under their lock before
//!   one more joins them: no edge is lost;
//! * the tick counts the edges, so an operation that would block clears the readiness it saw, and
//!   none that came since;
//! * a waiter is counted from the moment it joins until it was woken or has left.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use crossbeam_utils::CachePadded;
use wakeful_diagnostics::registry::Target;
use wakeful_sync::shim::{AtomicU32, AtomicUsize, Mutex};
use wakeful_sync::wait::{Sleeper, Turn, budget};

use super::readiness::{Direction, Event, Ready};
use super::waiters::{Ticket, Waiters};

/// Descriptors are counted on as many lines as this, so that workers seldom share one.
const STRIPES: usize = if cfg!(loom) { 1 } else { 16 };

/// How many wait, over all descriptors of a runtime.
#[derive(Debug)]
pub(super) struct Watched([CachePadded<AtomicUsize>; STRIPES]);

/// How many were taken out of each line.
#[derive(Debug, Default)]
pub(crate) struct Counts([usize; STRIPES]);

/// A descriptor as the reactor knows it.
#[derive(Debug)]
pub(crate) struct Source {
    /// The edges seen (24 bits), and what it is ready for (8 bits).
    word: AtomicU32,
    waiters: Mutex<Both>,
    watched: Arc<Watched>,
    stripe: usize,
    target: Target,
}

#[derive(Debug, Default)]
struct Both {
    read: Waiters,
    write: Waiters,
}

impl Source {
    /// A descriptor that may be ready for anything: only trying tells.
    pub(super) fn new(watched: Arc<Watched>, stripe: usize, target: Target) -> Self {
        let hopeful = Ready::READABLE | Ready::WRITABLE;
        Self {
            word: AtomicU32::new(hopeful.0),
            waiters: Mutex::new(Both::default()),
            watched,
            stripe: stripe % STRIPES,
            target,
        }
    }

    /// What it is ready for in `direction`.
    ///
    /// # Errors
    ///
    /// The runtime has ended.
    #[inline]
    pub(crate) fn ready(&self, direction: Direction) -> io::Result<Option<Event>> {
        let word = self.word.load(Ordering::Acquire);
        if word & Ready::SHUT.0 != 0 {
            return Err(ended());
        }
        let ready = Ready(word).both(direction.mask());
        Ok((!ready.is_empty()).then_some(Event { tick: word >> Ready::BITS, ready }))
    }

    /// Ready as soon as an operation in `direction` may not block; until then the task sleeps in
    /// the place of `ticket`.
    ///
    /// # Errors
    ///
    /// The runtime has ended.
    pub(crate) fn poll_ready(
        &self,
        direction: Direction,
        ticket: &mut Option<Ticket>,
        turn: &Turn,
        cx: &Context<'_>,
    ) -> Poll<io::Result<Event>> {
        self.poll_with(direction, |waiters| waiters.park(ticket, turn, self.target, cx))
    }

    /// The same for whoever has no future to keep a ticket in; the last to call is the one who
    /// is woken.
    ///
    /// # Errors
    ///
    /// The runtime has ended.
    pub(crate) fn poll_ready_last(
        &self,
        direction: Direction,
        turn: &Turn,
        cx: &Context<'_>,
    ) -> Poll<io::Result<Event>> {
        self.poll_with(direction, |waiters| waiters.park_poller(turn, self.target, cx))
    }

    #[inline]
    fn poll_with(
        &self,
        direction: Direction,
        park: impl FnOnce(&mut Waiters) -> bool,
    ) -> Poll<io::Result<Event>> {
        if let Some(event) = self.ready(direction)? {
            return Poll::Ready(Ok(event));
        }
        let mut both = self.waiters.lock();
        if let Some(event) = self.ready(direction)? {
            return Poll::Ready(Ok(event));
        }
        if park(both.side(direction)) {
            self.watched.0[self.stripe].fetch_add(1, Ordering::SeqCst);
        }
        Poll::Pending
    }

    /// Gives up the place of a future that waits no more.
    pub(crate) fn leave(&self, direction: Direction, ticket: Ticket) {
        let left = self.waiters.lock().side(direction).leave(ticket);
        if left.is_some() {
            self.watched.0[self.stripe].fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Does `operation`, for which `event` gives hope; `None` if it would block after all.
    #[inline]
    pub(crate) fn attempt<R>(
        &self,
        direction: Direction,
        event: Event,
        mut operation: impl FnMut() -> io::Result<R>,
    ) -> Option<io::Result<R>> {
        loop {
            match operation() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.clear(direction, event);
                    return None;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => {
                    budget::spend_call();
                    return Some(result);
                }
            }
        }
    }

    /// The same for an `operation` that moves up to `asked` bytes.
    ///
    /// One that moved fewer has drained, or filled, what the operating system holds: the next one
    /// waits without asking. Only epoll promises an edge after that.
    #[inline]
    pub(crate) fn attempt_bytes(
        &self,
        direction: Direction,
        event: Event,
        asked: usize,
        operation: impl FnMut() -> io::Result<usize>,
    ) -> Option<io::Result<usize>> {
        let result = self.attempt(direction, event, operation);
        if let Some(Ok(moved @ 1..)) = result {
            if cfg!(target_os = "linux") && moved < asked {
                self.clear_bits(event, direction.open());
            }
        }
        result
    }

    /// An operation would have blocked: what `event` saw is used up.
    pub(crate) fn clear(&self, direction: Direction, event: Event) {
        self.clear_bits(event, direction.mask());
    }

    fn clear_bits(&self, event: Event, bits: Ready) {
        let mut word = self.word.load(Ordering::Acquire);
        while word >> Ready::BITS == event.tick {
            let cleared = word & !bits.0;
            match self.word.compare_exchange(word, cleared, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    /// Notes an edge, and takes out those who waited for it: they are to be woken, and then to be
    /// uncounted.
    pub(crate) fn set_ready(&self, ready: Ready, sleepers: &mut Vec<Sleeper>, counts: &mut Counts) {
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            let next = (word | ready.0).wrapping_add(1 << Ready::BITS);
            match self.word.compare_exchange(word, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        let before = sleepers.len();
        let mut both = self.waiters.lock();
        for direction in [Direction::Read, Direction::Write] {
            if !ready.both(direction.mask() | Ready::SHUT).is_empty() {
                both.side(direction).rouse(sleepers);
            }
        }
        counts.0[self.stripe] += sleepers.len() - before;
    }
}

impl Default for Watched {
    fn default() -> Self {
        Self(std::array::from_fn(|_| CachePadded::new(AtomicUsize::new(0))))
    }
}

impl Watched {
    /// How many wait.
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|stripe| stripe.load(Ordering::SeqCst)).sum()
    }

    /// Uncounts those who were taken out and are awake.
    pub(super) fn uncount(&self, counts: &Counts) {
        for (stripe, &sleepers) in self.0.iter().zip(&counts.0) {
            if sleepers > 0 {
                stripe.fetch_sub(sleepers, Ordering::SeqCst);
            }
        }
    }
}

impl Both {
    fn side(&mut self, direction: Direction) -> &mut Waiters {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // Only a `poll_` method can have left somebody behind: a future borrows its descriptor.
        let mut left = Vec::new();
        let mut both = self.waiters.lock();
        both.read.rouse(&mut left);
        both.write.rouse(&mut left);
        drop(both);
        self.watched.0[self.stripe].fetch_sub(left.len(), Ordering::SeqCst);
    }
}

#[cold]
fn ended() -> io::Error {
    io::Error::other("the runtime of this socket has shut down")
}
