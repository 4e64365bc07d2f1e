//! `--growth`: many tasks, timers and connections beside few.

use crate::args::Args;
use crate::list::{Backend, runtimes};
use crate::measure::{Bench, Wanted};
use crate::plot::{Curve, Plot};
use crate::publish::{Run, load};
use crate::stats::exponent;
use crate::table::{Cell, short};
use crate::{json, plot, table};

/// What is made in numbers.
struct Kind {
    probe: &'static str,
    sizes: &'static [u64],
    /// What the first three figures are of one.
    names: [&'static str; 3],
    /// Files and sockets of one.
    descriptors: u64,
    what: &'static str,
}

const UP_TO_A_MILLION: &[u64] = &[1_000, 10_000, 100_000, 1_000_000];

const KINDS: &[Kind] = &[
    Kind {
        probe: "grow_tasks",
        sizes: UP_TO_A_MILLION,
        names: ["spawn, ns", "bytes", "wake, ns"],
        descriptors: 0,
        what: "tasks",
    },
    Kind {
        probe: "grow_timers",
        sizes: UP_TO_A_MILLION,
        names: ["spawn and start, ns", "bytes", "fire, ns"],
        descriptors: 0,
        what: "timers",
    },
    Kind {
        probe: "grow_connections",
        sizes: &[1_000, 10_000],
        names: ["accept, ns", "bytes", "echo, ns"],
        descriptors: 1,
        what: "connections",
    },
];

/// How often, unless told; what takes seconds runs once.
const ROUNDS: usize = 3;

/// What one process needs beside its connections.
const DESCRIPTORS: u64 = 100;

/// What was measured of so many of a kind.
struct Point {
    size: u64,
    cells: Vec<Cell>,
}

pub fn run(args: &Args) {
    let bench = Bench::new();
    let rounds = args.rounds.unwrap_or(ROUNDS);
    let mut run = Run::begin("growth", format!("{rounds} rounds, one of a million"), load());
    let (mut items, mut plots) = (Vec::new(), Vec::new());
    run.say(&table::head("of one", runtimes(), &[]));
    let mut last = Vec::new();
    for kind in KINDS {
        let points: Vec<_> =
            kind.sizes.iter().map(|&size| measure(&bench, kind, size, rounds)).collect();
        for (place, name) in kind.names.iter().enumerate() {
            for point in &points {
                let cells = point.cells.iter().map(|cell| cell_of(cell, place));
                let title = format!("{} {}: {name}", grouped(point.size), kind.what);
                run.say(&format!("| {title} | {} |", cells.collect::<Vec<_>>().join(" | ")));
            }
            let slopes = slopes(&points, place);
            run.say(&format!("| all {}, n to the power of | {} |", kind.what, slopes.join(" | ")));
            plots.push(plot_of(kind, name, place, &points));
        }
        last.extend(remarks(kind, &points));
        for point in &points {
            let names = [&kind.names[..], extra(kind)].concat();
            items.push(json::of_probe(kind.probe, point.size, &names, runtimes(), &point.cells));
        }
    }
    run.say(&format!("\n{}", last.join("\n")));
    run.end(args, items, Some(plot::of(&plots)));
}

fn measure(bench: &Bench, kind: &Kind, size: u64, rounds: usize) -> Point {
    let wanted = Wanted {
        name: kind.probe,
        size,
        rounds: if size < 1_000_000 { rounds } else { 1 },
        descriptors: if kind.descriptors > 0 { kind.descriptors * size + DESCRIPTORS } else { 0 },
    };
    Point { size, cells: bench.interleave(runtimes(), wanted) }
}

fn cell_of(cell: &Cell, place: usize) -> String {
    match cell {
        Cell::Absent(why) => why.clone(),
        _ => cell.median(place).map_or("-".into(), short),
    }
}

/// What a probe tells beyond the three figures.
fn extra(kind: &Kind) -> &'static [&'static str] {
    match kind.probe {
        "grow_tasks" => &["bytes of the future"],
        "grow_connections" => &["bytes sent", "bytes that came back"],
        _ => &[],
    }
}

/// For each backend, how all of them together grow with their number.
fn slopes(points: &[Point], place: usize) -> Vec<String> {
    let slope = |(which, _): (usize, &Backend)| {
        exponent(&totals(points, which, place)).map_or("-".into(), |slope| format!("{slope:.2}"))
    };
    runtimes().iter().enumerate().map(slope).collect()
}

/// Number, and the figure of all of them together.
fn totals(points: &[Point], which: usize, place: usize) -> Vec<(f64, f64)> {
    let total = |point: &Point| {
        let size = point.size as f64;
        // A figure below nothing is a resident set that shrank: there is no logarithm of it.
        let each = point.cells[which].median(place).filter(|each| *each > 0.0);
        each.map(|each| (size, each * size))
    };
    points.iter().filter_map(total).collect()
}

fn plot_of(kind: &Kind, name: &str, place: usize, points: &[Point]) -> Plot {
    let curve = |(which, backend): (usize, &Backend)| Curve {
        name: backend.name,
        points: totals(points, which, place),
    };
    let curves = runtimes().iter().enumerate().map(curve).collect();
    Plot { title: format!("{}: {name}", kind.what), curves }
}

/// What stands under the table.
fn remarks(kind: &Kind, points: &[Point]) -> Vec<String> {
    let figure = |point: &Point, which: usize, place| point.cells[which].median(place);
    match kind.probe {
        "grow_tasks" => points
            .iter()
            .filter_map(|point| {
                let (bytes, future) = (figure(point, 0, 1)?, figure(point, 0, 3)?);
                Some(format!(
                    "- {} tasks of wakeful's: {bytes:.0} bytes each, of which {future:.0} are the future.",
                    grouped(point.size)
                ))
            })
            .collect(),
        "grow_connections" => points
            .iter()
            .flat_map(|point| runtimes().iter().enumerate().map(move |pair| (point, pair)))
            .filter_map(|(point, (which, backend))| {
                let (sent, back) = (figure(point, which, 3)?, figure(point, which, 4)?);
                let lost = sent - back;
                Some(format!(
                    "- {} connections on {}: {sent:.0} bytes sent in a run, {lost:.0} lost.",
                    grouped(point.size),
                    backend.name
                ))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// 10000 as 10,000.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let comma = |place: usize| place > 0 && (digits.len() - place).is_multiple_of(3);
    digits
        .chars()
        .enumerate()
        .flat_map(|(place, digit)| comma(place).then_some(',').into_iter().chain([digit]))
        .collect()
}
