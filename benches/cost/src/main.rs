//! What being looked at costs: instructions of small operations, and how many of them lie in
//! `diagnostics/`.
//!
//! Each work runs under `valgrind --tool=callgrind`, so often and then twice as often; the difference
//! is free of what happens once. An instruction belongs to the innermost line of the house that it was
//! inlined from: an atomic's load is std's line, and counts for whoever loads.

mod callgrind;
mod lines;
mod table;
mod works;

use std::process::ExitCode;

use works::{WORKS, Work};

/// How often a work runs in the shorter one of its two runs.
const TIMES: u64 = 2_000;

const HELP: &str = "\
cost [--lines] [WORK..]
    WORK      these only: lock, nested, channel, waker, poll, wait, spawn
    --lines   the lines of diagnostics/ that cost something, for each work
";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if let [run, name, times] = &words[..]
        && run == "--run"
    {
        let times = times.parse().expect("a number");
        WORKS.iter().find(|work| work.name == name).expect("a work").run(times);
        return ExitCode::SUCCESS;
    }
    let with_lines = words.iter().any(|word| word == "--lines");
    words.retain(|word| word != "--lines");
    let is_wanted = |work: &&Work| words.is_empty() || words.iter().any(|word| word == work.name);
    let works: Vec<_> = WORKS.iter().filter(is_wanted).collect();
    if works.len() < words.len() || works.is_empty() {
        eprint!("{HELP}");
        return ExitCode::from(2);
    }
    if !callgrind::is_there() {
        println!("skipped: valgrind is not installed");
        return ExitCode::SUCCESS;
    }
    let lines = lines::Lines::of_this_binary();
    table::head();
    let mut details = Vec::new();
    for work in works {
        let cost = lines.attribute(&callgrind::difference(work.name, TIMES), TIMES);
        table::line(work, &cost);
        details.push((work, cost));
    }
    if with_lines {
        for (work, cost) in &details {
            table::lines(work, cost);
        }
    }
    ExitCode::SUCCESS
}
