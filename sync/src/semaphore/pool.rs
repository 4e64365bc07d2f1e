//! The permits that nobody has, and who waits for them.
//!
//! Whoever waits for many holds none of them: what comes back gathers in the pool until it is
//! enough for the first in line, and nobody passes the line meanwhile.
//!
//! Invariants:
//! * `QUEUED` changes inside the door only, and is set exactly while somebody sleeps; while it is
//!   set, permits are taken inside the door only;
//! * while somebody sleeps, there are fewer permits than the first in line wants, or somebody who
//!   has given some back is on the way to the door;
//! * nobody sleeps once `CLOSED` is set.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::registry::{Edge, Origin, Resource};

use crate::error::{AcquireError, TryAcquireError};
use crate::shim::AtomicUsize;
use crate::wait::{Door, Inside, Line, Turn, Wakes, budget};

/// No permits any more.
const CLOSED: usize = 1;
/// Somebody waits.
const QUEUED: usize = 2;
/// One permit; their number lies above the flags.
const PERMIT: usize = 4;

/// As many permits as there may be: tokio's number, so that code that comes from there fits.
pub(super) const MAX_PERMITS: usize = usize::MAX >> 3;

#[derive(Debug)]
pub(super) struct Pool {
    word: AtomicUsize,
    resource: Resource,
    door: Door<State>,
}

#[derive(Debug)]
struct State {
    /// Made for the first who has to wait.
    line: Option<Box<Line<Wish>>>,
    /// How many permits there are, taken or not.
    total: usize,
    /// Permits were made or destroyed by hand: holders are not the only ones who can give some.
    open_ended: bool,
}

/// What a place in the line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// So many permits. They are taken from the pool when the place is served.
    Permits(usize),
    /// None: the semaphore was closed.
    Refused,
}

impl State {
    fn line(&mut self) -> &mut Line<Wish> {
        self.line.get_or_insert_default()
    }
}

impl Pool {
    pub(super) const fn new(permits: usize, origin: Origin) -> Self {
        Self {
            word: AtomicUsize::new(permits * PERMIT),
            resource: Resource::new(Kind::Semaphore, origin),
            door: Door::new(State { line: None, total: permits, open_ended: false }),
        }
    }

    pub(super) fn available(&self) -> usize {
        self.word.load(Relaxed) / PERMIT
    }

    pub(super) fn is_closed(&self) -> bool {
        self.word.load(Relaxed) & CLOSED != 0
    }

    /// Takes permits if that needs no waiting.
    #[inline]
    pub(super) fn try_take(&self, count: usize) -> Result<(), TryAcquireError> {
        self.try_from(count).map_err(|seen| match seen & CLOSED {
            0 => TryAcquireError::NoPermits,
            _ => TryAcquireError::Closed,
        })
    }

    /// Takes permits in its turn.
    #[inline]
    pub(super) fn poll_take(
        &self,
        turn: &mut Turn,
        count: usize,
        cx: &Context<'_>,
    ) -> Poll<Result<(), AcquireError>> {
        ready!(budget::proceed(cx));
        let taken = match turn.is_in_line() || self.try_from(count).is_err() {
            true => ready!(self.poll_line(turn, count, cx)),
            false => Ok(()),
        };
        budget::spend();
        Poll::Ready(taken)
    }

    /// Gives permits back.
    #[inline]
    pub(super) fn give(&self, count: usize) {
        if count > 0 && self.word.fetch_add(count * PERMIT, Release) & QUEUED != 0 {
            let mut inside = self.door.enter();
            let Inside { state, wakes } = &mut inside;
            self.serve(state, wakes);
            self.note(state);
        }
    }

    /// Makes permits. Says whether there is room for so many.
    pub(super) fn make(&self, count: usize) -> bool {
        let mut inside = self.door.enter();
        let Inside { state, wakes } = &mut inside;
        let fits = state.total.checked_add(count).filter(|&total| total <= MAX_PERMITS);
        if let Some(total) = fits {
            state.total = total;
            state.open_ended = true;
            self.word.fetch_add(count * PERMIT, Release);
            self.serve(state, wakes);
            self.note(state);
        }
        fits.is_some()
    }

    /// Destroys permits that somebody has taken.
    pub(super) fn destroy(&self, count: usize) {
        let mut inside = self.door.enter();
        inside.state.total -= count;
        inside.state.open_ended = true;
        self.note(&inside.state);
    }

    /// Destroys up to `count` permits that nobody has; says how many.
    pub(super) fn drain(&self, count: usize) -> usize {
        let mut inside = self.door.enter();
        let mut seen = self.word.load(Relaxed);
        let drained = loop {
            let drained = count.min(seen / PERMIT);
            let less = seen - drained * PERMIT;
            match self.word.compare_exchange(seen, less, Acquire, Relaxed) {
                Ok(_) => break drained,
                Err(now) => seen = now,
            }
        };
        inside.state.total -= drained;
        inside.state.open_ended = true;
        self.note(&inside.state);
        drained
    }

    /// Refuses everybody who waits, and everybody who comes.
    pub(super) fn close(&self) {
        let mut inside = self.door.enter();
        let Inside { state, wakes } = &mut inside;
        self.word.fetch_or(CLOSED, Relaxed);
        self.word.fetch_and(!QUEUED, Relaxed);
        if let Some(line) = &mut state.line {
            while line.serve(wakes, |wish| *wish = Wish::Refused).is_some() {}
        }
        self.note(state);
    }

    /// Ends a turn that will not be polled again; what it was given goes back.
    #[inline]
    pub(super) fn abandon(&self, turn: &mut Turn) {
        if turn.is_in_line() {
            self.leave(turn);
        }
    }

    /// Notes who has permits.
    #[inline]
    pub(super) fn sign(&self, op: Op, site: Site) -> Edge {
        Edge::hold(op, &self.resource, site)
    }

    /// Takes permits; or says what stands against it.
    #[inline]
    fn try_from(&self, count: usize) -> Result<(), usize> {
        let mut seen = self.word.load(Relaxed);
        while seen & (CLOSED | QUEUED) == 0 && seen / PERMIT >= count {
            let less = seen - count * PERMIT;
            match self.word.compare_exchange(seen, less, Acquire, Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) => seen = now,
            }
        }
        Err(seen)
    }

    #[cold]
    fn poll_line(
        &self,
        turn: &mut Turn,
        count: usize,
        cx: &Context<'_>,
    ) -> Poll<Result<(), AcquireError>> {
        turn.settle();
        let mut inside = self.door.enter();
        let line = inside.state.line();
        if line.is_served(turn) {
            return Poll::Ready(match line.leave(turn) {
                Some(Wish::Refused) => Err(AcquireError(())),
                _ => Ok(()),
            });
        }
        // Takes the permits; or, in one step with finding too few, says that it waits.
        while !turn.is_in_line() {
            let Err(seen) = self.try_from(count) else { return Poll::Ready(Ok(())) };
            if seen & CLOSED != 0 {
                return Poll::Ready(Err(AcquireError(())));
            }
            let flagged = self.word.compare_exchange(seen, seen | QUEUED, Relaxed, Relaxed);
            if flagged.is_ok() {
                break;
            }
        }
        let parked = line.park(turn, &self.resource, || Wish::Permits(count), cx);
        self.note(&inside.state);
        parked
    }

    #[cold]
    fn leave(&self, turn: &mut Turn) {
        let mut inside = self.door.enter();
        let Inside { state, wakes } = &mut inside;
        let served = state.line().is_served(turn);
        if let (true, Some(Wish::Permits(count))) = (served, state.line().leave(turn)) {
            self.word.fetch_add(count * PERMIT, Release);
        }
        self.serve(state, wakes);
        self.note(state);
    }

    /// Serves the line as far as the permits go.
    fn serve(&self, state: &mut State, wakes: &mut Wakes) {
        let Some(line) = &mut state.line else { return };
        while let Some(&Wish::Permits(count)) = line.first() {
            // Acquire: who is served comes after all who gave back, not only after the last.
            if self.word.load(Acquire) / PERMIT < count {
                return;
            }
            self.word.fetch_sub(count * PERMIT, Relaxed);
            line.serve(wakes, |_| ());
        }
        self.word.fetch_and(!QUEUED, Relaxed);
    }

    /// Tells the registry how things stand: permits in all and in the pool, whether others than
    /// holders can give some, and how many wait.
    fn note(&self, state: &State) {
        let record = self.resource.record();
        record.capacity.store(state.total as u64, Relaxed);
        record.level.store(self.available() as i64, Relaxed);
        record.givers.store(u32::from(state.open_ended), Relaxed);
        let asleep = state.line.as_ref().map_or(0, |line| line.len());
        record.takers.store(asleep as u32, Relaxed);
    }
}
