//! Which arm comes next: a fair choice, cheap enough to make for each poll.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A model of loom's has to take the same course each time it is replayed.
const IS_FAIR: bool = !cfg!(loom);

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// One of the bits that are set in `set`, each with the same chance.
#[inline]
pub(super) fn pick(set: u64) -> u32 {
    if set.is_power_of_two() || !IS_FAIR {
        return set.trailing_zeros();
    }
    // The first arm of a round: they are all there, and so the choice is its number.
    if set & set.wrapping_add(1) == 0 {
        return below(set.trailing_ones());
    }
    pick_from_rest(set)
}

#[inline(never)]
fn pick_from_rest(mut set: u64) -> u32 {
    for _ in 0..below(set.count_ones()) {
        set &= set - 1;
    }
    set.trailing_zeros()
}

/// A number below `limit`.
#[inline]
fn below(limit: u32) -> u32 {
    ((u64::from(limit) * u64::from(roll())) >> 32) as u32
}

/// The upper half of a linear congruential generator (Knuth's), one state for each thread: nobody
/// can make use of guessing it, and it need not hold for more than a fair choice.
#[inline]
fn roll() -> u32 {
    let state = match STATE.get() {
        0 => seed(),
        state => state,
    };
    let next =
        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    STATE.set(next);
    (next >> 32) as u32
}

#[cold]
fn seed() -> u64 {
    RandomState::new().build_hasher().finish() | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_has_the_same_chance() {
        for bits in [&[0, 5, 63][..], &[0, 1, 2], &[1, 2, 3]] {
            let set = bits.iter().fold(0, |set, bit| set | 1 << bit);
            let mut seen = [0u32; 64];
            for _ in 0..30_000 {
                seen[pick(set) as usize] += 1;
            }
            for &bit in bits {
                assert!((9_000..11_000).contains(&seen[bit]), "bit {bit}: {} of 30000", seen[bit]);
            }
            assert_eq!(seen.iter().sum::<u32>(), 30_000);
        }
    }

    #[test]
    fn one_choice_says_nothing_of_the_next() {
        let mut seen = [[0u32; 4]; 4];
        let mut before = pick(0b1111) as usize;
        for _ in 0..160_000 {
            let next = pick(0b1111) as usize;
            seen[before][next] += 1;
            before = next;
        }
        for count in seen.as_flattened() {
            assert!((9_000..11_000).contains(count), "{seen:?}");
        }
    }
}
