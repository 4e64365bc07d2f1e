//! Medians, spread and ratio, as a Markdown table.

use crate::list::{BACKENDS, Row};

/// What was measured of a row: per backend, one time per round, in nanoseconds.
pub struct Line<'a> {
    pub row: &'a Row,
    pub times: &'a [Vec<f64>],
}

pub fn head() {
    let [(subject, _), (peer, _), ..] = BACKENDS else { unreachable!("there are two at least") };
    println!(
        "| row | {subject}, ns | spread | {peer}, ns | spread | {subject} / {peer} | operation |"
    );
    println!("|---|---:|---:|---:|---:|---:|---|");
}

pub fn line(line: &Line<'_>) {
    let [subject, peer, ..] = line.times else { unreachable!("there are two at least") };
    // The ratio of neighbours in time, so that a slow minute of the machine counts for both.
    let ratios: Vec<f64> = subject.iter().zip(peer).map(|(a, b)| a / b).collect();
    println!(
        "| {} | {:.1} | {:.0} % | {:.1} | {:.0} % | **{:.2}** | {} |",
        line.row.name,
        median(subject),
        spread(subject),
        median(peer),
        spread(peer),
        median(&ratios),
        line.row.what
    );
}

fn sorted(of: &[f64]) -> Vec<f64> {
    let mut of = of.to_vec();
    of.sort_by(f64::total_cmp);
    of
}

fn median(of: &[f64]) -> f64 {
    let of = sorted(of);
    (of[of.len() / 2] + of[(of.len() - 1) / 2]) / 2.0
}

/// From the lower to the upper quartile, in hundredths of the median.
fn spread(of: &[f64]) -> f64 {
    let sorted = sorted(of);
    let at = |part: f64| sorted[((sorted.len() - 1) as f64 * part).round() as usize];
    (at(0.75) - at(0.25)) / median(of) * 100.0
}
