//! What waits have cost, by place: a table of fixed size that is written without a lock.
//!
//! Invariants:
//! * a bucket belongs to the first key that takes it, for as long as the process lives;
//! * whoever takes a bucket writes its key; others add to its counts meanwhile, and a reader passes
//!   over a bucket without a key;
//! * keys are taken for equal if their hashes are: with so few, two that collide are not to be feared.

use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

use crate::names::Site;
use crate::order::mix;
use crate::stacks::StackId;

/// Places a table can tell apart. With 100 bytes for each it is the ceiling on its memory.
const PLACES: usize = 2048;

/// Buckets that are tried before a place counts among the others.
const TRIES: usize = 16;

/// Counts are kept in parts, since a sample may stand for a fraction of an event more.
const PARTS: f64 = 65_536.0;

/// Where something was waited for, or kept others waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// The function of the house.
    pub(super) function: &'static str,
    /// The line that called it; not known outside of tasks.
    pub(super) site: Option<Site>,
    /// The type of the task's future.
    pub(super) task: Option<&'static str>,
    /// The calls that led to the line, if they were noted.
    pub(super) stack: StackId,
}

/// What it has cost so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) events: i64,
    pub(super) nanos: i64,
}

#[derive(Debug)]
pub(super) struct Table {
    buckets: OnceLock<Box<[Bucket]>>,
    others: Counts,
}

#[derive(Debug, Default)]
struct Bucket {
    /// Of its key; 0 while it is nobody's.
    hash: AtomicU64,
    key: OnceLock<Key>,
    counts: Counts,
}

#[derive(Debug)]
struct Counts {
    parts: AtomicU64,
    nanos: AtomicU64,
}

impl Counts {
    const fn new() -> Self {
        Self { parts: AtomicU64::new(0), nanos: AtomicU64::new(0) }
    }

    fn add(&self, events: f64, nanos: u64) {
        self.parts.fetch_add((events * PARTS) as u64, Relaxed);
        self.nanos.fetch_add(nanos, Relaxed);
    }

    fn cost(&self) -> Cost {
        let events = (self.parts.load(Relaxed) as f64 / PARTS).round() as i64;
        Cost { events, nanos: i64::try_from(self.nanos.load(Relaxed)).unwrap_or(i64::MAX) }
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    pub(super) const fn new() -> Self {
        Self { buckets: OnceLock::new(), others: Counts::new() }
    }

    /// Makes room; before that, nothing is counted.
    pub(super) fn prepare(&self) {
        self.buckets.get_or_init(|| (0..PLACES).map(|_| Bucket::default()).collect());
    }

    /// Adds to what a place has cost. Allocates nothing, and waits for nobody.
    pub(super) fn add(&self, key: &Key, events: f64, nanos: u64) {
        let Some(buckets) = self.buckets.get() else { return };
        let hash = key.hash();
        let first = (hash >> 32) as usize % PLACES;
        for place in first..first + TRIES {
            let bucket = &buckets[place % PLACES];
            if bucket.is_taken_for(key, hash) {
                return bucket.counts.add(events, nanos);
            }
        }
        self.others.add(events, nanos);
    }

    /// What each place has cost, and last, under no key, all others together.
    pub(super) fn read(&self) -> Vec<(Option<Key>, Cost)> {
        let buckets = self.buckets.get().map_or(&[][..], |buckets| buckets);
        let places = buckets.iter().filter_map(|b| Some((Some(*b.key.get()?), b.counts.cost())));
        let others = self.others.cost();
        let others = (others.nanos > 0).then_some((None, others));
        places.chain(others).collect()
    }
}

impl Key {
    /// By where the names lie, not by what they say: the same name may have two entries. Never 0.
    fn hash(&self) -> u64 {
        let name = |name: &'static str| name.as_ptr().addr();
        let words = [
            name(self.function),
            self.site.map_or(0, |Site(at)| ptr::from_ref(at).addr()),
            self.task.map_or(0, name),
            self.stack.0 as usize,
        ];
        let hash = words.iter().fold(0, |hash, &word| mix(hash, word as u64));
        hash.max(1)
    }
}

impl Bucket {
    /// Whether it is this key's, now if not before.
    fn is_taken_for(&self, key: &Key, hash: u64) -> bool {
        let mut owner = self.hash.load(Acquire);
        if owner == 0 {
            match self.hash.compare_exchange(0, hash, AcqRel, Acquire) {
                Ok(_) => {
                    let _ = self.key.set(*key);
                    return true;
                }
                Err(now) => owner = now,
            }
        }
        owner == hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(function: &'static str) -> Key {
        Key { function, site: Some(Site::caller()), task: None, stack: StackId::NONE }
    }

    #[test]
    fn what_adds_up_is_told_by_place() {
        let table = Table::new();
        let (a, b) = (key("a"), key("b"));
        table.add(&a, 1.0, 5);
        assert_eq!(table.read(), [], "nothing counts before there is room");
        table.prepare();
        table.add(&a, 1.0, 5);
        table.add(&b, 2.25, 1);
        table.add(&b, 2.25, 1);
        table.add(&a, 1.0, 7);
        let mut read = table.read();
        read.sort_by_key(|(key, _)| key.map(|key| key.function));
        let cost = |events, nanos| Cost { events, nanos };
        assert_eq!(read, [(Some(a), cost(2, 12)), (Some(b), cost(5, 2))]);
    }

    #[test]
    fn what_has_no_room_counts_among_the_others() {
        let table = Table::new();
        table.prepare();
        let names = (0..2 * PLACES).map(|n| &*Box::leak(n.to_string().into_boxed_str()));
        for function in names {
            table.add(&Key { function, site: None, task: None, stack: StackId::NONE }, 1.0, 1);
        }
        let read = table.read();
        let (last, _) = read.last().expect("there are some");
        assert!(last.is_none() && read.len() <= PLACES + 1);
        assert_eq!(read.iter().map(|(_, cost)| cost.events).sum::<i64>(), 2 * PLACES as i64);
    }

    #[test]
    fn threads_that_come_at_once_lose_nothing() {
        let table = Table::new();
        table.prepare();
        let key = key("shared");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| table.add(&key, 1.0, 3)));
            }
        });
        assert_eq!(table.read(), [(Some(key), Cost { events: 4000, nanos: 12_000 })]);
    }
}
