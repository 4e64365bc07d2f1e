//! `--tails`: how late things run, and how evenly work is spread.

use crate::args::Args;
use crate::list::runtimes;
use crate::measure::{Bench, Wanted};
use crate::publish::{Run, load};
use crate::table::{Cell, short};
use crate::{json, table};

struct Probe {
    name: &'static str,
    /// Samples, or for fairness the milliseconds that are looked at.
    size: u64,
    what: &'static str,
}

const LATENESS: &[Probe] = &[
    Probe { name: "tail_wake_idle", size: 3_000, what: "wake, workers asleep" },
    Probe { name: "tail_wake_load", size: 16_000, what: "wake, 4 busy tasks beside" },
    Probe {
        name: "tail_wake_hog",
        size: 16_000,
        what: "wake, a task hogs a worker 100 ms at a time",
    },
    Probe { name: "tail_timer_idle", size: 3_000, what: "timer of 1 ms, workers asleep" },
    Probe { name: "tail_timer_load", size: 3_000, what: "timer of 1 ms, 4 busy tasks beside" },
    Probe { name: "tail_timer_hog", size: 3_000, what: "timer of 1 ms, a task hogs a worker" },
];

const FAIRNESS: &[Probe] = &[
    Probe { name: "fair_mutex_64", size: 500, what: "mutex_64: 64 tasks lock" },
    Probe { name: "fair_rwlock_95", size: 500, what: "rwlock_95: 64 tasks read and write" },
    Probe { name: "fair_mpsc_16", size: 500, what: "mpsc_16: 16 senders" },
    Probe { name: "fair_mpmc_4", size: 500, what: "mpmc_4: 4 receivers" },
    Probe { name: "fair_yield_many", size: 500, what: "yield_many: 200 tasks" },
];

const ROUNDS: usize = 3;

/// A table: its title, its probes, the figures of one, and how they are told.
type Part = (&'static str, &'static [Probe], &'static [&'static str], fn(&Cell) -> String);

pub fn run(args: &Args) {
    let bench = Bench::new();
    let rounds = args.rounds.unwrap_or(ROUNDS);
    let mut run = Run::begin("tails", format!("{rounds} rounds"), load());
    let mut items = Vec::new();
    let parts: [Part; 2] = [
        ("late, µs: p50 / p99 / p99.9 / worst", LATENESS, &["p50", "p99", "p999", "worst"], late),
        (
            "least and most of a task, by the mean; Jain's index; an operation",
            FAIRNESS,
            &["least", "most", "jain", "ns"],
            fair,
        ),
    ];
    for (number, (title, probes, names, cell)) in parts.into_iter().enumerate() {
        if number > 0 {
            run.say("");
        }
        run.say(&table::head(title, runtimes(), &[]));
        for probe in probes {
            let wanted = Wanted { name: probe.name, size: probe.size, rounds, descriptors: 0 };
            let cells = bench.interleave(runtimes(), wanted);
            let texts: Vec<_> = cells.iter().map(cell).collect();
            run.say(&format!("| {} | {} |", probe.what, texts.join(" | ")));
            items.push(json::of_probe(probe.name, probe.size, names, runtimes(), &cells));
        }
    }
    run.end(args, items, None);
}

/// Nanoseconds as microseconds; the median of the rounds for each place.
fn late(cell: &Cell) -> String {
    if let Cell::Absent(why) = cell {
        return why.clone();
    }
    let places = (0..4).map(|place| short(cell.median(place).unwrap_or(f64::NAN) / 1000.0));
    places.collect::<Vec<_>>().join(" / ")
}

fn fair(cell: &Cell) -> String {
    if let Cell::Absent(why) = cell {
        return why.clone();
    }
    let at = |place| cell.median(place).unwrap_or(f64::NAN);
    format!("{:.2} to {:.2}; {:.3}; {} ns", at(0), at(1), at(2), short(at(3)))
}
