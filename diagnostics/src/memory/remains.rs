//! What stood in a place of the house's before anything of anybody's was put there.
//!
//! Between the fields of a value, and in an empty variant, are bytes that nobody wrote: what lay
//! there before, or beside it on the stack from which it was moved. They can say the address of
//! something that was gone even then, and say that of a channel once its memory is used again.
//! So the house notes what stands in its long-lived blocks when they are new; what still stands
//! there is no way to anything that came later. A word that was written since is looked at, unless
//! the value is one that never leads anywhere. And before it makes much that lives long, it sweeps.

use std::collections::BTreeMap;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use super::Address;
use super::heap;
use super::reader::Reader;

const WORD: usize = size_of::<usize>();

/// What each word said when it was noted, by its address.
static NOTED: Mutex<BTreeMap<Address, Address>> = Mutex::new(BTreeMap::new());

/// Values that lead to nothing, and how long they are.
static KEPT: Mutex<Vec<(Address, usize)>> = Mutex::new(Vec::new());

/// Sizes of blocks that a thread's allocator keeps at hand, seven of each.
const SWEPT: std::ops::RangeInclusive<usize> = 24..=1032;
const AT_HAND: usize = 7;

/// Writes over what lies in the free blocks that the calling thread's allocator has at hand, and below on its
/// stack: what is made next, also by crates that the house uses, says nothing where nobody writes. It takes
/// some 50 µs.
pub fn sweep() {
    wipe_stack();
    for len in SWEPT.step_by(16) {
        // Not zeros: memory that is asked for as zeros comes from elsewhere.
        let blocks: [Vec<u8>; AT_HAND] = std::array::from_fn(|_| {
            let mut block = Vec::with_capacity(len);
            block.resize(len, 1);
            block
        });
        std::hint::black_box(&blocks);
    }
}

/// Wipes what the calling thread's stack still has of earlier calls, not least of the words that a search
/// has read: they get from there into bytes of other values that nobody writes, and those lie on the heap at
/// the next search.
#[inline(never)]
pub(super) fn wipe_stack() {
    super::reader::wipe(&mut [0_u8; 32 << 10]);
}

/// Says that nothing of anybody's is ever put into this value: whatever stands there leads to nothing.
pub fn keep<T>(value: &'static T) -> &'static T {
    let at = Address::new(ptr::from_ref(value).addr());
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).push((at, size_of::<T>()));
    value
}

/// Notes what stands in the new block of the heap to which the first word of `value` points, until
/// what is returned is dropped: before the block is freed.
pub fn note_behind<T>(value: &T) -> Noted {
    let at = ptr::from_ref(value).addr();
    let noted = Reader::open().ok().and_then(|reader| {
        let start = reader.word(at)?;
        let end = heap::end_of_block(&reader, start)?;
        read(&reader, start, end);
        Some((Address::new(start), Address::new(end)))
    });
    Noted(noted)
}

/// See [`note_behind`].
#[derive(Debug)]
#[must_use = "the block is known only while this is held"]
pub struct Noted(Option<(Address, Address)>);

impl Drop for Noted {
    fn drop(&mut self) {
        if let Some((start, end)) = self.0 {
            let mut noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
            noted.retain(|at, _| !(start.get()..end.get()).contains(&at.get()));
        }
    }
}

fn read(reader: &Reader, start: usize, end: usize) {
    let mut noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    for at in (start..end).step_by(WORD) {
        // Zero leads nowhere.
        if let Some(value) = reader.word(at).filter(|&value| value != 0) {
            noted.insert(Address::new(at), Address::new(value));
        }
    }
}

/// Where values lie that lead to nothing.
pub(super) fn kept() -> Vec<(Address, usize)> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Everything that was noted.
pub(super) fn all() -> BTreeMap<Address, Address> {
    NOTED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_known_by_what_stands_in_it_until_the_note_is_dropped() {
        let block = std::hint::black_box(Box::new([7_usize; 12]));
        let first = Address::new(block.as_ptr().addr());
        let noted = note_behind(&block);
        assert_eq!(all().get(&first), Some(&Address::new(7)));
        drop(noted);
        assert_eq!(all().get(&first), None);
    }
}
