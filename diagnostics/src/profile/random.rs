//! Numbers for sampling: fast, and nobody's secret.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// A number below `end`, which is not 0.
pub(super) fn below(end: u64) -> u64 {
    // A thread that is ending takes whatever comes.
    let x = STATE.try_with(next).unwrap_or(0);
    // The high half is the better one.
    ((u128::from(x) * u128::from(end)) >> 64) as u64
}

/// Xorshift64*, from a seed of the thread's own.
fn next(state: &Cell<u64>) -> u64 {
    let mut x = state.get();
    if x == 0 {
        x = RandomState::new().hash_one(0_u8) | 1;
    }
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    state.set(x);
    x.wrapping_mul(0x2545_f491_4f6c_dd1d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_four_is_one_in_four() {
        let hits = (0..100_000).filter(|_| below(4) == 0).count();
        assert!((24_000..26_000).contains(&hits), "{hits}");
        assert_eq!(below(1), 0);
    }
}
