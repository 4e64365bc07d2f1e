//! What being looked at costs: instructions of small operations, and how many of them lie in
//! `diagnostics/`.
//!
//! Each work runs under `valgrind --tool=callgrind`, so often and then twice as often; the difference
//! is free of what happens once. An instruction belongs to the innermost line of the house that it was
//! inlined from: an atomic's load is std's line, and counts for whoever loads.

mod callgrind;
mod http;
mod layers;
mod lines;
#[path = "../../peers/src/markers.rs"]
mod markers;
mod table;
mod works;

use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use layers::{LAYERS, RELEASE};
use lines::{Cost, Lines};
use works::{WORKS, Work};

/// How often a work runs in the shorter one of its two runs.
const TIMES: u64 = 2_000;

const HELP: &str = "\
cost [--layers] [--lines] [--markdown] [WORK..]
    WORK        these only: lock, nested, read, write, permit, timeout, timer, member, channel, waker,
                poll, wait, select_2, select_8, select_8_buf, spawn, http
    --layers    what each layer adds that can be switched on and off
    --lines     the lines of diagnostics/ that cost something, for each work
    --markdown  the table to benches/README.md
";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if let [run, name, times, layer] = &words[..]
        && run == "--run"
    {
        let times = times.parse().expect("a number");
        let layer = layers::of(layer).expect("a layer");
        WORKS.iter().find(|work| work.name == name).expect("a work").run(times, (layer.config)());
        return ExitCode::SUCCESS;
    }
    let mut is_told = |flag: &str| {
        let before = words.len();
        words.retain(|word| word != flag);
        words.len() < before
    };
    let (with_layers, with_lines) = (is_told("--layers"), is_told("--lines"));
    let to_readme = is_told("--markdown");
    let is_wanted = |work: &&Work| words.is_empty() || words.iter().any(|word| word == work.name);
    let works: Vec<_> = WORKS.iter().filter(is_wanted).collect();
    if works.len() < words.len() || works.is_empty() || (to_readme && !words.is_empty()) {
        eprint!("{HELP}");
        return ExitCode::from(2);
    }
    if !callgrind::is_there() {
        println!("skipped: valgrind is not installed");
        return ExitCode::SUCCESS;
    }
    let lines = Lines::of_this_binary();
    let (name, said) = if with_layers {
        ("cost_layers", of_layers(&works, &lines))
    } else {
        ("cost", of_works(&works, &lines, with_lines))
    };
    if to_readme && let Err(error) = publish(name, &said) {
        eprintln!("the README cannot be written: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn count(work: &Work, layer: &str, lines: &Lines) -> Cost {
    lines.attribute(&callgrind::difference(work.name, TIMES, layer), TIMES)
}

/// Prints it, and keeps it for the README.
fn say(said: &mut String, text: &str) {
    println!("{text}");
    *said += text;
    said.push('\n');
}

/// Each work with what a release build has on, beside the budget.
fn of_works(works: &[&Work], lines: &Lines, with_lines: bool) -> String {
    let mut said = String::new();
    say(&mut said, table::HEAD);
    let mut details = Vec::new();
    for &work in works {
        let cost = count(work, RELEASE.name, lines);
        say(&mut said, &table::line(work, &cost));
        details.push((work, cost));
    }
    if let Some((_, cost)) = details.iter().find(|(work, _)| work.name == "http") {
        say(&mut said, &format!("\n{}", table::share(cost)));
    }
    if with_lines {
        for (work, cost) in &details {
            table::lines(work, cost);
        }
    }
    said
}

/// Each work with each layer, beside nothing.
fn of_layers(works: &[&Work], lines: &Lines) -> String {
    let mut said = String::new();
    say(&mut said, &table::head_of_layers());
    for work in works {
        let all = LAYERS.iter().map(|layer| count(work, layer.name, lines).all);
        say(&mut said, &table::line_of_layers(work, &all.collect::<Vec<_>>()));
    }
    said
}

fn publish(name: &str, said: &str) -> std::io::Result<()> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let date = markers::date(now.map_or(0, |time| time.as_secs()));
    markers::replace(&readme, name, &format!("{date}\n\n{}", said.trim_end()))
}
