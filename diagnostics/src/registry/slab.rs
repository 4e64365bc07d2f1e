//! Type-stable memory: records that are reused but never given back.
//!
//! Invariants:
//! * an index below `fresh` has a record, at an address that never changes;
//! * a free record's index is in exactly one list: `spare`, or the cache of one thread.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fixed::AtomicStatic;

/// Records come in racks, racks in rows.
const FANOUT: u32 = 1024;

/// As many rows as there are indices for, so that no index has to be compared with a length.
const ROWS: usize = 4096;

/// How many indices a thread takes from the common lists at once, and gives back at once.
const BATCH: usize = 64;

type Rack<R> = [R; FANOUT as usize];
type Row<R> = [AtomicStatic<Rack<R>>; FANOUT as usize];

/// All records of one sort.
#[derive(Debug)]
pub(crate) struct Slab<R: 'static> {
    rows: [AtomicStatic<Row<R>>; ROWS],
    fresh: AtomicU32,
    spare: Mutex<Vec<(u32, &'static R)>>,
}

/// The free records one thread keeps at hand; they go back to the slab when the thread ends.
#[derive(Debug)]
pub(crate) struct Cache<R: 'static> {
    slab: &'static Slab<R>,
    free: Vec<(u32, &'static R)>,
}

impl<R: Default + Sync> Slab<R> {
    pub(crate) const fn new() -> Self {
        Self {
            rows: [const { AtomicStatic::new() }; ROWS],
            fresh: AtomicU32::new(0),
            spare: Mutex::new(Vec::new()),
        }
    }

    /// The record with this index, if there ever was one.
    #[inline]
    pub(crate) fn get(&'static self, index: u32) -> Option<&'static R> {
        let row = self.rows[(index / (FANOUT * FANOUT)) as usize].get()?;
        let rack = row[(index / FANOUT % FANOUT) as usize].get()?;
        Some(&rack[(index % FANOUT) as usize])
    }

    /// Every record there is, free ones among them.
    pub(crate) fn iter(&'static self) -> impl Iterator<Item = &'static R> {
        (0..self.fresh.load(Ordering::Acquire)).filter_map(|index| self.get(index))
    }

    /// Where the records lie: address and length of each rack.
    pub(crate) fn stretches(&'static self) -> impl Iterator<Item = (usize, usize)> {
        let racks = self.rows.iter().filter_map(AtomicStatic::get).flatten();
        racks.filter_map(AtomicStatic::get).map(|rack| (rack.as_ptr().addr(), size_of_val(rack)))
    }

    /// The record with this index, which is made if there is none.
    #[inline]
    pub(super) fn make(&'static self, index: u32) -> &'static R {
        self.get(index).unwrap_or_else(|| self.build(index))
    }

    /// Under the lock, so that nobody makes the same rack at the same time.
    #[cold]
    fn build(&'static self, index: u32) -> &'static R {
        let _alone = self.spare();
        let row = &self.rows[(index / (FANOUT * FANOUT)) as usize];
        let rack = &row.get().unwrap_or_else(|| fill(row))[(index / FANOUT % FANOUT) as usize];
        &rack.get().unwrap_or_else(|| fill(rack))[(index % FANOUT) as usize]
    }

    /// The lists are whole between any two statements, so a panic elsewhere cannot have torn them.
    fn spare(&self) -> MutexGuard<'_, Vec<(u32, &'static R)>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    fn refill(&'static self, free: &mut Vec<(u32, &'static R)>) {
        let mut spare = self.spare();
        let kept = spare.len().saturating_sub(BATCH);
        free.extend(spare.drain(kept..));
        drop(spare);
        if free.is_empty() {
            let first = self.fresh.fetch_add(BATCH as u32, Ordering::AcqRel);
            assert!(first < u32::MAX - FANOUT, "a billion records are alive at once");
            free.extend((first..first + BATCH as u32).rev().map(|index| (index, self.make(index))));
        }
    }
}

/// Puts an array there that lasts, of what is made in place: a rack is too large for a stack.
fn fill<T: Default + Sync>(
    place: &AtomicStatic<[T; FANOUT as usize]>,
) -> &'static [T; FANOUT as usize] {
    let array: Box<[T]> = (0..FANOUT).map(|_| T::default()).collect();
    let array: Box<[T; FANOUT as usize]> =
        array.try_into().unwrap_or_else(|_| unreachable!("it has this length"));
    let array = Box::leak(array);
    place.set(array);
    array
}

impl<R: Default + Sync> Cache<R> {
    pub(crate) const fn new(slab: &'static Slab<R>) -> Self {
        Self { slab, free: Vec::new() }
    }

    /// A record that nobody else has.
    #[inline]
    pub(crate) fn take(&mut self) -> (u32, &'static R) {
        if self.free.is_empty() {
            self.slab.refill(&mut self.free);
        }
        self.free.pop().unwrap_or_else(|| unreachable!("just refilled"))
    }

    /// Gives a record back.
    #[inline]
    pub(crate) fn give(&mut self, index: u32, record: &'static R) {
        self.free.push((index, record));
        if self.free.len() >= 4 * BATCH {
            self.return_some();
        }
    }

    #[cold]
    fn return_some(&mut self) {
        let kept = self.free.len() - 2 * BATCH;
        self.slab.spare().extend(self.free.drain(kept..));
    }
}

impl<R: 'static> Drop for Cache<R> {
    fn drop(&mut self) {
        self.slab.spare.lock().unwrap_or_else(PoisonError::into_inner).append(&mut self.free);
    }
}

/// Declares the slab of a record type, and `take`/`give` over the calling thread's cache of it.
macro_rules! slab {
    ($record:ty) => {
        static SLAB: $crate::registry::slab::Slab<$record> = $crate::registry::slab::Slab::new();

        thread_local! {
            static CACHE: std::cell::RefCell<$crate::registry::slab::Cache<$record>> =
                const { std::cell::RefCell::new($crate::registry::slab::Cache::new(&SLAB)) };
        }

        /// A record that nobody else has; straight from the slab on a thread that is ending.
        fn take() -> (u32, &'static $record) {
            CACHE
                .try_with(|cache| cache.borrow_mut().take())
                .unwrap_or_else(|_| $crate::registry::slab::Cache::new(&SLAB).take())
        }

        fn give(index: u32, record: &'static $record) {
            CACHE.try_with(|cache| cache.borrow_mut().give(index, record)).unwrap_or_else(|_| {
                $crate::registry::slab::Cache::new(&SLAB).give(index, record);
            });
        }
    };
}
pub(crate) use slab;
