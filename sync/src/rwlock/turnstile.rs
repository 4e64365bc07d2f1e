//! The lock of a reader-writer lock, without its value: who may go in, and who waits.
//!
//! Go's order: a writer that waits stops new readers; when a writer leaves, all readers that waited
//! go in before the next writer does; when the last reader leaves, the next writer goes in.
//!
//! As with Go's mutex, whoever is next is *woken*, and competes with those who come by: until it is
//! there, the lock is free. Were it handed over at once, all who run would find it taken by tasks
//! that are still on their way, and would go to sleep themselves, so that from the first collision on
//! each use cost a wait and a wake (`rwlock_95`, 64 tasks: 240 ns, now 22). If one of those in front
//! has waited for [1 ms](super::queues), the lock *is* handed over, and nobody passes the line.
//!
//! A use that has not to wait is one locked exchange to go in and one locked subtraction to leave. Who
//! found nobody inside signs in the lock's record, the others by an edge of their task's: as long as
//! one is inside nobody finds it empty, so that no two sign there.
//!
//! Invariants:
//! * the word counts the readers inside, or says `WRITER`: those who hold the lock, and those who
//!   were handed it and have not come back;
//! * `QUEUED` changes inside the door only, and is set only while somebody sleeps; while it is set,
//!   only those inside the door let anybody in;
//! * while somebody sleeps, `QUEUED` is set and somebody is inside, or one who was woken has not come
//!   back, or somebody is on the way to the door;
//! * while a writer sleeps and somebody is inside, `QUEUED` is set, unless one who was woken has not
//!   come back: then it is set when he does.

use std::mem;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::registry::{Erased, Origin, Resource, Signature};
use wakeful_diagnostics::{order, pulse};

use super::queues::Mode::{Read, Write};
use super::queues::{QUEUED, Queues, READER, WRITER, Wait};
use crate::shim::AtomicUsize;
use crate::wait::{Inside, Room, Turn, Wakes, budget};

pub(super) use super::queues::Mode;

/// A reader-writer lock that guards nothing by itself.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Turnstile {
    resource: Resource,
    word: AtomicUsize,
    /// Made for the first who has to wait: most locks are small and never see one.
    door: Room<Queues>,
}

impl Turnstile {
    /// The turnstile of a value of this type.
    pub(super) const fn new(origin: Origin, type_name: fn() -> &'static str) -> Self {
        Self {
            word: AtomicUsize::new(0),
            resource: Resource::of_type(Kind::RwLock, origin, type_name),
            door: Room::unentered(),
        }
    }

    pub(super) const fn set_subclass(&mut self, subclass: u8) {
        self.resource.set_subclass(Kind::RwLock, subclass);
    }

    /// Goes in if that needs no waiting, without being asked for its order.
    #[inline]
    pub(super) fn try_enter(&self, mode: Mode, how: Op, site: Site) -> Option<Signature> {
        let pulse = pulse::now();
        if !pulse.has_order() && self.enter_empty(mode) {
            return Some(Signature::in_record(how, &self.resource, site, pulse.tick()));
        }
        self.try_otherwise(mode, how, site)
    }

    #[cold]
    fn try_otherwise(&self, mode: Mode, how: Op, site: Site) -> Option<Signature> {
        if order::is_on() {
            self.note_mode(mode);
        }
        self.enter_now(mode).then(|| Signature::by_edge(how, &self.resource, site))
    }

    /// Readers that nobody keeps waiting have no order.
    fn note_mode(&self, mode: Mode) {
        if mode == Write {
            self.resource.note_written();
        }
    }

    fn enter_now(&self, mode: Mode) -> bool {
        self.try_from(mode) || (self.door.is_loose() && self.tidy() && self.try_from(mode))
    }

    /// Goes in in its turn: to write if that is what `turn` is for, to read otherwise; `how` it is
    /// held then. Who finds it empty is the only one who may sign in its record.
    #[inline]
    pub(super) fn poll_enter(&self, turn: &mut Turn, how: Op, cx: &Context<'_>) -> Poll<Signature> {
        let mode = Mode::of(turn.op());
        let pulse = pulse::now();
        if !turn.is_in_line() && budget::is_left() && !pulse.has_order() && self.enter_empty(mode) {
            budget::spend();
            return Poll::Ready(Signature::in_record(
                how,
                &self.resource,
                turn.site(),
                pulse.tick(),
            ));
        }
        self.poll_otherwise(turn, how, cx)
    }

    /// As [`poll_enter`](Self::poll_enter), where anything stands in the way of doing it at once.
    #[cold]
    fn poll_otherwise(&self, turn: &mut Turn, how: Op, cx: &Context<'_>) -> Poll<Signature> {
        ready!(budget::proceed(cx));
        let mode = Mode::of(turn.op());
        if order::is_on() {
            self.note_mode(mode);
            turn.announce(&self.resource, cx);
        }
        if turn.is_in_line() || !self.enter_now(mode) {
            ready!(self.poll_line(turn, cx));
        }
        budget::spend();
        Poll::Ready(Signature::by_edge(how, &self.resource, turn.site()))
    }

    /// Goes out.
    #[inline]
    pub(super) fn exit(&self, mode: Mode, signature: &mut Signature) {
        let erased = signature.strike_out(&self.resource);
        let left = self.word.fetch_sub(mode.weight(), Release) - mode.weight();
        // Only the last one out has somebody to let in.
        if left == QUEUED {
            self.call(mode, erased);
        }
    }

    /// Signs anew, for who alone is inside to write and is going to read.
    pub(super) fn sign_to_read(&self, signature: &mut Signature, site: Site) -> Signature {
        signature.strike_out(&self.resource);
        let pulse = pulse::now();
        match pulse.has_order() {
            false => Signature::in_record(Op::HoldsRead, &self.resource, site, pulse.tick()),
            true => Signature::by_edge(Op::HoldsRead, &self.resource, site),
        }
    }

    /// Stays inside, to read, where one was to write.
    pub(super) fn downgrade(&self) {
        // Release: readers that come in from now on see what was written.
        let before = self.word.fetch_add(READER - WRITER, Release);
        if before & QUEUED != 0 {
            let mut inside = self.enter();
            let Inside { state: queues, wakes } = &mut inside;
            self.let_in(queues, wakes, Some(Write));
            self.note(queues);
        }
    }

    /// Ends a turn that will not be polled again; what it was given goes on.
    #[inline]
    pub(super) fn abandon(&self, turn: &mut Turn) {
        if turn.is_in_line() {
            self.leave(turn);
        }
    }

    /// Comes to the door, and takes off the word what lies loose.
    fn enter(&self) -> Inside<'_, Queues> {
        let (mut inside, loose) = self.door.enter(&self.resource);
        let waiting = inside.state.len();
        inside.state.meter.run(waiting);
        if loose {
            let Inside { state: queues, wakes } = &mut inside;
            self.word.fetch_sub(mem::take(&mut queues.loose), Release);
            self.let_in(queues, wakes, None);
        }
        inside
    }

    #[cold]
    fn tidy(&self) -> bool {
        drop(self.enter());
        true
    }

    /// Goes in if nobody is inside, and nobody waits.
    #[inline]
    fn enter_empty(&self, mode: Mode) -> bool {
        // Readers often find others inside, where to try in vain would take the line from them.
        (mode == Write || self.word.load(Relaxed) == 0)
            && self.word.compare_exchange(0, mode.weight(), Acquire, Relaxed).is_ok()
    }

    /// Goes in if nothing in the word speaks against it.
    fn try_from(&self, mode: Mode) -> bool {
        let mut seen = self.word.load(Relaxed);
        while seen & mode.excluded_by() == 0 {
            match self.word.compare_exchange(seen, seen + mode.weight(), Acquire, Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    #[cold]
    fn poll_line(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<()> {
        let mode = Mode::of(turn.op());
        turn.settle();
        let mut inside = self.enter();
        let Inside { state: queues, wakes } = &mut inside;
        let line = queues.line(mode);
        if line.is_asleep(turn) {
            return line.park(turn, &self.resource, Wait::begin, cx);
        }
        let was_served = line.is_served(turn);
        if was_served && line.slot(turn).is_some_and(|wait| wait.is_handed()) {
            line.leave(turn);
            return Poll::Ready(());
        }
        queues.woken -= usize::from(was_served);
        let had_place = turn.is_in_line();
        let goes_in = self.enter_or_queue(queues, mode, was_served);
        let line = queues.line(mode);
        if goes_in {
            line.leave(turn);
        } else if was_served {
            line.park_first(turn, &self.resource, cx);
        } else {
            let _: Poll<()> = line.park(turn, &self.resource, Wait::begin, cx);
        }
        if had_place {
            // It was the one to come, or it may be the first now.
            self.let_in(queues, wakes, None);
        }
        self.note(queues);
        if goes_in { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Goes in; or, in one step with finding that it cannot, sees to it that somebody will come.
    /// Those who were woken were waited for: no other who waits keeps them out.
    fn enter_or_queue(&self, queues: &Queues, mode: Mode, was_served: bool) -> bool {
        let excluded = mode.excluded_by() & if was_served { !QUEUED } else { usize::MAX };
        // To one who is still to come it is left to raise the flag, unless new readers are to stop.
        let flag = if mode == Read && queues.woken > 0 { 0 } else { QUEUED };
        let mut seen = self.word.load(Relaxed);
        loop {
            let goes_in = seen & excluded == 0;
            let then = if goes_in { seen + mode.weight() } else { seen | flag };
            match self.word.compare_exchange(seen, then, Acquire, Relaxed) {
                Ok(_) => return goes_in,
                Err(now) => seen = now,
            }
        }
    }

    #[cold]
    fn call(&self, left: Mode, erased: Erased) {
        let mut inside = self.enter();
        let Inside { state: queues, wakes } = &mut inside;
        let site = || erased.site().or_else(|| self.resource.last_taken_at());
        queues.meter.charge(left.op(), site);
        self.let_in(queues, wakes, Some(left));
        self.note(queues);
    }

    #[cold]
    fn leave(&self, turn: &mut Turn) {
        let mode = Mode::of(turn.op());
        let mut inside = self.enter();
        let Inside { state: queues, wakes } = &mut inside;
        let line = queues.line(mode);
        let was_served = line.is_served(turn);
        let was_handed = was_served && line.slot(turn).is_some_and(|wait| wait.is_handed());
        line.leave(turn);
        if was_handed {
            self.word.fetch_sub(mode.weight(), Release);
        } else {
            queues.woken -= usize::from(was_served);
        }
        self.let_in(queues, wakes, None);
        self.note(queues);
    }

    /// Lets in whoever may go in now that somebody may have left, or sees to it that somebody will
    /// come who does.
    fn let_in(&self, queues: &mut Queues, wakes: &mut Wakes, left: Option<Mode>) {
        // Acquire: who is let in comes after all who went out, not only after the one at the door.
        let mut seen = self.word.load(Acquire);
        loop {
            let inside = seen & !QUEUED;
            let (then, served) = queues.then(inside, left);
            if then != seen {
                if let Err(now) = self.word.compare_exchange(seen, then, Acquire, Acquire) {
                    seen = now;
                    continue;
                }
            }
            if let Some((mode, is_handed)) = served {
                queues.serve(mode, is_handed, self.resource.index(), wakes);
            }
            return;
        }
    }

    /// Tells the registry how things stand: readers inside or -1 for a writer, those who wait to
    /// write, and all who wait. While one who was woken has not come back, others come and go without
    /// a word: then nobody is said to be inside.
    fn note(&self, queues: &Queues) {
        let record = self.resource.record();
        let level = match self.word.load(Relaxed) {
            _ if queues.woken > 0 => 0,
            word if word & WRITER != 0 => -1,
            word => (word / READER) as i64,
        };
        record.level.store(level, Relaxed);
        record.givers.store(queues.writers.len() as u32, Relaxed);
        record.takers.store(queues.len() as u32, Relaxed);
    }
}
