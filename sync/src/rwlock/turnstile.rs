//! The lock of a reader-writer lock, without its value: who may go in, and who waits.
//!
//! Go's order: a writer that waits stops new readers; when a writer leaves, all readers that waited
//! go in before the next writer does; when the last reader leaves, the next writer goes in.
//! Whoever waited is handed the lock, nobody passes the line.
//!
//! Invariants:
//! * the word counts the readers inside, or says `WRITER`: those who hold the lock, and those who
//!   were handed it and have not come back;
//! * `QUEUED` changes inside the door only, and is set exactly while somebody sleeps; while it is
//!   set, only those inside the door let anybody in;
//! * while somebody sleeps, somebody is inside, or is on the way to the door after leaving;
//! * `loose` is what the word counts of those who were let in and did not come. Whoever comes to the
//!   door next takes it off; if somebody sleeps, everybody who does was woken to come.

use std::mem;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Kind, Op};
use wakeful_diagnostics::order;
use wakeful_diagnostics::profile::contention::Meter;
use wakeful_diagnostics::registry::{Edge, Erased, Origin, Resource, Taken, TaskRecord};

use crate::shim::AtomicUsize;
use crate::wait::{Inside, Line, Recalls, Room, Turn, Wakes, budget};

const WRITER: usize = 1;
/// Somebody waits.
const QUEUED: usize = 2;
/// One reader; their number lies above the flags.
const READER: usize = 4;

/// A reader-writer lock that guards nothing by itself.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Turnstile {
    resource: Resource,
    word: AtomicUsize,
    /// Made for the first who has to wait: most locks are small and never see one.
    door: Room<Queues>,
}

#[derive(Debug)]
struct Queues {
    readers: Line<()>,
    writers: Line<()>,
    /// A writer was the last to leave: those who wait to read come first.
    readers_next: bool,
    loose: usize,
    meter: Meter,
}

/// How to go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
}

use Mode::{Read, Write};

impl Mode {
    /// What it adds to the word.
    const fn weight(self) -> usize {
        match self {
            Read => READER,
            Write => WRITER,
        }
    }

    /// What must not stand in the word.
    const fn excluded_by(self) -> usize {
        match self {
            Read => WRITER | QUEUED,
            Write => usize::MAX,
        }
    }

    /// What is waited for to go in like this.
    const fn op(self) -> Op {
        match self {
            Read => Op::Read,
            Write => Op::Write,
        }
    }

    const fn of(op: Op) -> Self {
        match op {
            Op::Write => Write,
            _ => Read,
        }
    }
}

impl Queues {
    const fn new() -> Self {
        Self {
            readers: Line::new(),
            writers: Line::new(),
            readers_next: false,
            loose: 0,
            meter: Meter::new(),
        }
    }

    fn line(&mut self, mode: Mode) -> &mut Line<()> {
        match mode {
            Read => &mut self.readers,
            Write => &mut self.writers,
        }
    }

    fn is_empty(&self) -> bool {
        self.readers.is_empty() && self.writers.is_empty()
    }
}

impl Recalls for Queues {
    fn recall(&mut self, from: &'static TaskRecord, _: u32, wakes: &mut Wakes) -> (Taken, bool) {
        let readers = self.readers.recall(from, |()| ());
        let writers = self.writers.recall(from, |()| ());
        self.loose += readers.count * Read.weight() + writers.count * Write.weight();
        if self.loose > 0 {
            self.readers.nudge(wakes);
            self.writers.nudge(wakes);
        }
        let count = readers.count + writers.count;
        (Taken { count, from: readers.from.or(writers.from) }, self.loose > 0)
    }
}

impl Turnstile {
    /// The turnstile of a value of this type.
    pub(super) const fn new(origin: Origin, type_name: fn() -> &'static str) -> Self {
        Self {
            word: AtomicUsize::new(0),
            resource: Resource::of_type(Kind::RwLock, origin, type_name),
            door: Room::new(Queues::new),
        }
    }

    pub(super) const fn set_subclass(&mut self, subclass: u8) {
        self.resource.set_subclass(Kind::RwLock, subclass);
    }

    /// Goes in if that needs no waiting, without being asked for its order.
    #[inline]
    pub(super) fn try_enter(&self, mode: Mode) -> bool {
        if order::is_on() {
            self.note_mode(mode);
        }
        self.enter_now(mode)
    }

    /// Readers that nobody keeps waiting have no order.
    fn note_mode(&self, mode: Mode) {
        if mode == Write {
            self.resource.note_written();
        }
    }

    #[inline]
    fn enter_now(&self, mode: Mode) -> bool {
        // A writer can go in only where nothing stands; a reader takes what stands there as a start.
        let guess = || if mode == Read { self.word.load(Relaxed) } else { 0 };
        self.try_from(guess(), mode).is_ok()
            || (self.door.is_loose() && self.tidy() && self.try_from(guess(), mode).is_ok())
    }

    /// Goes in in its turn: to write if that is what `turn` is for, to read otherwise.
    #[inline]
    pub(super) fn poll_enter(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<()> {
        ready!(budget::proceed(cx));
        if order::is_on() {
            self.note_mode(Mode::of(turn.op()));
            turn.announce(&self.resource, cx);
        }
        if turn.is_in_line() || !self.enter_now(Mode::of(turn.op())) {
            ready!(self.poll_line(turn, cx));
        }
        budget::spend();
        Poll::Ready(())
    }

    /// Goes out.
    #[inline]
    pub(super) fn exit(&self, mode: Mode, erased: Erased) {
        let left = self.word.fetch_sub(mode.weight(), Release) - mode.weight();
        // Only the last one out has somebody to let in.
        if left == QUEUED {
            self.call(mode, erased);
        }
    }

    /// Stays inside, to read, where one was to write.
    pub(super) fn downgrade(&self) {
        // Release: readers that come in from now on see what was written.
        let before = self.word.fetch_add(READER - WRITER, Release);
        if before & QUEUED != 0 {
            let mut inside = self.enter();
            let Inside { state: queues, wakes } = &mut inside;
            self.admit_readers(queues, wakes);
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
        let waiting = inside.state.readers.len() + inside.state.writers.len();
        inside.state.meter.run(waiting);
        if loose {
            let Inside { state: queues, wakes } = &mut inside;
            self.word.fetch_sub(mem::take(&mut queues.loose), Release);
            self.let_in(queues, wakes);
        }
        inside
    }

    #[cold]
    fn tidy(&self) -> bool {
        drop(self.enter());
        true
    }

    /// Notes who is inside.
    #[inline]
    pub(super) fn sign(&self, op: Op, turn: &Turn) -> Edge {
        Edge::hold(op, &self.resource, turn.site())
    }

    /// Goes in if nothing in the word speaks against it; else says what does.
    #[inline]
    fn try_from(&self, guess: usize, mode: Mode) -> Result<(), usize> {
        let mut seen = guess;
        while seen & mode.excluded_by() == 0 {
            match self.word.compare_exchange(seen, seen + mode.weight(), Acquire, Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) => seen = now,
            }
        }
        Err(seen)
    }

    #[cold]
    fn poll_line(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<()> {
        let mode = Mode::of(turn.op());
        turn.settle();
        let mut inside = self.enter();
        let Inside { state: queues, wakes } = &mut inside;
        let line = queues.line(mode);
        if line.is_served(turn) {
            line.leave(turn);
            return Poll::Ready(());
        }
        let joins = !line.is_asleep(turn);
        if joins {
            // Goes in; or, in one step with finding that it cannot, says that it waits.
            let mut seen = self.word.load(Relaxed);
            loop {
                match self.try_from(seen, mode) {
                    Ok(()) => {
                        line.leave(turn);
                        return Poll::Ready(());
                    }
                    Err(now) if now & QUEUED != 0 => break,
                    Err(now) => {
                        match self.word.compare_exchange(now, now | QUEUED, Relaxed, Relaxed) {
                            Ok(_) => break,
                            Err(newer) => seen = newer,
                        }
                    }
                }
            }
        }
        let again = joins && turn.is_in_line();
        let parked = queues.line(mode).park(turn, &self.resource, || (), cx);
        if again {
            // It may be the first now.
            self.let_in(queues, wakes);
        }
        self.note(queues);
        parked
    }

    #[cold]
    fn call(&self, left: Mode, erased: Erased) {
        let mut inside = self.enter();
        let Inside { state: queues, wakes } = &mut inside;
        queues.meter.charge(left.op(), || erased.site());
        if left == Write {
            queues.readers_next = true;
        }
        self.let_in(queues, wakes);
        self.note(queues);
    }

    #[cold]
    fn leave(&self, turn: &mut Turn) {
        let mode = Mode::of(turn.op());
        let mut inside = self.enter();
        let Inside { state: queues, wakes } = &mut inside;
        let served = queues.line(mode).is_served(turn);
        queues.line(mode).leave(turn);
        if served {
            self.word.fetch_sub(mode.weight(), Release);
        }
        self.let_in(queues, wakes);
        self.note(queues);
    }

    /// Lets in whoever may go in now.
    fn let_in(&self, queues: &mut Queues, wakes: &mut Wakes) {
        // Acquire: who is let in comes after all who went out, not only after the one at the door.
        let inside = self.word.load(Acquire) & !QUEUED;
        if queues.is_empty() {
            self.word.fetch_and(!QUEUED, Relaxed);
        } else if queues.writers.is_empty() {
            if inside != WRITER {
                self.admit_readers(queues, wakes);
            }
        } else if inside == 0 {
            if queues.readers_next && !queues.readers.is_empty() {
                self.admit_readers(queues, wakes);
            } else {
                queues.readers_next = false;
                self.word.fetch_add(WRITER, Relaxed);
                queues.writers.grant(self.resource.index(), wakes, |()| ());
                self.unqueue(queues);
            }
        }
    }

    fn admit_readers(&self, queues: &mut Queues, wakes: &mut Wakes) {
        queues.readers_next = false;
        self.word.fetch_add(queues.readers.len() * READER, Relaxed);
        let by = self.resource.index();
        while queues.readers.grant(by, wakes, |()| ()).is_some() {}
        self.unqueue(queues);
    }

    fn unqueue(&self, queues: &Queues) {
        if queues.is_empty() {
            self.word.fetch_and(!QUEUED, Relaxed);
        }
    }

    /// Tells the registry how things stand: readers inside or -1 for a writer, those who wait to
    /// write, and all who wait.
    fn note(&self, queues: &Queues) {
        let record = self.resource.record();
        let word = self.word.load(Relaxed);
        let level = if word & WRITER != 0 { -1 } else { (word / READER) as i64 };
        record.level.store(level, Relaxed);
        record.givers.store(queues.writers.len() as u32, Relaxed);
        record.takers.store((queues.readers.len() + queues.writers.len()) as u32, Relaxed);
    }
}
