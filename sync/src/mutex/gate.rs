//! The lock of a mutex, without its value: who may go in, and who waits.
//!
//! Go's two modes. Normally an unlock frees the lock and wakes the first in line, who then competes
//! with whoever happens to come by, and goes back to the front if it loses: locking is cheap while
//! the lock is busy. A loser that has waited for [`STARVES_AFTER`] makes the gate *starving*: nobody
//! passes the line any more, and each unlock hands the lock to the first in it, until that one is
//! the last or has not waited long.
//!
//! A use that has not to wait is one locked exchange from nothing to `LOCKED`, and one locked
//! subtraction that leaves nothing; what else there is to do is a flag, and takes the other way.
//!
//! Invariants:
//! * `LOCKED` or `EDGED` is set exactly while there is one holder, or one turn that was handed the lock
//!   and has not collected it;
//! * `EDGED` is set by the holder, and cleared by whoever gives the lock back after `LOCKED`: while it
//!   is set, the lock is taken, and `held` is an edge that is to be erased before it is free;
//! * while `FRESH` is clear, the resource is prepared to be signed;
//! * `CALL` and `STARVING` change inside the door only; `STARVING` implies that somebody sleeps;
//! * while somebody sleeps, `CALL` is set or one woken turn has not come back yet;
//! * `held` is touched by the holder only, and is no edge unless `EDGED` is set.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::registry::{Edge, Erased, Origin, Resource};
use wakeful_diagnostics::{order, pulse};

use super::queue::{Queue, Served};
use crate::shim::{AtomicU32, Stopwatch, UnsafeCell};
use crate::wait::{Inside, Room, Turn, Wakes, budget};

/// The lock is taken.
const LOCKED: u32 = 1;
/// An unlock has to look at the line.
const CALL: u32 = 2;
/// Only the line gets the lock.
const STARVING: u32 = 4;
/// An edge of the task's tells who holds the lock.
const EDGED: u32 = 8;
/// No task has ever taken the lock.
const FRESH: u32 = 16;

/// Somebody has the lock.
const TAKEN: u32 = LOCKED | EDGED;

/// Go's constant.
const STARVES_AFTER: Duration = Duration::from_millis(1);

/// A lock that guards nothing by itself.
///
/// A mutex begins with its gate, and that with its resource: a reference to the mutex is known by
/// the address of the resource.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Gate {
    resource: Resource,
    word: AtomicU32,
    held: UnsafeCell<Edge>,
    /// Made for the first who has to wait: most locks are small and never see one.
    door: Room<Queue>,
}

// SAFETY: `held` is the only part that is not `Sync`; the lock itself orders the accesses to it,
// and an `Edge` may be dropped by any thread.
unsafe impl Sync for Gate {}

impl Gate {
    /// The gate of a value of this type.
    pub(crate) const fn new(origin: Origin, type_name: fn() -> &'static str) -> Self {
        Self {
            resource: Resource::of_type(Kind::Mutex, origin, type_name),
            word: AtomicU32::new(FRESH),
            held: UnsafeCell::new(Edge::none()),
            door: Room::unentered(),
        }
    }

    pub(super) const fn set_subclass(&mut self, subclass: u8) {
        self.resource.set_subclass(Kind::Mutex, subclass);
    }

    /// Takes the lock if that needs no waiting.
    #[inline]
    pub(crate) fn try_take(&self, how: Op, site: Site) -> bool {
        let taken = self.grab() || (self.door.is_loose() && self.take_loose());
        if taken {
            self.sign(how, site);
        }
        taken
    }

    /// Takes the lock in its turn; `how` it is held then.
    #[inline]
    pub(crate) fn poll_take(&self, turn: &mut Turn, how: Op, cx: &Context<'_>) -> Poll<()> {
        let pulse = pulse::now();
        if !turn.is_in_line() && budget::is_left() && !pulse.has_order() && self.grab_idle() {
            self.resource.sign(how, turn.site(), pulse.tick());
            budget::spend();
            return Poll::Ready(());
        }
        self.poll_otherwise(turn, how, cx)
    }

    /// As [`poll_take`](Self::poll_take), where anything stands in the way of doing it at once.
    #[cold]
    fn poll_otherwise(&self, turn: &mut Turn, how: Op, cx: &Context<'_>) -> Poll<()> {
        ready!(budget::proceed(cx));
        if order::is_on() {
            turn.announce(&self.resource, cx);
        }
        if turn.is_in_line() || !self.grab() {
            ready!(self.poll_line(turn, cx));
        }
        self.sign(how, turn.site());
        budget::spend();
        Poll::Ready(())
    }

    /// Gives the lock back.
    #[inline]
    pub(crate) fn release(&self) {
        self.resource.strike_out();
        let left = self.word.fetch_sub(LOCKED, Release) - LOCKED;
        if left != 0 {
            self.finish_release(left);
        }
    }

    /// `seen`: what was left in the word. It may be another one's by now, unless it says `EDGED`.
    #[cold]
    fn finish_release(&self, mut seen: u32) {
        let mut erased = Erased::NOTHING;
        if seen & EDGED != 0 {
            erased = self.held.with_mut(|held| {
                // SAFETY: while `EDGED` is set, only the caller, who has held the lock, touches `held`.
                unsafe { &mut *held }.erase()
            });
            seen = self.word.fetch_and(!EDGED, Release);
        }
        if seen & CALL != 0 {
            self.call(erased);
        }
    }

    /// Ends a turn that will not be polled again; what it was given goes to the next.
    #[inline]
    pub(crate) fn abandon(&self, turn: &mut Turn) {
        if turn.is_in_line() {
            self.leave(turn);
        }
    }

    /// Whether the lock is taken at this moment.
    pub(crate) fn is_taken(&self) -> bool {
        self.word.load(Relaxed) & TAKEN != 0
    }

    /// Takes the lock if there is nothing else to do.
    #[inline]
    fn grab_idle(&self) -> bool {
        self.word.compare_exchange(0, LOCKED, Acquire, Relaxed).is_ok()
    }

    #[inline]
    fn grab(&self) -> bool {
        self.grab_idle() || self.grab_from(self.word.load(Relaxed))
    }

    /// Takes the lock unless it is taken, or belongs to the line.
    fn grab_from(&self, mut seen: u32) -> bool {
        while seen & (TAKEN | STARVING) == 0 {
            let is_fresh = seen & FRESH != 0 && !self.resource.prepare();
            let then = LOCKED | if is_fresh { seen } else { seen & !FRESH };
            match self.word.compare_exchange(seen, then, Acquire, Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// Takes the lock if it is taken by nobody.
    #[cold]
    fn take_loose(&self) -> bool {
        drop(self.enter());
        self.grab()
    }

    /// Notes who holds the lock: in its record, or, if the order of locks is asked for, by an edge of
    /// the task's.
    #[inline]
    fn sign(&self, how: Op, site: Site) {
        let pulse = pulse::now();
        if pulse.has_order() {
            self.sign_by_edge(how, site);
        } else {
            self.resource.sign(how, site, pulse.tick());
        }
    }

    #[cold]
    fn sign_by_edge(&self, how: Op, site: Site) {
        let edge = Edge::hold(how, &self.resource, site);
        self.held.with_mut(|held| {
            // SAFETY: the caller has just taken the lock, so nobody else touches `held`. What it
            // had to drop was erased by the last `release`.
            unsafe { held.write(edge) };
        });
        self.word.fetch_or(EDGED, Relaxed);
    }

    /// Comes to the door, and frees the lock if it is taken by nobody.
    #[inline]
    fn enter(&self) -> Inside<'_, Queue> {
        let (mut inside, loose) = self.door.enter(&self.resource);
        let waiting = inside.state.line.len();
        inside.state.meter.run(waiting);
        if loose && inside.state.served == Served::Loose {
            inside.state.served = Served::Nobody;
            self.word.fetch_and(!(LOCKED | CALL | STARVING), Release);
        }
        inside
    }

    #[cold]
    fn poll_line(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<()> {
        turn.settle();
        let mut inside = self.enter();
        let Queue { line, served, .. } = &mut *inside.state;
        let mine = line.is_served(turn);
        if line.is_asleep(turn) {
            return line.park(turn, &self.resource, Stopwatch::start, cx);
        }
        if mine && *served == Served::Handed {
            *served = Served::Nobody;
            line.leave(turn);
            return Poll::Ready(());
        }
        // A woken turn that is still on its way will raise the flag when it comes.
        let call = if *served == Served::Woken && !mine { 0 } else { CALL };
        if self.grab_or_flag(call) {
            line.leave(turn);
            if mine {
                *served = Served::Nobody;
                if !line.is_empty() {
                    self.word.fetch_or(CALL, Relaxed);
                }
            }
            return Poll::Ready(());
        }
        if mine {
            *served = Served::Nobody;
            let since = line.park_first(turn, &self.resource, cx);
            if since.is_some_and(|since| since.exceeds(STARVES_AFTER)) {
                self.word.fetch_or(STARVING, Relaxed);
            }
        } else {
            let _: Poll<()> = line.park(turn, &self.resource, Stopwatch::start, cx);
        }
        self.note(&inside.state);
        Poll::Pending
    }

    /// Takes the lock; or, in one step with finding it taken, raises a flag for whoever has it.
    fn grab_or_flag(&self, flag: u32) -> bool {
        let mut seen = self.word.load(Relaxed);
        loop {
            if self.grab_from(seen) {
                return true;
            }
            seen = self.word.load(Relaxed);
            if seen & (TAKEN | STARVING) == 0 {
                continue;
            }
            match self.word.compare_exchange(seen, seen | flag, Relaxed, Relaxed) {
                Ok(_) => return false,
                Err(now) => seen = now,
            }
        }
    }

    #[cold]
    fn call(&self, erased: Erased) {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        let site = || erased.site().or_else(|| self.resource.last_taken_at());
        state.meter.charge(Op::Lock, site);
        self.pass_on(state, wakes);
        self.note(state);
    }

    #[cold]
    fn leave(&self, turn: &mut Turn) {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        let mine = state.line.is_served(turn);
        state.line.leave(turn);
        if mine {
            if state.served == Served::Handed {
                self.word.fetch_and(!LOCKED, Release);
            }
            state.served = Served::Nobody;
        }
        if mine || state.line.is_empty() {
            self.pass_on(state, wakes);
        }
        self.note(state);
    }

    /// Gives a free lock to the line, or sees to it that its holder will.
    fn pass_on(&self, queue: &mut Queue, wakes: &mut Wakes) {
        let Queue { line, served, .. } = queue;
        if line.is_empty() {
            self.word.fetch_and(!(CALL | STARVING), Relaxed);
            return;
        }
        if *served != Served::Nobody {
            return;
        }
        let mut seen = self.word.load(Relaxed);
        while seen & TAKEN != 0 {
            match self.word.compare_exchange(seen, seen | CALL, Relaxed, Relaxed) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
        if seen & STARVING == 0 {
            self.word.fetch_and(!CALL, Relaxed);
            *served = Served::Woken;
            line.grant(self.resource.index(), wakes, |_| ());
        } else {
            // A starving lock that is free is taken by nobody but the one inside the door. Acquire:
            // it need not be the one who gave it back.
            self.word.fetch_or(LOCKED, Acquire);
            *served = Served::Handed;
            let by = self.resource.index();
            let starved = line.grant(by, wakes, |since| since.exceeds(STARVES_AFTER));
            let over = match starved {
                _ if line.is_empty() => CALL | STARVING,
                Some(true) => 0,
                _ => STARVING,
            };
            if over != 0 {
                self.word.fetch_and(!over, Relaxed);
            }
        }
    }

    /// Tells the registry how things stand: taken or not, served and not back, asleep.
    fn note(&self, queue: &Queue) {
        let record = self.resource.record();
        record.level.store(i64::from(self.is_taken()), Relaxed);
        record.givers.store(u32::from(queue.served != Served::Nobody), Relaxed);
        record.takers.store(queue.line.len() as u32, Relaxed);
    }
}
