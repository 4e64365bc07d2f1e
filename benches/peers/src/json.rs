//! Every figure, for machines.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::list::BACKENDS;
use crate::table::{Cell, Line};

/// Nothing in it needs to be escaped: names and figures.
pub fn of(lines: &[Line], rounds: usize, [before, after]: [&str; 2]) -> String {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let mut text = format!(
        "{{\"unix_time\":{at},\"processors\":{processors},\"rounds\":{rounds},\
         \"load_before\":\"{before}\",\"load_after\":\"{after}\",\"rows\":["
    );
    for (number, line) in lines.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        let best = line.best().map_or(String::new(), |(name, ratio)| {
            format!("\"best_peer\":\"{name}\",\"ratio\":{ratio:.4},")
        });
        write!(
            text,
            "{comma}\n{{\"row\":\"{}\",\"unit\":\"{}\",{best}\"figures\":{{{}}}}}",
            line.row.name,
            line.row.unit,
            cells(line)
        )
        .expect("a string takes everything");
    }
    text + "\n]}\n"
}

fn cells(line: &Line) -> String {
    let cells = line.cells.iter().zip(BACKENDS).filter_map(|(cell, backend)| {
        let Cell::Figures(figures) = cell else { return None };
        let figures: Vec<_> = figures.iter().map(|figure| format!("{figure:.2}")).collect();
        Some(format!("\"{}\":[{}]", backend.name, figures.join(",")))
    });
    cells.collect::<Vec<_>>().join(",")
}
