//! What has been judged already: a small table on each thread, of hashes of what was held and wanted.

use std::cell::Cell;

/// Entries; one hash has one place.
const SIZE: usize = 256;

thread_local! {
    static KNOWN: [Cell<u64>; SIZE] = const { [const { Cell::new(0) }; SIZE] };
}

/// Mixes a word into a hash; what comes first makes a difference.
#[inline]
pub(crate) const fn mix(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Never 0: that is an empty entry.
const FULL: u64 = 1;

/// Whether this hash was put here.
#[inline]
pub(super) fn has(hash: u64) -> bool {
    KNOWN.with(|known| known[(hash >> 56) as usize % SIZE].get() == hash | FULL)
}

pub(super) fn put(hash: u64) {
    KNOWN.with(|known| known[(hash >> 56) as usize % SIZE].set(hash | FULL));
}

#[cfg(test)]
mod tests {
    use super::{has, mix, put};

    #[test]
    fn order_and_seed_make_a_difference() {
        assert_ne!(mix(mix(1, 2), 3), mix(mix(1, 3), 2));
        assert_ne!(mix(mix(1, 2), 3), mix(mix(2, 2), 3));
        assert_ne!(mix(2, 1), mix(1, 1));
    }

    #[test]
    fn nothing_is_known_before_it_was_put_here() {
        assert!(!has(0));
        let hash = mix(3, 4);
        assert!(!has(hash));
        put(hash);
        assert!(has(hash));
    }
}
