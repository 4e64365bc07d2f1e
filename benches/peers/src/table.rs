//! Medians, spread and ratio, as a Markdown table.

use crate::list::{BACKENDS, Backend, Row};
use crate::stats::{median, spread};

/// What one backend did in one row or probe.
pub enum Cell {
    /// One measurement per round, of one figure or several.
    Figures(Vec<Vec<f64>>),
    /// Nothing, and why.
    Absent(String),
}

impl Cell {
    /// What each round says at this place.
    pub fn figures(&self, place: usize) -> Vec<f64> {
        let Self::Figures(rounds) = self else { return Vec::new() };
        let figures = rounds.iter().filter_map(|round| round.get(place));
        figures.copied().filter(|figure| figure.is_finite()).collect()
    }

    /// `None` where no round says anything.
    pub fn median(&self, place: usize) -> Option<f64> {
        let figures = self.figures(place);
        (!figures.is_empty()).then(|| median(&figures))
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
        let peers = self.cells.iter().zip(BACKENDS).skip(1);
        let medians = peers.filter_map(|(cell, backend)| Some((cell, backend, cell.median(0)?)));
        let (best, backend, _) = medians.min_by(|a, b| f64::total_cmp(&a.2, &b.2))?;
        Some((backend.name, self.ratio(best)?))
    }

    /// The subject's ratio to a peer: of neighbours in time, so that a slow minute of the machine
    /// counts for both.
    fn ratio(&self, peer: &Cell) -> Option<f64> {
        let (subject, peer) = (self.cells.first()?.figures(0), peer.figures(0));
        let ratios: Vec<f64> = subject.iter().zip(peer).map(|(a, b)| a / b).collect();
        (!ratios.is_empty()).then(|| median(&ratios))
    }

    fn is_ahead_of(&self, backend: &str) -> bool {
        let place = BACKENDS.iter().position(|other| other.name == backend);
        place.and_then(|place| self.ratio(&self.cells[place])).is_some_and(|ratio| ratio < 1.0)
    }
}

/// The first lines of a table that has a column for each of these.
pub fn head(first: &str, backends: &[Backend], last: &[&str]) -> String {
    let names: Vec<_> = backends.iter().map(|backend| backend.name).collect();
    let last: Vec<_> = last.iter().map(|name| format!(" {name} |")).collect();
    format!(
        "| {first} | {} |{}\n|---|{}{}",
        names.join(" | "),
        last.concat(),
        "---:|".repeat(names.len()),
        "---|".repeat(last.len())
    )
}

pub fn line(line: &Line) -> String {
    let cells: Vec<_> = line.cells.iter().map(cell).collect();
    let best = line.best().map_or("-".into(), |(name, ratio)| format!("**{ratio:.2}** {name}"));
    let Row { name, unit, what, .. } = line.row;
    format!("| {name} | {} | {best} | {unit} | {what} |", cells.join(" | "))
}

/// In how many rows the subject is ahead.
pub fn sum(lines: &[Line]) -> String {
    let subject = BACKENDS[0].name;
    let ahead = |of: &str| lines.iter().filter(|line| line.is_ahead_of(of)).count();
    let of_all = lines.iter().filter(|line| line.best().is_some_and(|(_, ratio)| ratio < 1.0));
    format!(
        "{subject} is ahead of tokio in {} of {} rows, of smol in {}, of Go in {}, and of every peer \
         in {}.",
        ahead("tokio"),
        lines.len(),
        ahead("smol"),
        ahead("go"),
        of_all.count()
    )
}

/// The median, and half the spread.
fn cell(cell: &Cell) -> String {
    match (cell, cell.median(0)) {
        (Cell::Absent(why), _) => why.clone(),
        (_, None) => "-".into(),
        (_, Some(median)) => {
            format!("{} ±{:.0} %", short(median), spread(&cell.figures(0)) / 2.0)
        }
    }
}

/// Three digits, or all before the point.
pub fn short(figure: f64) -> String {
    match figure {
        _ if !figure.is_finite() => "-".into(),
        _ if figure.abs() >= 99.95 => format!("{figure:.0}"),
        _ if figure.abs() >= 9.995 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}
