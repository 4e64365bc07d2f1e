//! What has been judged already: a small table on each thread, of hashes of what was held and wanted.

use std::cell::Cell;

/// Entries; one hash has one place.
const SIZE: usize = 256;

thread_local! {
    static KNOWN: [Cell<u64>; SIZE] = const { [const { Cell::new(0) }; SIZE] };
}

/// Mixes a word into a hash; what comes first makes a difference. Never 0: that is an empty entry.
#[inline]
pub(crate) const fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(29) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
}

/// Whether this hash was put here.
#[inline]
pub(super) fn has(hash: u64) -> bool {
    KNOWN.with(|known| known[(hash >> 56) as usize % SIZE].get() == hash)
}

pub(super) fn put(hash: u64) {
    KNOWN.with(|known| known[(hash >> 56) as usize % SIZE].set(hash));
}

#[cfg(test)]
mod tests {
    use super::mix;

    #[test]
    fn order_and_seed_make_a_difference_and_nothing_is_nothing() {
        assert_ne!(mix(mix(1, 2), 3), mix(mix(1, 3), 2));
        assert_ne!(mix(mix(1, 2), 3), mix(mix(2, 2), 3));
        assert_ne!(mix(0, 0), 0);
        assert_ne!(mix(2, 1_u64.rotate_left(30)), 0);
    }
}
