//! Who may initialize, and who waits for the outcome.
//!
//! One at a time has the right to try. Success ends the matter for everybody; whoever gives up,
//! fails, panics or is dropped hands the right to the first who waits.
//!
//! Invariants:
//! * `DONE` follows `TRYING` follows `OPEN`; `TRYING` may go back to `OPEN`, nothing leaves `DONE`;
//! * `TRYING` means that one has the right, or was handed it and has not come back;
//! * somebody sleeps only while it is `TRYING`.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll};

use wakeful_diagnostics::names::{Kind, Op};
use wakeful_diagnostics::registry::{Edge, Origin, Resource};

use crate::shim::AtomicU32;
use crate::wait::{Door, Inside, Line, Turn};

const OPEN: u32 = 0;
const TRYING: u32 = 1;
const DONE: u32 = 2;

#[derive(Debug)]
pub(super) struct Right {
    /// Changes inside the door only; read by everybody.
    state: AtomicU32,
    resource: Resource,
    /// Made for the first who has to wait: most of what happens once is done by then.
    door: Door<Option<Box<Line<Verdict>>>>,
}

/// What becomes of one who came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is done.
    Done,
    /// It is this one's to do.
    Try,
}

impl Right {
    pub(super) const fn new(is_done: bool, origin: Origin) -> Self {
        Self {
            state: AtomicU32::new(if is_done { DONE } else { OPEN }),
            resource: Resource::new(Kind::Once, origin),
            door: Door::new(None),
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
        let mut inside = self.door.enter();
        if !turn.is_in_line() {
            match self.state.load(Relaxed) {
                DONE => return Poll::Ready(Verdict::Done),
                OPEN => {
                    self.state.store(TRYING, Relaxed);
                    return Poll::Ready(Verdict::Try);
                }
                _ => {}
            }
        }
        let line = inside.state.get_or_insert_default();
        if line.is_served(turn) {
            return Poll::Ready(line.leave(turn).unwrap_or(Verdict::Done));
        }
        let parked = line.park(turn, &self.resource, || Verdict::Try, cx);
        self.resource.record().takers.store(line.len() as u32, Relaxed);
        parked
    }

    /// Takes the right if nobody has it and it is not done; else says which.
    pub(super) fn try_claim(&self) -> Result<(), Verdict> {
        let _inside = self.door.enter();
        match self.state.load(Relaxed) {
            DONE => Err(Verdict::Done),
            TRYING => Err(Verdict::Try),
            _ => {
                self.state.store(TRYING, Relaxed);
                Ok(())
            }
        }
    }

    /// Notes who has the right.
    pub(super) fn sign(&self, turn: &Turn) -> Edge {
        Edge::hold(Op::Holds, &self.resource, turn.site())
    }

    /// Whoever has the right has succeeded.
    pub(super) fn finish(&self) {
        let mut inside = self.door.enter();
        let Inside { state: line, wakes } = &mut inside;
        self.state.store(DONE, Release);
        if let Some(line) = line.as_mut() {
            while line.serve(wakes, |verdict| *verdict = Verdict::Done).is_some() {}
        }
    }

    /// Whoever has the right gives it up.
    pub(super) fn give_up(&self) {
        let mut inside = self.door.enter();
        let Inside { state: line, wakes } = &mut inside;
        let line = line.as_mut();
        if line.and_then(|line| line.serve(wakes, |verdict| *verdict = Verdict::Try)).is_none() {
            self.state.store(OPEN, Relaxed);
        }
    }

    /// Ends a turn that will not be polled again; a right that was handed to it goes on.
    pub(super) fn abandon(&self, turn: &mut Turn) {
        if !turn.is_in_line() {
            return;
        }
        let mut inside = self.door.enter();
        let line = inside.state.get_or_insert_default();
        let served = line.is_served(turn);
        let verdict = line.leave(turn);
        drop(inside);
        if served && verdict == Some(Verdict::Try) {
            self.give_up();
        }
    }
}
