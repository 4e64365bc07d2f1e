//! Medians, and how far they can be trusted.

pub fn sorted(of: &[f64]) -> Vec<f64> {
    let mut of = of.to_vec();
    of.sort_by(f64::total_cmp);
    of
}

/// Not a number where there is nothing.
pub fn median(of: &[f64]) -> f64 {
    let of = sorted(of);
    match of.len() {
        0 => f64::NAN,
        length => (of[length / 2] + of[(length - 1) / 2]) / 2.0,
    }
}

/// From the lower to the upper quartile, in hundredths of the median.
pub fn spread(of: &[f64]) -> f64 {
    let sorted = sorted(of);
    let at = |part: f64| sorted[((sorted.len() - 1) as f64 * part).round() as usize];
    (at(0.75) - at(0.25)) / median(of) * 100.0
}

/// Between which two of the values the median lies in 95 of 100 cases, whatever the values'
/// distribution is: each is above it as often as a coin falls on heads.
pub fn confidence(of: &[f64]) -> (f64, f64) {
    let sorted = sorted(of);
    let count = sorted.len();
    // How likely it is that at most `rank` of all are below the median.
    let (mut chance, mut below, mut rank) = (0.5_f64.powi(count as i32), 0.0, 0);
    while rank < count / 2 && below + chance <= 0.025 {
        below += chance;
        chance *= (count - rank) as f64 / (rank + 1) as f64;
        rank += 1;
    }
    let rank = rank.saturating_sub(1);
    (sorted[rank], sorted[count - 1 - rank])
}

/// How the second grows with the first: 1 where it is as many times greater, 2 where it is the
/// square. The slope of a line through the logarithms.
pub fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    if points.len() < 2 {
        return None;
    }
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logs.len() as f64;
    let (x, y) = logs.iter().fold((0.0, 0.0), |(x, y), log| (x + log.0, y + log.1));
    let (x, y) = (x / count, y / count);
    let (over, under) = logs.iter().fold((0.0, 0.0), |(over, under), log| {
        (over + (log.0 - x) * (log.1 - y), under + (log.0 - x) * (log.0 - x))
    });
    Some(over / under)
}

#[cfg(test)]
mod tests {
    use super::{confidence, exponent, median};

    #[test]
    fn the_median_of_25_lies_between_the_8th_and_the_18th() {
        let values: Vec<f64> = (1..=25).map(f64::from).collect();
        assert_eq!((median(&values), confidence(&values)), (13.0, (8.0, 18.0)));
    }

    #[test]
    fn few_values_are_trusted_no_further_than_they_reach() {
        assert_eq!(confidence(&[2.0, 1.0, 3.0]), (1.0, 3.0));
    }

    #[test]
    fn what_doubles_with_the_number_grows_linearly() {
        let exponent = exponent(&[(1.0, 3.0), (10.0, 30.0), (100.0, 300.0)]);
        assert!((exponent.expect("three points") - 1.0).abs() < 1e-9);
    }
}
