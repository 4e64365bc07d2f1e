//! Type-stable memory: records that are reused but never given back.
//!
//! Invariants:
//! * an index below `fresh` has a record, at an address that never changes;
//! * a free record's index is in exactly one list: `spare`, or the cache of one thread.

#[expect(unsafe_code, reason = "records are made in memory that the kernel is told about first")]
mod stock;

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fixed::AtomicStatic;
use stock::Stock;

/// Records come in racks, racks in rows.
const FANOUT: u32 = 1024;

/// As many rows as there are indices for, so that no index has to be compared with a length.
const ROWS: usize = 4096;

/// How many indices a thread takes from the common lists at once, and gives back at once.
const BATCH: usize = 64;

/// How many free ones a thread keeps at the most.
const KEPT: usize = 2 * BATCH;

type Rack<R> = [R; FANOUT as usize];
type Row<R> = [AtomicStatic<Rack<R>>; FANOUT as usize];

/// All records of one sort.
#[derive(Debug)]
pub(crate) struct Slab<R: 'static> {
    rows: [AtomicStatic<Row<R>>; ROWS],
    fresh: AtomicU32,
    spare: Mutex<Vec<Free<R>>>,
    stock: Mutex<Stock<R>>,
}

/// A record that is free, with its index.
type Free<R> = (u32, &'static R);

/// The free records one thread keeps at hand, as a stack in a place of fixed size: to take one is to
/// count down. They go back to the slab when the thread ends.
pub(crate) struct Cache<R: 'static> {
    slab: &'static Slab<R>,
    len: Cell<usize>,
    free: [Cell<Option<Free<R>>>; KEPT],
}

impl<R: Default + Send + Sync> Slab<R> {
    pub(crate) const fn new() -> Self {
        Self {
            rows: [const { AtomicStatic::new() }; ROWS],
            fresh: AtomicU32::new(0),
            spare: Mutex::new(Vec::new()),
            stock: Mutex::new(Stock::new()),
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
        self.indexed().map(|(_, record)| record)
    }

    /// The same, with their indices.
    pub(crate) fn indexed(&'static self) -> impl Iterator<Item = Free<R>> {
        let known = 0..self.fresh.load(Ordering::Acquire);
        known.filter_map(|index| Some((index, self.get(index)?)))
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
        let mut stock = self.stock.lock().unwrap_or_else(PoisonError::into_inner);
        let row = &self.rows[(index / (FANOUT * FANOUT)) as usize];
        let row = row.get().unwrap_or_else(|| put(row, array()));
        let number = index / FANOUT;
        let rack = &row[(number % FANOUT) as usize];
        &rack.get().unwrap_or_else(|| put(rack, stock.rack(number)))[(index % FANOUT) as usize]
    }

    /// The lists are whole between any two statements, so a panic elsewhere cannot have torn them.
    fn spare(&self) -> MutexGuard<'_, Vec<Free<R>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a thread that keeps none. A cache is large: whoever has one of its own on the stack is not to
    /// be a function that is called for each record.
    #[cold]
    #[inline(never)]
    pub(crate) fn take_one(&'static self) -> Free<R> {
        Cache::new(self).take()
    }

    /// As [`take_one`](Self::take_one).
    #[cold]
    #[inline(never)]
    pub(crate) fn give_one(&'static self, index: u32, record: &'static R) {
        Cache::new(self).give(index, record);
    }

    #[cold]
    fn batch(&'static self) -> Vec<Free<R>> {
        let mut spare = self.spare();
        let kept = spare.len().saturating_sub(BATCH);
        let batch = spare.split_off(kept);
        drop(spare);
        if !batch.is_empty() {
            return batch;
        }
        let first = self.fresh.fetch_add(BATCH as u32, Ordering::AcqRel);
        assert!(first < u32::MAX - FANOUT, "a billion records are alive at once");
        (first..first + BATCH as u32).rev().map(|index| (index, self.make(index))).collect()
    }
}

fn put<T: Sync>(place: &AtomicStatic<T>, value: &'static T) -> &'static T {
    place.set(value);
    value
}

/// An array that lasts, of what is made in place: a rack is too large for a stack.
fn array<T: Default>() -> &'static [T; FANOUT as usize] {
    let array: Box<[T]> = (0..FANOUT).map(|_| T::default()).collect();
    let array: Box<[T; FANOUT as usize]> =
        array.try_into().unwrap_or_else(|_| unreachable!("it has this length"));
    Box::leak(array)
}

impl<R: Default + Send + Sync> Cache<R> {
    pub(crate) const fn new(slab: &'static Slab<R>) -> Self {
        Self { slab, len: Cell::new(0), free: [const { Cell::new(None) }; KEPT] }
    }

    /// A record that nobody else has.
    #[inline]
    pub(crate) fn take(&self) -> Free<R> {
        self.pop().unwrap_or_else(|| self.refill())
    }

    /// Gives a record back.
    #[inline]
    pub(crate) fn give(&self, index: u32, record: &'static R) {
        if self.len.get() == KEPT {
            self.return_some();
        }
        self.push((index, record));
    }

    #[cold]
    #[inline(never)]
    fn refill(&self) -> Free<R> {
        let mut batch = self.slab.batch().into_iter();
        let first = batch.next_back().unwrap_or_else(|| unreachable!("a batch is not empty"));
        batch.for_each(|free| self.push(free));
        first
    }
}

impl<R> Cache<R> {
    #[inline]
    fn pop(&self) -> Option<Free<R>> {
        let len = self.len.get().checked_sub(1)?;
        self.len.set(len);
        self.free.get(len)?.get()
    }

    #[inline]
    fn push(&self, free: Free<R>) {
        let len = self.len.get();
        if let Some(place) = self.free.get(len) {
            place.set(Some(free));
            self.len.set(len + 1);
        }
    }

    #[cold]
    #[inline(never)]
    fn return_some(&self) {
        let some: [_; KEPT / 2] = std::array::from_fn(|_| self.pop());
        let mut spare = self.slab.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.extend(some.into_iter().flatten());
    }
}

impl<R: 'static> Drop for Cache<R> {
    fn drop(&mut self) {
        let mut spare = self.slab.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.extend(std::iter::from_fn(|| self.pop()));
    }
}

/// Declares the slab of a record type, and `take`/`give` over the calling thread's cache of it.
macro_rules! slab {
    ($record:ty) => {
        static SLAB: $crate::registry::slab::Slab<$record> = $crate::registry::slab::Slab::new();

        thread_local! {
            static CACHE: $crate::registry::slab::Cache<$record> =
                const { $crate::registry::slab::Cache::new(&SLAB) };
        }

        /// A record that nobody else has; straight from the slab on a thread that is ending.
        #[inline]
        fn take() -> (u32, &'static $record) {
            CACHE.try_with(|cache| cache.take()).unwrap_or_else(|_| SLAB.take_one())
        }

        #[inline]
        fn give(index: u32, record: &'static $record) {
            if CACHE.try_with(|cache| cache.give(index, record)).is_err() {
                SLAB.give_one(index, record);
            }
        }
    };
}
pub(crate) use slab;
