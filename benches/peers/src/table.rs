//! Medians, spread and ratio, as a Markdown table.

use crate::list::{BACKENDS, Row};

/// What one backend did in one row.
pub enum Cell {
    /// One figure per round.
    Figures(Vec<f64>),
    /// Nothing, and why.
    Absent(&'static str),
}

impl Cell {
    pub fn median(&self) -> Option<f64> {
        match self {
            Self::Figures(figures) => Some(median(figures)),
            Self::Absent(_) => None,
        }
    }

    /// From the lower to the upper quartile, in hundredths of the median.
    pub fn spread(&self) -> Option<f64> {
        let Self::Figures(figures) = self else { return None };
        let sorted = sorted(figures);
        let at = |part: f64| sorted[((sorted.len() - 1) as f64 * part).round() as usize];
        Some((at(0.75) - at(0.25)) / median(figures) * 100.0)
    }
}

/// What was measured of a row: one cell per backend.
pub struct Line {
    pub row: &'static Row,
    pub cells: Vec<Cell>,
}

impl Line {
    /// The peer with the smallest median, and the subject's ratio to it.
    pub fn best(&self) -> Option<(&'static str, f64)> {
        let (subject, peers) = self.cells.split_first()?;
        let medians = peers.iter().zip(&BACKENDS[1..]);
        let (best, backend) = medians
            .filter(|(cell, _)| cell.median().is_some())
            .min_by(|a, b| f64::total_cmp(&a.0.median().unwrap(), &b.0.median().unwrap()))?;
        let (Cell::Figures(subject), Cell::Figures(best)) = (subject, best) else { return None };
        // The ratio of neighbours in time, so that a slow minute of the machine counts for both.
        let ratios: Vec<f64> = subject.iter().zip(best).map(|(a, b)| a / b).collect();
        Some((backend.name, median(&ratios)))
    }
}

pub fn head() {
    let names: Vec<_> = BACKENDS.iter().map(|backend| backend.name).collect();
    let subject = names[0];
    println!("| row | {} | {subject} / best peer | unit | operation |", names.join(" | "));
    println!("|---|{}---:|---|---|", "---:|".repeat(names.len()));
}

pub fn line(line: &Line) {
    let cells: Vec<_> = line.cells.iter().map(cell).collect();
    let best = line.best().map_or("-".into(), |(name, ratio)| format!("**{ratio:.2}** {name}"));
    let Row { name, unit, what, .. } = line.row;
    println!("| {name} | {} | {best} | {unit} | {what} |", cells.join(" | "));
}

/// The median, and the spread.
fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Absent(why) => (*why).to_owned(),
        Cell::Figures(figures) => {
            let (median, spread) = (median(figures), cell.spread().unwrap_or(f64::NAN));
            let digits = usize::from(median < 100.0);
            format!("{median:.digits$} ±{:.0} %", spread / 2.0)
        }
    }
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
