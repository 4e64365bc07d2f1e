//! Stacks, each kept once, in memory of a fixed size.
//!
//! Invariants:
//! * a slot of the index is written once, after the words it points to, and never again;
//! * words are handed out once, so nobody writes to those that a slot points to.
//!
//! Nothing is allocated and no lock is taken, so that a task may enter its stack under any lock, and a
//! signal handler too.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How far from its place a stack is looked for.
const PROBES: usize = 64;

/// At most `SLOTS` stacks, a power of two, of together less than `WORDS` addresses.
#[derive(Debug)]
pub(super) struct Table<const SLOTS: usize, const WORDS: usize> {
    /// Half a hash above, the place of the words plus one below; 0 is free.
    slots: [AtomicU64; SLOTS],
    /// For each stack how many addresses it has, and those.
    words: [AtomicUsize; WORDS],
    used: AtomicUsize,
    lost: AtomicU64,
}

impl<const SLOTS: usize, const WORDS: usize> Table<SLOTS, WORDS> {
    pub(super) const fn new() -> Self {
        Self {
            slots: [const { AtomicU64::new(0) }; SLOTS],
            words: [const { AtomicUsize::new(0) }; WORDS],
            used: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
        }
    }

    /// The number of this stack, counted from 1; `None` if there is no room left for a new one.
    pub(super) fn enter(&self, stack: &[usize]) -> Option<u32> {
        let hash = hash(stack);
        let mark = hash >> 32 << 32;
        let mut own = None;
        for probe in 0..PROBES {
            let number = (hash as usize).wrapping_add(probe) & (SLOTS - 1);
            let slot = &self.slots[number];
            let mut found = slot.load(Ordering::Acquire);
            if found == 0 {
                let place = match own {
                    Some(place) => place,
                    None => *own.insert(self.write(stack)?),
                };
                let entry = mark | (place as u64 + 1);
                match slot.compare_exchange(0, entry, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => return Some(number as u32 + 1),
                    // Another one came first, perhaps with the same stack.
                    Err(other) => found = other,
                }
            }
            if found >> 32 << 32 == mark && self.is(found, stack) {
                return Some(number as u32 + 1);
            }
        }
        self.lost.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// The stack with this number.
    pub(super) fn get(&self, number: u32) -> Option<Vec<usize>> {
        let slot = self.slots.get((number as usize).checked_sub(1)?)?.load(Ordering::Acquire);
        let place = (slot as u32 as usize).checked_sub(1)?;
        let len = self.words[place].load(Ordering::Relaxed);
        let words = &self.words[place + 1..=place + len];
        Some(words.iter().map(|word| word.load(Ordering::Relaxed)).collect())
    }

    /// How often there was no room for a stack.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Where it lies: address and length. It has no references to anything.
    pub(super) fn stretch(&self) -> (usize, usize) {
        (std::ptr::from_ref(self).addr(), size_of_val(self))
    }

    fn write(&self, stack: &[usize]) -> Option<usize> {
        let needed = stack.len() + 1;
        let claim = |used: usize| (used + needed <= WORDS).then_some(used + needed);
        let Ok(place) = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim) else {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let words = self.words[place..].iter();
        for (word, value) in words.zip([&[stack.len()], stack].into_iter().flatten()) {
            word.store(*value, Ordering::Relaxed);
        }
        Some(place)
    }

    #[inline]
    fn is(&self, slot: u64, stack: &[usize]) -> bool {
        let place = slot as u32 as usize - 1;
        if self.words[place].load(Ordering::Relaxed) != stack.len() {
            return false;
        }
        let words = self.words[place + 1..].iter();
        words.zip(stack).all(|(word, value)| word.load(Ordering::Relaxed) == *value)
    }
}

/// Addresses differ in their middle bits; a multiplication brings those to the top, a rotation back.
#[inline]
fn hash(stack: &[usize]) -> u64 {
    let mix = |hash: u64, word: &usize| {
        (hash.rotate_left(23) ^ *word as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    };
    let hash = stack.iter().fold(stack.len() as u64, mix);
    hash ^ hash >> 29
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_kept_once_and_read_back() {
        static TABLE: Table<64, 256> = Table::new();
        let first = TABLE.enter(&[1, 2, 3]);
        assert!(first.is_some());
        assert_eq!(TABLE.enter(&[1, 2, 3]), first);
        let second = TABLE.enter(&[1, 2]);
        assert_ne!(second, first);
        assert_eq!(first.and_then(|n| TABLE.get(n)).as_deref(), Some(&[1, 2, 3][..]));
        assert_eq!(second.and_then(|n| TABLE.get(n)).as_deref(), Some(&[1, 2][..]));
        assert_eq!((TABLE.get(0), TABLE.get(65), TABLE.lost()), (None, None, 0));
    }

    #[test]
    fn a_table_that_is_full_says_how_many_it_did_not_keep() {
        static TABLE: Table<64, 32> = Table::new();
        let kept = (0..100).filter(|&n| TABLE.enter(&[n, n, n]).is_some()).count();
        assert_eq!((kept, TABLE.lost()), (8, 92));
        assert!(TABLE.enter(&[0, 0, 0]).is_some(), "what is known stays so");
    }

    #[test]
    fn threads_that_enter_the_same_stacks_get_the_same_numbers() {
        static TABLE: Table<1024, 8192> = Table::new();
        let enter = || (0..200).map(|n| TABLE.enter(&[n, n * 7, n])).collect::<Vec<_>>();
        let numbers = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(enter)).collect();
            threads.into_iter().map(|t| t.join().expect("it ends")).collect::<Vec<_>>()
        });
        assert!(numbers.windows(2).all(|pair| pair[0] == pair[1]));
        for (n, number) in numbers[0].iter().enumerate() {
            assert_eq!(number.and_then(|n| TABLE.get(n)), Some(vec![n, n * 7, n]));
        }
    }
}
