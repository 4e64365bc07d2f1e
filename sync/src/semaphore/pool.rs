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
//! * nobody sleeps once `CLOSED` is set;
//! * `SIGNED` is set by who takes permits, and cleared when his are given back: he alone may sign in the
//!   record, and everybody else does so by an edge of their task's.

use std::mem;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::pulse::{self, Pulse};
use wakeful_diagnostics::registry::{Origin, Resource, Signature};

use super::queue::{State, Wish};
use crate::error::{AcquireError, TryAcquireError};
use crate::shim::AtomicUsize;
use crate::wait::{Inside, Room, Turn, Wakes, budget};

/// No permits any more.
const CLOSED: usize = 1;
/// Somebody waits.
const QUEUED: usize = 2;
/// The room to sign in the record is taken.
const SIGNED: usize = 4;
/// One permit; their number lies above the flags.
const PERMIT: usize = 8;

/// As many permits as there may be: tokio's number, so that code that comes from there fits.
pub(super) const MAX_PERMITS: usize = usize::MAX >> 3;

#[derive(Debug)]
pub(super) struct Pool {
    word: AtomicUsize,
    resource: Resource,
    door: Room<State>,
    /// As many as there were at first.
    made: usize,
}

impl Pool {
    pub(super) const fn new(permits: usize, origin: Origin) -> Self {
        Self {
            word: AtomicUsize::new(permits * PERMIT),
            resource: Resource::new(Kind::Semaphore, origin),
            door: Room::unentered(),
            made: permits,
        }
    }

    pub(super) fn available(&self) -> usize {
        self.tidy();
        self.word.load(Relaxed) / PERMIT
    }

    pub(super) fn is_closed(&self) -> bool {
        self.word.load(Relaxed) & CLOSED != 0
    }

    /// Takes permits if that needs no waiting.
    #[inline]
    pub(super) fn try_take(
        &self,
        count: u32,
        how: Op,
        site: Site,
    ) -> Result<Signature, TryAcquireError> {
        let pulse = pulse::now();
        if let Some(is_first) = self.take_at_once(pulse, count) {
            return Ok(self.sign(is_first, how, site, pulse));
        }
        self.try_otherwise(count, how, site)
    }

    #[cold]
    fn try_otherwise(&self, count: u32, how: Op, site: Site) -> Result<Signature, TryAcquireError> {
        let mut taken = self.try_from(count as usize);
        if taken.is_err() && self.tidy() {
            taken = self.try_from(count as usize);
        }
        match taken {
            Ok(()) => Ok(self.sign_for(count, how, site)),
            Err(seen) if seen & CLOSED == 0 => Err(TryAcquireError::NoPermits),
            Err(_) => Err(TryAcquireError::Closed),
        }
    }

    /// Takes permits in its turn; `how` they are held then.
    #[inline]
    pub(super) fn poll_take(
        &self,
        turn: &mut Turn,
        count: u32,
        how: Op,
        cx: &Context<'_>,
    ) -> Poll<Result<Signature, AcquireError>> {
        let may_pass = !turn.is_in_line() && budget::is_left();
        let pulse = pulse::now();
        if let Some(is_first) = may_pass.then(|| self.take_at_once(pulse, count)).flatten() {
            budget::spend();
            return Poll::Ready(Ok(self.sign(is_first, how, turn.site(), pulse)));
        }
        self.poll_otherwise(turn, count, how, cx)
    }

    /// As [`poll_take`](Self::poll_take), where anything stands in the way of doing it at once.
    #[cold]
    fn poll_otherwise(
        &self,
        turn: &mut Turn,
        count: u32,
        how: Op,
        cx: &Context<'_>,
    ) -> Poll<Result<Signature, AcquireError>> {
        ready!(budget::proceed(cx));
        let taken = match turn.is_in_line() || self.try_from(count as usize).is_err() {
            true => ready!(self.poll_line(turn, count as usize, cx)),
            false => Ok(()),
        };
        budget::spend();
        Poll::Ready(taken.map(|()| self.sign_for(count, how, turn.site())))
    }

    /// Notes who has permits: in the record, if that was free.
    #[inline]
    fn sign(&self, is_first: bool, how: Op, site: Site, pulse: Pulse) -> Signature {
        match is_first {
            true => Signature::in_record(how, &self.resource, site, pulse.tick()),
            false => Signature::by_edge(how, &self.resource, site),
        }
    }

    /// Notes who has permits, if they are worth something: verdicts count those who have some.
    pub(super) fn sign_for(&self, count: u32, how: Op, site: Site) -> Signature {
        match count {
            0 => Signature::none(),
            _ => Signature::by_edge(how, &self.resource, site),
        }
    }

    /// Strikes out who has permits.
    #[inline]
    pub(super) fn strike_out(&self, signature: &mut Signature) {
        self.give(0, signature);
    }

    /// Gives permits back, and who has signed for them.
    #[inline]
    pub(super) fn give(&self, count: u32, signature: &mut Signature) {
        let claim = if signature.is_in_record() { SIGNED } else { 0 };
        signature.strike_out(&self.resource);
        let back = (count as usize * PERMIT).wrapping_sub(claim);
        if back != 0 && self.word.fetch_add(back, Release) & QUEUED != 0 {
            self.call();
        }
    }

    #[cold]
    fn call(&self) {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        self.serve(state, wakes);
        self.note(state);
    }

    /// Makes permits. Says whether there is room for so many.
    pub(super) fn make(&self, count: usize) -> bool {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        let total = self.total(state);
        let fits = total.checked_add(count).filter(|&total| total <= MAX_PERMITS);
        if fits.is_some() {
            state.added += count as isize;
            state.open_ended = true;
            self.word.fetch_add(count * PERMIT, Release);
            self.serve(state, wakes);
            self.note(state);
        }
        fits.is_some()
    }

    /// Destroys permits that somebody has taken.
    pub(super) fn destroy(&self, count: usize) {
        let mut inside = self.enter();
        inside.state.added -= count as isize;
        inside.state.open_ended = true;
        self.note(&inside.state);
    }

    /// Destroys up to `count` permits that nobody has; says how many.
    pub(super) fn drain(&self, count: usize) -> usize {
        let mut inside = self.enter();
        let mut seen = self.word.load(Relaxed);
        let drained = loop {
            let drained = count.min(seen / PERMIT);
            let less = seen - drained * PERMIT;
            match self.word.compare_exchange(seen, less, Acquire, Relaxed) {
                Ok(_) => break drained,
                Err(now) => seen = now,
            }
        };
        inside.state.added -= drained as isize;
        inside.state.open_ended = true;
        self.note(&inside.state);
        drained
    }

    /// Refuses everybody who waits, and everybody who comes.
    pub(super) fn close(&self) {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        self.word.fetch_or(CLOSED, Relaxed);
        self.word.fetch_and(!QUEUED, Relaxed);
        while state.line.serve(wakes, |wish| *wish = Wish::Refused).is_some() {}
        self.note(state);
    }

    /// Ends a turn that will not be polled again; what it was given goes back.
    #[inline]
    pub(super) fn abandon(&self, turn: &mut Turn) {
        if turn.is_in_line() {
            self.leave(turn);
        }
    }

    /// Comes to the door, and puts back what lies loose.
    fn enter(&self) -> Inside<'_, State> {
        let (mut inside, loose) = self.door.enter(&self.resource);
        if loose {
            let Inside { state, wakes } = &mut inside;
            self.word.fetch_add(mem::take(&mut state.loose) * PERMIT, Release);
            self.serve(state, wakes);
        }
        inside
    }

    /// Puts back what lies loose; whether there was anything.
    fn tidy(&self) -> bool {
        let loose = self.door.is_loose();
        if loose {
            drop(self.enter());
        }
        loose
    }

    const fn total(&self, state: &State) -> usize {
        self.made.wrapping_add_signed(state.added)
    }

    /// Takes permits that are worth something, if nothing stands against that; says whether the room to
    /// sign in the record came with them.
    #[inline]
    fn take_at_once(&self, pulse: Pulse, count: u32) -> Option<bool> {
        if pulse.has_order() || count == 0 {
            return None;
        }
        let (mut seen, count) = (self.word.load(Relaxed), count as usize);
        while seen & (CLOSED | QUEUED) == 0 && seen / PERMIT >= count {
            let then = (seen | SIGNED) - count * PERMIT;
            match self.word.compare_exchange(seen, then, Acquire, Relaxed) {
                Ok(_) => return Some(seen & SIGNED == 0),
                Err(now) => seen = now,
            }
        }
        None
    }

    /// Takes permits; or says what stands against it.
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
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        let line = &mut state.line;
        if line.is_served(turn) {
            return Poll::Ready(match line.leave(turn) {
                Some(Wish::Refused) => Err(AcquireError(())),
                _ => Ok(()),
            });
        }
        // Takes the permits; or, in one step with finding too few, says that it waits.
        let joins = !line.is_asleep(turn);
        if joins {
            loop {
                let Err(seen) = self.try_from(count) else {
                    line.leave(turn);
                    return Poll::Ready(Ok(()));
                };
                if seen & CLOSED != 0 {
                    line.leave(turn);
                    return Poll::Ready(Err(AcquireError(())));
                }
                let flagged = self.word.compare_exchange(seen, seen | QUEUED, Relaxed, Relaxed);
                if flagged.is_ok() {
                    break;
                }
            }
        }
        let again = joins && turn.is_in_line();
        let parked = line.park(turn, &self.resource, || Wish::Permits(count), cx);
        if again {
            // It may be the first now, where there is enough for it.
            self.serve(state, wakes);
        }
        self.note(state);
        parked
    }

    #[cold]
    fn leave(&self, turn: &mut Turn) {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        let served = state.line.is_served(turn);
        if let (true, Some(Wish::Permits(count))) = (served, state.line.leave(turn)) {
            self.word.fetch_add(count * PERMIT, Release);
        }
        self.serve(state, wakes);
        self.note(state);
    }

    /// Serves the line as far as the permits go.
    fn serve(&self, state: &mut State, wakes: &mut Wakes) {
        while let Some(&Wish::Permits(count)) = state.line.first() {
            // Acquire: who is served comes after all who gave back, not only after the last.
            if self.word.load(Acquire) / PERMIT < count {
                return;
            }
            self.word.fetch_sub(count * PERMIT, Relaxed);
            state.line.grant(self.resource.index(), wakes, |_| ());
        }
        self.word.fetch_and(!QUEUED, Relaxed);
    }

    /// Tells the registry how things stand: permits in all and in the pool, whether others than
    /// holders can give some, and how many wait.
    fn note(&self, state: &State) {
        let record = self.resource.record();
        record.capacity.store(self.total(state) as u64, Relaxed);
        record.level.store(self.available() as i64, Relaxed);
        record.givers.store(u32::from(state.open_ended), Relaxed);
        record.takers.store(state.line.len() as u32, Relaxed);
    }
}
