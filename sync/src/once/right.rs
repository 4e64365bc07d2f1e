//! Who may initialize, and who waits for the outcome.
//!
//! One at a time has the right to try. Success ends the matter for everybody; whoever gives up,
//! fails, panics or is dropped hands the right to the first who waits.
//!
//! Invariants:
//! * `DONE` follows `TRYING` follows `OPEN`; `TRYING` may go back to `OPEN`, nothing leaves `DONE`;
//! * `TRYING` means that one has the right, or was handed it and has not come back, or that it is
//!   `loose`: then nobody sleeps, and whoever comes to the door opens it again;
//! * somebody sleeps only while it is `TRYING`.

use std::mem;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll};

use wakeful_diagnostics::names::{Kind, Op};
use wakeful_diagnostics::registry::{Edge, Origin, Resource, Taken, TaskRecord};

use crate::shim::AtomicU32;
use crate::wait::{Inside, Line, Recalls, Room, Turn, Wakes};

const OPEN: u32 = 0;
const TRYING: u32 = 1;
const DONE: u32 = 2;

#[derive(Debug)]
#[repr(C)]
pub(super) struct Right {
    /// At the beginning: a reference to the cell is known by its address.
    resource: Resource,
    /// Changes inside the door only; read by everybody.
    state: AtomicU32,
    door: Room<Queue>,
}

#[derive(Debug)]
struct Queue {
    line: Line<Verdict>,
    /// Whoever the right was handed to did not come, and nobody else waited.
    loose: bool,
}

/// What becomes of one who came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is done.
    Done,
    /// It is this one's to do.
    Try,
}

impl Queue {
    const fn new() -> Self {
        Self { line: Line::new(), loose: false }
    }
}

impl Recalls for Queue {
    fn empty() -> Self {
        Self::new()
    }

    fn recall(&mut self, from: &'static TaskRecord, own: u32, wakes: &mut Wakes) -> (Taken, bool) {
        let taken = self.line.recall(from, |_| ());
        if taken.count > 0 && self.line.grant(own, wakes, |_| ()).is_none() {
            self.loose = true;
        }
        (taken, self.loose)
    }
}

impl Right {
    pub(super) const fn new(is_done: bool, origin: Origin) -> Self {
        Self {
            state: AtomicU32::new(if is_done { DONE } else { OPEN }),
            resource: Resource::new(Kind::Once, origin),
            door: Room::unentered(),
        }
    }

    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.state.load(Acquire) == DONE
    }

    /// Waits for the end of it, or for the right to try.
    pub(super) fn poll_claim(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<Verdict> {
        if !turn.is_in_line() && self.is_done() {
            return Poll::Ready(Verdict::Done);
        }
        turn.settle();
        let mut inside = self.enter();
        let line = &mut inside.state.line;
        if line.is_served(turn) {
            return Poll::Ready(line.leave(turn).unwrap_or(Verdict::Done));
        }
        if !line.is_asleep(turn) {
            match self.state.load(Relaxed) {
                DONE => {
                    line.leave(turn);
                    return Poll::Ready(Verdict::Done);
                }
                OPEN => {
                    self.state.store(TRYING, Relaxed);
                    line.leave(turn);
                    return Poll::Ready(Verdict::Try);
                }
                _ => {}
            }
        }
        let parked = line.park(turn, &self.resource, || Verdict::Try, cx);
        self.resource.record().takers.store(line.len() as u32, Relaxed);
        parked
    }

    /// Takes the right if nobody has it and it is not done; else says which.
    pub(super) fn try_claim(&self) -> Result<(), Verdict> {
        let _inside = self.enter();
        match self.state.load(Relaxed) {
            DONE => Err(Verdict::Done),
            TRYING => Err(Verdict::Try),
            _ => {
                self.state.store(TRYING, Relaxed);
                Ok(())
            }
        }
    }

    /// Comes to the door; a right that nobody has is open to all again.
    fn enter(&self) -> Inside<'_, Queue> {
        let (mut inside, loose) = self.door.enter(&self.resource);
        if loose && mem::take(&mut inside.state.loose) {
            self.state.store(OPEN, Relaxed);
        }
        inside
    }

    /// Notes who has the right.
    pub(super) fn sign(&self, turn: &Turn) -> Edge {
        Edge::hold(Op::Holds, &self.resource, turn.site())
    }

    /// Whoever has the right has succeeded.
    pub(super) fn finish(&self) {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        self.state.store(DONE, Release);
        while state.line.serve(wakes, |verdict| *verdict = Verdict::Done).is_some() {}
    }

    /// Whoever has the right gives it up.
    pub(super) fn give_up(&self) {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        let by = self.resource.index();
        if state.line.grant(by, wakes, |verdict| *verdict = Verdict::Try).is_none() {
            self.state.store(OPEN, Relaxed);
        }
    }

    /// Ends a turn that will not be polled again; a right that was handed to it goes on.
    pub(super) fn abandon(&self, turn: &mut Turn) {
        if !turn.is_in_line() {
            return;
        }
        let mut inside = self.enter();
        let served = inside.state.line.is_served(turn);
        let verdict = inside.state.line.leave(turn);
        drop(inside);
        if served && verdict == Some(Verdict::Try) {
            self.give_up();
        }
    }
}
