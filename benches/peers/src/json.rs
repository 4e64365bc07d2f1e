//! Every figure, for machines. Nothing in it needs to be escaped: names and figures.

use crate::list::{BACKENDS, Backend};
use crate::table::{Cell, Line};

pub fn of_row(line: &Line) -> String {
    let best = line.best().map_or(String::new(), |(name, ratio)| {
        format!("\"best_peer\":\"{name}\",\"ratio\":{ratio:.4},")
    });
    let figures = by_backend(BACKENDS, &line.cells, |cell| list(&cell.figures(0)));
    format!(
        "{{\"row\":\"{}\",\"unit\":\"{}\",{best}\"figures\":{figures}}}",
        line.row.name, line.row.unit
    )
}

/// What a probe tells: for each backend its rounds, each a list of figures in the order of `names`.
pub fn of_probe(
    name: &str,
    size: u64,
    names: &[&str],
    backends: &[Backend],
    cells: &[Cell],
) -> String {
    let rounds = |cell: &Cell| {
        let Cell::Figures(rounds) = cell else { return String::new() };
        let rounds: Vec<_> = rounds.iter().map(|round| list(round)).collect();
        format!("[{}]", rounds.join(","))
    };
    let names: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!(
        "{{\"probe\":\"{name}\",\"size\":{size},\"names\":[{}],\"rounds\":{}}}",
        names.join(","),
        by_backend(backends, cells, rounds)
    )
}

/// What is no number is `null`.
pub fn list(figures: &[f64]) -> String {
    let number = |figure: &f64| match figure.is_finite() {
        true => format!("{figure:.2}"),
        false => "null".into(),
    };
    format!("[{}]", figures.iter().map(number).collect::<Vec<_>>().join(","))
}

fn by_backend(backends: &[Backend], cells: &[Cell], of: impl Fn(&Cell) -> String) -> String {
    let there = cells.iter().zip(backends).filter(|(cell, _)| matches!(cell, Cell::Figures(_)));
    let each: Vec<_> =
        there.map(|(cell, backend)| format!("\"{}\":{}", backend.name, of(cell))).collect();
    format!("{{{}}}", each.join(","))
}
