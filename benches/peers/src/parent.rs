//! Runs every row on every backend, in turn.

use crate::args::Args;
use crate::list::BACKENDS;
use crate::measure::{Bench, Wanted};
use crate::publish::{Run, load};
use crate::table::Line;
use crate::{drawing, json, table};

/// How often a row runs, unless told.
const ROUNDS: usize = 7;

pub fn run(args: &Args) {
    let bench = Bench::new();
    let rounds = args.rounds.unwrap_or(ROUNDS);
    let mut run = Run::begin("run", format!("{rounds} rounds"), load());
    let last = ["wakeful / best peer", "unit", "operation"];
    run.say(&table::head("row", BACKENDS, &last));
    let mut lines = Vec::new();
    for row in &args.rows {
        let wanted = Wanted {
            name: row.name,
            size: ((row.size as f64 * args.scale) as u64).max(1),
            rounds: rounds.min(row.rounds),
            descriptors: if row.name == "mem_conn" { row.size + 100 } else { 0 },
        };
        let line = Line { row, cells: bench.interleave(BACKENDS, wanted) };
        run.say(&table::line(&line));
        lines.push(line);
    }
    run.say(&format!("\n{}", table::sum(&lines)));
    let items = lines.iter().map(json::of_row).collect();
    run.end(args, items, Some(drawing::of(&lines)));
}
