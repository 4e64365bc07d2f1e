//! Who waits for permits, and which were handed to somebody who did not come.
//!
//! Invariant: `loose` permits go to the line as far as they are enough, and back to the pool with the
//! next one who comes to the door; if somebody sleeps, everybody who does was woken to come.

use wakeful_diagnostics::registry::{Taken, TaskRecord};

use crate::wait::{Line, Recalls, Wakes};

#[derive(Debug)]
pub(super) struct State {
    pub(super) line: Line<Wish>,
    /// How many permits were added by hand, less how many were destroyed.
    pub(super) added: isize,
    pub(super) loose: usize,
    /// Permits were made or destroyed by hand: holders are not the only ones who can give some.
    pub(super) open_ended: bool,
}

/// What a place in the line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// So many permits. They are taken from the pool when the place is served.
    Permits(usize),
    /// None: the semaphore was closed.
    Refused,
}

impl State {
    pub(super) const fn new() -> Self {
        Self { line: Line::new(), added: 0, loose: 0, open_ended: false }
    }
}

impl Recalls for State {
    fn empty() -> Self {
        Self::new()
    }

    fn recall(&mut self, from: &'static TaskRecord, own: u32, wakes: &mut Wakes) -> (Taken, bool) {
        let loose = &mut self.loose;
        let taken = self.line.recall(from, |wish| {
            if let Wish::Permits(count) = wish {
                *loose += *count;
            }
        });
        if taken.count == 0 {
            return (taken, false);
        }
        while let Some(&Wish::Permits(wanted)) = self.line.first() {
            if self.loose < wanted {
                // With those of the pool there may be enough.
                self.line.nudge(wakes);
                break;
            }
            self.loose -= wanted;
            self.line.grant(own, wakes, |_| ());
        }
        // If nobody sleeps now, the word has yet to say so.
        (taken, self.loose > 0 || self.line.is_empty())
    }
}
