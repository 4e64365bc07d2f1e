//! Grants: what was handed to the futures of a task and has not been collected.
//!
//! A grant stands in the slot of the wait that it ended, if that lies in the task's own record, as it
//! almost always does: the granter marks the slot, and whoever collects frees it, which is to be done
//! anyway. So a hand-over writes two plain words for its grant, where a count of grants costs two
//! locked instructions and the loops around them. This is enough because a task of the house is
//! marked as woken after that, by a read-modify-write of the word by which it falls asleep: if it
//! falls asleep unmarked, it has seen the slot.
//!
//! What has no such slot is in the task's ledger: a wait that spilled, or that began in another
//! task's poll, or one that a foreign waker ends, for which it matters whether that was called yet.
//! A ledger is one word: how many such grants there are, how many wakes for grants are still on their
//! way, and which resource granted last. Invariants:
//! * a ledger without grants names no resource, and has nothing in `MORE`;
//! * a ledger names each resource of which a grant is uncollected: as its hint, or in `MORE`.
//!   It may name others, too.

use std::collections::HashMap;
use std::fmt::Debug;
use std::ptr;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::task::{AtomicWord, TaskRecord};
use crate::names::{Op, Site};

/// What can take back what it has granted.
pub trait Recall: Debug + Send + Sync {
    /// Takes back what the futures of this task have not collected, and passes it on.
    ///
    /// Returns what that was, and what is to be done about it once no lock is held.
    fn recall(&self, from: &'static TaskRecord) -> (Taken, Box<dyn FnOnce()>);
}

/// What was taken back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// How many grants.
    pub count: usize,
    /// What one of the futures did that they were taken from, and on which line, if that is known.
    pub from: Option<(Op, Site)>,
}

/// Index of the last resource plus one (24 bits); 0 if it does not fit.
const HINT: u64 = (1 << 24) - 1;
/// One grant; 20 bits of them.
const GRANT: u64 = 1 << 24;
const GRANTS: u64 = FLIGHT - GRANT;
/// One wake on its way; 19 bits of them.
const FLIGHT: u64 = 1 << 44;
const FLIGHTS: u64 = MANY - FLIGHT;
/// Several resources have granted: they are in `MORE`.
const MANY: u64 = 1 << 63;

/// Resources that granted, by the address of the task's record.
static MORE: LazyLock<Mutex<HashMap<usize, Vec<u32>>>> = LazyLock::new(Mutex::default);

fn more() -> MutexGuard<'static, HashMap<usize, Vec<u32>>> {
    MORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The grants of one task.
#[derive(Debug)]
pub(super) struct Ledger(AtomicWord);

impl Default for Ledger {
    fn default() -> Self {
        Self(AtomicWord::new(0))
    }
}

impl Ledger {
    /// Forgets everything: another task begins.
    pub(super) fn clear(&self) {
        self.0.store(0, Relaxed);
    }
}

impl TaskRecord {
    /// Enters a grant by the resource with this index. `in_flight`: the wake for it comes later,
    /// and then [`landed`](Self::landed). False if there is no room: nobody will take it back.
    #[must_use]
    pub fn grant(&self, by: u32, in_flight: bool) -> bool {
        let word = &self.grants().0;
        let hint = if u64::from(by) < HINT { u64::from(by) + 1 } else { 0 };
        let flight = if in_flight { FLIGHT } else { 0 };
        let mut seen = word.load(Relaxed);
        loop {
            if seen & GRANTS == GRANTS || seen & FLIGHTS == FLIGHTS {
                return false;
            }
            let next = match seen & GRANTS {
                0 if hint != 0 => (seen & FLIGHTS) | hint,
                1.. if hint != 0 && seen & (MANY | HINT) == hint => seen,
                _ => return self.grant_beside(by, flight),
            };
            match word.compare_exchange(seen, next + GRANT + flight, SeqCst, Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }

    /// As [`grant`](Self::grant), where the hint is another's.
    #[cold]
    fn grant_beside(&self, by: u32, flight: u64) -> bool {
        let mut more = more();
        let list = more.entry(ptr::from_ref(self).addr()).or_default();
        if !list.contains(&by) {
            list.push(by);
        }
        let word = &self.grants().0;
        let mut seen = word.load(Relaxed);
        loop {
            match word.compare_exchange(seen, (seen | MANY) + GRANT + flight, SeqCst, Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }

    /// The wake for a grant has been delivered.
    pub fn landed(&self) {
        let word = &self.grants().0;
        let mut seen = word.load(Relaxed);
        while seen & FLIGHTS != 0 {
            match word.compare_exchange(seen, seen - FLIGHT, SeqCst, Relaxed) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// A grant was collected, or taken back.
    pub fn settle(&self) {
        let word = &self.grants().0;
        let mut seen = word.load(Relaxed);
        while seen & GRANTS != 0 {
            let next = match seen & GRANTS {
                GRANT if seen & MANY != 0 => return self.settle_last(),
                GRANT => seen & FLIGHTS,
                _ => seen - GRANT,
            };
            match word.compare_exchange(seen, next, SeqCst, Relaxed) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// As [`settle`](Self::settle), where `MORE` has to be cleared.
    #[cold]
    fn settle_last(&self) {
        let mut more = more();
        let word = &self.grants().0;
        let mut seen = word.load(Relaxed);
        while seen & GRANTS != 0 {
            let is_last = seen & GRANTS == GRANT;
            let next = if is_last { seen & FLIGHTS } else { seen - GRANT };
            match word.compare_exchange(seen, next, SeqCst, Relaxed) {
                Ok(_) if is_last => {
                    more.remove(&ptr::from_ref(self).addr());
                    return;
                }
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// Whether there are grants, and each wake for one has been delivered.
    #[inline]
    #[must_use]
    pub fn has_grants(&'static self) -> bool {
        let [first, second] = self.slot_pair();
        // Who asks falls asleep: nearly always nothing is marked, and nothing entered.
        if first.marked() | second.marked() == 0 && self.grants().0.load(SeqCst) == 0 {
            return false;
        }
        self.has_some_grants()
    }

    #[cold]
    fn has_some_grants(&'static self) -> bool {
        let seen = self.grants().0.load(SeqCst);
        seen & FLIGHTS == 0 && (seen & GRANTS != 0 || self.is_granted_in_slots())
    }

    /// Whether one of the slots says so of the task that has the record, or last had it.
    fn is_granted_in_slots(&'static self) -> bool {
        let generation = self.generation();
        self.slots().iter().any(|slot| slot.granter(generation).is_some())
    }

    /// The resources that may have granted, by index.
    #[must_use]
    pub fn granted_by(&'static self) -> Vec<u32> {
        let seen = self.grants().0.load(SeqCst);
        let mut by = match seen & MANY {
            0 => Vec::new(),
            _ => more().get(&ptr::from_ref(self).addr()).cloned().unwrap_or_default(),
        };
        by.extend((seen & HINT).checked_sub(1).map(|hint| hint as u32));
        let generation = self.generation();
        by.extend(self.slots().iter().filter_map(|slot| slot.granter(generation)));
        by
    }
}

#[cfg(test)]
mod tests {
    use crate::registry::TaskRecord;

    fn sorted(mut by: Vec<u32>) -> Vec<u32> {
        by.sort_unstable();
        by
    }

    #[test]
    fn a_ledger_names_whoever_granted_until_all_is_collected() {
        let task: &'static TaskRecord = Box::leak(Box::default());
        assert!(!task.has_grants());
        assert!(task.grant(7, false) && task.grant(7, false));
        assert_eq!(task.granted_by(), [7]);
        assert!(task.grant(9, false) && task.grant(9, false));
        assert_eq!(sorted(task.granted_by()), [7, 9]);
        for _ in 0..3 {
            task.settle();
            assert!(task.has_grants());
            assert_eq!(sorted(task.granted_by()), [7, 9]);
        }
        task.settle();
        assert!(!task.has_grants());
        assert!(task.granted_by().is_empty());
        task.settle();
        assert!(task.grant(u32::MAX - 1, false));
        assert_eq!(task.granted_by(), [u32::MAX - 1], "an index that does not fit");
        task.settle();
        assert!(task.granted_by().is_empty());
    }

    #[test]
    fn a_grant_does_not_count_while_a_wake_is_on_its_way() {
        let task: &'static TaskRecord = Box::leak(Box::default());
        assert!(task.grant(1, true));
        assert!(!task.has_grants());
        task.settle();
        assert!(task.grant(2, false));
        assert_eq!(task.granted_by(), [2], "nothing of the first is left");
        assert!(!task.has_grants());
        task.landed();
        assert!(task.has_grants());
        task.landed();
        task.settle();
        assert!(!task.has_grants());
    }
}
