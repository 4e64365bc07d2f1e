//! Who waits for a mutex, and whom an unlock has served that has not come back yet.
//!
//! Invariants:
//! * at most one turn is served and has not come back, and `served` tells how; if what it was given
//!   is taken back, the next in line is served in its place;
//! * `served` is `Loose` only while nobody sleeps, until somebody comes to the door.

use wakeful_diagnostics::profile::contention::Meter;
use wakeful_diagnostics::registry::{Taken, TaskRecord};

use crate::shim::Stopwatch;
use crate::wait::{Line, Recalls, Wakes};

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) line: Line<Stopwatch>,
    pub(super) served: Served,
    pub(super) meter: Meter,
}

/// Whom an unlock has served that has not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Served {
    Nobody,
    /// One who competes for the lock.
    Woken,
    /// One who has the lock already.
    Handed,
    /// One who had the lock and did not come: it is taken, but by nobody.
    Loose,
}

impl Queue {
    pub(super) const fn new() -> Self {
        Self { line: Line::new(), served: Served::Nobody, meter: Meter::new() }
    }
}

impl Recalls for Queue {
    fn empty() -> Self {
        Self::new()
    }

    fn recall(&mut self, from: &'static TaskRecord, own: u32, wakes: &mut Wakes) -> (Taken, bool) {
        let taken = self.line.recall(from, |_| ());
        if taken.count == 0 {
            return (taken, false);
        }
        // The flags of the word stay as they are: at worst the next unlock looks at an empty line.
        if self.line.grant(own, wakes, |_| ()).is_none() {
            self.served = match self.served {
                Served::Handed => Served::Loose,
                _ => Served::Nobody,
            };
        }
        (taken, self.served == Served::Loose)
    }
}
