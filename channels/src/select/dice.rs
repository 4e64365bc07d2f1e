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
    let count = set.count_ones();
    if count == 1 || !IS_FAIR {
        return set.trailing_zeros();
    }
    let skipped = ((u64::from(count) * u64::from(roll())) >> 32) as u32;
    let mut set = set;
    for _ in 0..skipped {
        set &= set - 1;
    }
    set.trailing_zeros()
}

/// Marsaglia's xorshift, one state for each thread.
#[inline]
fn roll() -> u32 {
    let mut x = match STATE.get() {
        0 => seed(),
        state => state,
    };
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    STATE.set(x);
    (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
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
        let set = 1 | 1 << 5 | 1 << 63;
        let mut seen = [0u32; 64];
        for _ in 0..30_000 {
            seen[pick(set) as usize] += 1;
        }
        for bit in [0, 5, 63] {
            assert!((9_000..11_000).contains(&seen[bit]), "bit {bit}: {} of 30000", seen[bit]);
        }
        assert_eq!(seen.iter().sum::<u32>(), 30_000);
    }
}
