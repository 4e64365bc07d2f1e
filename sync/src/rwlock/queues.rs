//! Who waits for a reader-writer lock, and how those were served who have not come back yet.
//!
//! Invariants:
//! * a slot says `handed` only while what it stands for is counted in the turnstile's word;
//! * `woken` is the number of turns that were served without being handed the lock, and have not
//!   come back;
//! * `loose` is what the word counts of those who were handed the lock and did not come. Whoever
//!   comes to the door next takes it off; if somebody sleeps, everybody who does was woken to come.

use std::mem;
use std::time::Duration;

use wakeful_diagnostics::names::Op;
use wakeful_diagnostics::profile::contention::Meter;
use wakeful_diagnostics::registry::{Taken, TaskRecord};

use crate::shim::Stopwatch;
use crate::wait::{Line, Recalls, Wakes};

pub(super) const WRITER: usize = 1;
/// The last one out comes to the door, and nobody new goes in.
pub(super) const QUEUED: usize = 2;
/// One reader; their number lies above the flags.
pub(super) const READER: usize = 4;

/// Go's constant, for its mutex.
const STARVES_AFTER: Duration = Duration::from_millis(1);

/// How to go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
}

use Mode::{Read, Write};

/// A place in line.
#[derive(Debug)]
pub(super) struct Wait {
    since: Stopwatch,
    /// It was served, and has the lock already.
    handed: bool,
}

#[derive(Debug)]
pub(super) struct Queues {
    pub(super) readers: Line<Wait>,
    pub(super) writers: Line<Wait>,
    pub(super) woken: usize,
    pub(super) loose: usize,
    pub(super) meter: Meter,
}

impl Mode {
    /// What it adds to the word.
    pub(super) const fn weight(self) -> usize {
        match self {
            Read => READER,
            Write => WRITER,
        }
    }

    /// What must not stand in the word for one who comes by.
    pub(super) const fn excluded_by(self) -> usize {
        match self {
            Read => WRITER | QUEUED,
            Write => usize::MAX,
        }
    }

    /// What is waited for to go in like this.
    pub(super) const fn op(self) -> Op {
        match self {
            Read => Op::Read,
            Write => Op::Write,
        }
    }

    pub(super) const fn of(op: Op) -> Self {
        match op {
            Op::Write => Write,
            _ => Read,
        }
    }
}

impl Wait {
    pub(super) fn begin() -> Self {
        Self { since: Stopwatch::start(), handed: false }
    }

    pub(super) const fn is_handed(&self) -> bool {
        self.handed
    }

    /// Takes the lock back, if it has it; says how often it had.
    fn take_back(&mut self) -> usize {
        usize::from(mem::take(&mut self.handed))
    }
}

impl Queues {
    pub(super) const fn new() -> Self {
        Self { readers: Line::new(), writers: Line::new(), woken: 0, loose: 0, meter: Meter::new() }
    }

    pub(super) fn line(&mut self, mode: Mode) -> &mut Line<Wait> {
        match mode {
            Read => &mut self.readers,
            Write => &mut self.writers,
        }
    }

    /// Nobody sleeps.
    pub(super) fn is_empty(&self) -> bool {
        self.readers.is_empty() && self.writers.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.readers.len() + self.writers.len()
    }

    /// What the word is to say where so many are `inside`, and whom to serve then: how they go in,
    /// and whether they are handed the lock. After a writer, readers come first.
    pub(super) fn then(&self, inside: usize, after: Option<Mode>) -> (usize, Option<(Mode, bool)>) {
        let flag = |is_up| if is_up { QUEUED } else { 0 };
        let is_left_to_readers = after == Some(Write) && !self.readers.is_empty();
        let mode = if self.writers.is_empty() || is_left_to_readers { Read } else { Write };
        let is_in_the_way = inside & WRITER != 0 || (inside != 0 && mode == Write);
        if self.is_empty() {
            (inside, None)
        } else if self.woken > 0 {
            // Who has been woken is waited for; but new readers are stopped for a writer.
            (inside | flag(inside != 0 && !self.writers.is_empty()), None)
        } else if is_in_the_way {
            (inside | QUEUED, None)
        } else {
            let batch = self.batch(mode);
            let others_wait = self.len() > batch;
            match self.is_starving() {
                true => {
                    let handed = inside + batch * mode.weight();
                    (handed | flag(others_wait), Some((mode, true)))
                }
                false => (inside | flag(inside != 0 && others_wait), Some((mode, false))),
            }
        }
    }

    /// Whether one of those who have waited longest has done so for too long.
    fn is_starving(&self) -> bool {
        let firsts = [self.readers.first(), self.writers.first()];
        let oldest = firsts.into_iter().flatten().map(|first| first.since).min();
        oldest.is_some_and(|oldest| oldest.exceeds(STARVES_AFTER))
    }

    /// How many are served at once.
    fn batch(&self, mode: Mode) -> usize {
        match mode {
            Read => self.readers.len(),
            Write => 1,
        }
    }

    /// Serves those who are next, of whom there is one at least: with the lock, which the caller has
    /// counted in the word, or with the chance to take it.
    pub(super) fn serve(&mut self, mode: Mode, is_handed: bool, own: u32, wakes: &mut Wakes) {
        let batch = self.batch(mode);
        if !is_handed {
            self.woken += batch;
        }
        for _ in 0..batch {
            self.line(mode).grant(own, wakes, |wait| wait.handed = is_handed);
        }
    }
}

impl Recalls for Queues {
    fn empty() -> Self {
        Self::new()
    }

    fn recall(&mut self, from: &'static TaskRecord, _: u32, wakes: &mut Wakes) -> (Taken, bool) {
        let [mut read, mut written] = [0; 2];
        let readers = self.readers.recall(from, |wait| read += wait.take_back());
        let writers = self.writers.recall(from, |wait| written += wait.take_back());
        let count = readers.count + writers.count;
        self.loose += read * Read.weight() + written * Write.weight();
        self.woken -= count - read - written;
        // If nobody is left who would come, those who sleep have to see for themselves.
        let lost = count > 0 && self.woken == 0 && !self.is_empty();
        if self.loose > 0 || lost {
            self.readers.nudge(wakes);
            self.writers.nudge(wakes);
        }
        let taken = Taken { count, from: readers.from.or(writers.from) };
        (taken, self.loose > 0 || lost)
    }
}
