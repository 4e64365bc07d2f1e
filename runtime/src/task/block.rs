//! Blocks of memory for cells, of a few sizes, kept at hand by the thread that freed them.
//!
//! A spawn takes a block and an end frees one, mostly on the same thread and of a size that was just
//! freed. The allocator keeps seven of a size for a thread; with more than that in use at once, to
//! take and free one is 190 instructions of it, and 20 here (`benches/cost`, spawn). Invariants:
//! * a free block is in exactly one list: a thread's, or one of the batches that threads exchange;
//! * its first word leads to the next one in the list, its second is [`memory::FREE`], by which the
//!   search of the memory knows that nothing in it is anybody's;
//! * a list of a thread has at most [`KEPT`] blocks of a size, and at most [`STORED`] batches wait to be
//!   exchanged: what is more goes back to the allocator, where every block comes from.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use wakeful_diagnostics::memory;

/// Sizes are so far apart.
const GRAIN: usize = 16;
/// And the smallest is this: glibc's own sizes, so that a block takes no more than it would have.
const SMALLEST: usize = 24;
/// Larger ones than this many are the allocator's alone: 1 KiB and 8 bytes.
const SIZES: usize = 63;
/// What the allocator aligns every block to.
const ALIGN: usize = 16;
/// At most so many free blocks of a size has a thread.
const KEPT: usize = 128;
/// So many are exchanged at once.
const BATCH: usize = KEPT / 2;
/// At most so many batches of a size wait for a thread that needs them.
const STORED: usize = 32;

/// A free block.
#[repr(C)]
struct Free {
    next: *mut Self,
    mark: usize,
}

/// A list of free blocks.
#[derive(Clone, Copy)]
struct List {
    first: *mut Free,
    len: usize,
}

// SAFETY: the blocks of a list are whoever's the list is.
unsafe impl Send for List {}

const EMPTY: List = List { first: ptr::null_mut(), len: 0 };

/// The free blocks of one thread, by size.
struct Shelf([Cell<List>; SIZES]);

thread_local! {
    static SHELF: Shelf = const { Shelf([const { Cell::new(EMPTY) }; SIZES]) };
}

/// Batches that no thread has, of one size.
struct Store {
    batches: Mutex<Vec<List>>,
    /// Their number, for who would look in vain.
    len: AtomicUsize,
}

static STORES: [Store; SIZES] =
    [const { Store { batches: Mutex::new(Vec::new()), len: AtomicUsize::new(0) } }; SIZES];

/// Which size fits; `None`: the allocator's own.
const fn size_for(layout: Layout) -> Option<usize> {
    let size = layout.size().saturating_sub(SMALLEST).div_ceil(GRAIN);
    if size >= SIZES || layout.align() > ALIGN { None } else { Some(size) }
}

const fn layout_of(size: usize) -> Layout {
    match Layout::from_size_align(SMALLEST + size * GRAIN, ALIGN) {
        Ok(layout) => layout,
        Err(_) => unreachable!(),
    }
}

/// A block for a value that is to be written there, and stays until [`clear`].
#[inline]
pub(super) fn room<T>() -> NonNull<T> {
    take(Layout::new::<T>()).cast()
}

/// Drops a value where it lies, and frees its block.
///
/// # Safety
///
/// - `value` was written to a [`room`] for a `T`, and nobody uses it any more.
#[inline]
pub(super) unsafe fn clear<T>(value: NonNull<T>) {
    // SAFETY: the caller's promise.
    unsafe { value.drop_in_place() };
    // SAFETY: `room` took the block with this layout.
    unsafe { give(value.cast(), Layout::new::<T>()) };
}

/// A block for a value of this layout; nothing is in it.
#[inline]
fn take(layout: Layout) -> NonNull<u8> {
    let Some(size) = size_for(layout) else { return from_allocator(layout) };
    let first = SHELF.try_with(|Shelf(lists)| {
        let List { first, len } = lists[size].get();
        let first = NonNull::new(first)?;
        // SAFETY: a block in the list of this thread is free, and begins so.
        let next = unsafe { (*first.as_ptr()).next };
        lists[size].set(List { first: next, len: len - 1 });
        Some(first.cast())
    });
    match first {
        Ok(Some(block)) => block,
        _ => refill(size),
    }
}

/// Frees a block that [`take`] has given for this layout.
///
/// # Safety
///
/// - `block` came from `take` with the same layout, and nobody uses it any more.
#[inline]
unsafe fn give(block: NonNull<u8>, layout: Layout) {
    let Some(size) = size_for(layout) else {
        // SAFETY: the caller's promise; it came from the allocator with this layout.
        return unsafe { dealloc(block.as_ptr(), layout) };
    };
    let free = block.cast::<Free>();
    let kept = SHELF.try_with(|Shelf(lists)| {
        let list = lists[size].get();
        // SAFETY: the block is the caller's, at least of this size, and aligned for it.
        unsafe { free.write(Free { next: list.first, mark: memory::FREE }) };
        let list = List { first: free.as_ptr(), len: list.len + 1 };
        lists[size].set(if list.len < KEPT { list } else { put_by(list, size) });
    });
    if kept.is_err() {
        // SAFETY: it is the caller's, and blocks of this size came with this layout.
        unsafe { dealloc(block.as_ptr(), layout_of(size)) };
    }
}

fn from_allocator(layout: Layout) -> NonNull<u8> {
    // SAFETY: no cell is empty: each begins with a header.
    let block = unsafe { alloc(layout) };
    NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout))
}

/// A block where this thread has none: from a batch, if there is one.
#[cold]
fn refill(size: usize) -> NonNull<u8> {
    let store = &STORES[size];
    if store.len.load(Ordering::Relaxed) > 0 {
        let mut batches = store.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = batches.pop();
        store.len.store(batches.len(), Ordering::Relaxed);
        drop(batches);
        if let Some(batch) = batch {
            if SHELF.try_with(|Shelf(lists)| lists[size].set(batch)).is_ok() {
                return take(layout_of(size));
            }
            release(batch, size);
        }
    }
    from_allocator(layout_of(size))
}

/// Leaves half of a thread's blocks of a size to whoever needs some. Returns the other half.
#[cold]
fn put_by(list: List, size: usize) -> List {
    let mut last = list.first;
    for _ in 1..BATCH {
        // SAFETY: the list has more than `BATCH` blocks.
        last = unsafe { (*last).next };
    }
    // SAFETY: as above, and the list is the caller's.
    let last = unsafe { &mut *last };
    let rest = mem::replace(&mut last.next, ptr::null_mut());
    let batch = List { first: list.first, len: BATCH };
    let store = &STORES[size];
    let mut batches = store.batches.lock().unwrap_or_else(PoisonError::into_inner);
    let is_full = batches.len() >= STORED;
    if !is_full {
        batches.push(batch);
        store.len.store(batches.len(), Ordering::Relaxed);
    }
    drop(batches);
    if is_full {
        release(batch, size);
    }
    List { first: rest, len: list.len - BATCH }
}

/// Gives blocks back to the allocator.
fn release(list: List, size: usize) {
    let mut next = list.first;
    while let Some(block) = NonNull::new(next) {
        // SAFETY: the list was its only owner, and was the caller's.
        next = unsafe { (*block.as_ptr()).next };
        // SAFETY: blocks of this size came with this layout.
        unsafe { dealloc(block.as_ptr().cast(), layout_of(size)) };
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        for (size, list) in self.0.iter().enumerate() {
            release(list.replace(EMPTY), size);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn takes_and_gives(layout: Layout, count: usize) {
        let blocks: Vec<_> = (0..count).map(|_| take(layout)).collect();
        let mut addresses: Vec<_> = blocks.iter().map(|block| block.addr()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), count, "a block was given twice");
        for block in blocks {
            assert_eq!(block.addr().get() % layout.align(), 0);
            // SAFETY: the block is as large, and is given back once.
            unsafe { block.write_bytes(0xa5, layout.size()) };
            // SAFETY: taken with this layout above, and used no more.
            unsafe { give(block, layout) };
        }
    }

    #[test]
    fn no_block_is_given_twice_whatever_its_size() {
        for (size, align) in
            [(1, 1), (24, 8), (25, 8), (96, 8), (1016, 16), (1017, 8), (64, 64), (100_000, 8)]
        {
            let layout = Layout::from_size_align(size, align).expect("a layout");
            takes_and_gives(layout, 3 * KEPT + 1);
            takes_and_gives(layout, 3 * KEPT + 1);
        }
    }

    #[test]
    fn what_one_thread_frees_another_one_uses() {
        let layout = Layout::from_size_align(1000, 8).expect("a layout");
        std::thread::spawn(move || takes_and_gives(layout, 4 * KEPT)).join().expect("no panic");
        takes_and_gives(layout, 4 * KEPT);
        let size = size_for(layout).expect("one of the sizes");
        let stored = STORES[size].batches.lock().expect("no panic").len();
        assert_eq!(STORES[size].len.load(Ordering::Relaxed), stored);
        assert!(stored <= STORED);
    }
}
