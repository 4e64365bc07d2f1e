//! How times are spread, in a dozen steps of four.

use std::time::Duration;

/// The upper bound of each bucket but the last, which has none: 1 us, 4 us, .. 1.048576 s.
pub const BOUNDS: [Duration; 11] = {
    let mut bounds = [Duration::ZERO; 11];
    let mut place = 0;
    while place < bounds.len() {
        bounds[place] = Duration::from_micros(1 << (2 * place));
        place += 1;
    }
    bounds
};

/// The bucket for a time: the first whose bound it does not exceed.
#[must_use]
pub fn bucket(nanos: u64) -> usize {
    // Whole microseconds that it exceeds; each bound has two bits more than the one before.
    let micros = nanos.saturating_sub(1) / 1000;
    let bits = (u64::BITS - micros.leading_zeros()) as usize;
    bits.div_ceil(2).min(BOUNDS.len())
}

/// How many times fell into which bucket, and what they add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Histogram {
    /// By bucket, not added up: as many as there are [`BOUNDS`], and one for what is beyond.
    pub counts: [u64; BOUNDS.len() + 1],
    /// The sum of all.
    pub sum: Duration,
}

impl Histogram {
    /// How many times were noted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// What they come to on average; zero if there are none.
    #[must_use]
    pub fn mean(&self) -> Duration {
        match u32::try_from(self.count()) {
            Ok(0) => Duration::ZERO,
            Ok(count) => self.sum / count,
            Err(_) => self.sum.div_f64(self.count() as f64),
        }
    }

    /// Adds what another one has noted.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.sum += other.sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_own_bucket() {
        assert_eq!((bucket(0), bucket(1_000), bucket(1_001), bucket(4_000)), (0, 0, 1, 1));
        for (place, bound) in BOUNDS.iter().enumerate() {
            let nanos = bound.as_nanos() as u64;
            assert_eq!((bucket(nanos), bucket(nanos + 1)), (place, place + 1));
        }
        assert_eq!(BOUNDS[10], Duration::from_micros(1_048_576));
        assert_eq!((bucket(1_048_576_000), bucket(1_048_576_001), bucket(u64::MAX)), (10, 11, 11));
    }

    #[test]
    fn a_mean_is_of_what_was_noted() {
        let mut all = Histogram::default();
        assert_eq!(all.mean(), Duration::ZERO);
        let mut one = Histogram::default();
        one.counts[3] = 4;
        one.sum = Duration::from_micros(80);
        all.add(&one);
        all.add(&one);
        assert_eq!((all.count(), all.mean()), (8, Duration::from_micros(20)));
    }
}
