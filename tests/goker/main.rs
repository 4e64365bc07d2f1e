//! How many known concurrency bugs the house finds, and how many it sees that are not there.
//!
//! Kernels of bugs in well-known Go programs, after the suite GoBench/GoKer, written anew: each as
//! it was, and cured. Each run is a child process: this binary, started again.
//! ```text
//! cargo test --test goker                                        # a few runs of each
//! cargo test --test goker -- --only moby_4951 --show             # one, with what it tells
//! cargo test --test goker -- --runs 1000 --pace chaos --lanes 4  # many of each
//! cargo test --test goker -- --cured --runs 100 --pace slow      # only what must be quiet
//! ```
//! It fails if something was told of a cured kernel, or if a bug was missed that must be found.
//!
//! What is told has letters, as the ids of findings do: AA all asleep, DL deadlock of a part, SD
//! self-deadlock, LO lock order, RR recursive read, MU misuse. LK are leaks: tasks that are left some
//! seconds after the kernel's main has returned. A bug of which no more is told than that counts as
//! found, but not as explained.

mod chan;
mod child;
mod communication;
mod event;
mod further;
mod kernel;
mod missed;
mod mixed;
mod non_blocking;
mod pace;
mod peers;
mod resource;
mod run;
mod score;
mod table;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use kernel::{Class, Kernel, Variant};
use pace::Pace;
use run::Manner;
use score::{Runs, Score};

const VARIANTS: [Variant; 2] = [Variant::Buggy, Variant::Fixed];

/// The classes of the kernels that were described beforehand, in the order of the table.
static CLASSES: [Class; 16] = [
    Class { name: "double lock", kernels: &resource::double_lock::KERNELS },
    Class { name: "AB-BA", kernels: &resource::ab_ba::KERNELS },
    Class { name: "RWR", kernels: &resource::rwr::KERNELS },
    Class { name: "channel", kernels: &communication::channel::KERNELS },
    Class { name: "channel + context", kernels: &communication::context::KERNELS },
    Class { name: "channel + cond", kernels: &communication::channel_cond::KERNELS },
    Class { name: "cond", kernels: &communication::cond::KERNELS },
    Class { name: "channel + lock", kernels: &mixed::lock::KERNELS },
    Class { name: "channel + wait group", kernels: &mixed::group::KERNELS },
    Class { name: "wait group", kernels: &mixed::misuse::KERNELS },
    Class { name: "data race", kernels: &non_blocking::race::KERNELS },
    Class { name: "order violation", kernels: &non_blocking::order::KERNELS },
    Class { name: "misuse of a channel", kernels: &non_blocking::channel::KERNELS },
    Class { name: "anonymous function", kernels: &non_blocking::function::KERNELS },
    Class { name: "testing library", kernels: &non_blocking::testing::KERNELS },
    Class { name: "race on a wait group", kernels: &non_blocking::group::KERNELS },
];

fn kernels() -> impl Iterator<Item = &'static Kernel> {
    CLASSES.iter().chain(&further::CLASSES).flat_map(|class| class.kernels)
}

/// The command line.
struct Args(Vec<String>);

impl Args {
    fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|arg| arg == flag)
    }

    fn after(&self, flag: &str) -> Option<&str> {
        let at = self.0.iter().position(|arg| arg == flag)?;
        self.0.get(at + 1).map(String::as_str)
    }

    fn number(&self, flag: &str) -> Option<usize> {
        self.after(flag)?.parse().ok()
    }
}

fn main() -> ExitCode {
    let args = Args(std::env::args().skip(1).collect());
    let pace = args.after("--pace").and_then(Pace::of).unwrap_or(Pace::Forced);
    let patience = Duration::from_millis(args.number("--patience").unwrap_or(5000) as u64);
    let manner = Manner { pace, patience };
    for variant in VARIANTS {
        if let Some(id) = args.after(variant.flag()) {
            let kernel = kernels().find(|kernel| kernel.id == id).expect("the id of a kernel");
            return child::run(kernel, variant, manner);
        }
    }
    // What cargo tells every test binary: a filter by name, or a question for the list of tests.
    let filtered = args.0.first().is_some_and(|name| !name.starts_with('-') && name != "goker");
    if args.has("--list") || filtered {
        return ExitCode::SUCCESS;
    }
    let only = args.after("--only").unwrap_or_default();
    let chosen: Vec<_> = kernels().filter(|kernel| kernel.id.contains(only)).collect();
    if args.has("--show") {
        chosen.iter().for_each(|kernel| show(kernel, manner));
        return ExitCode::SUCCESS;
    }
    let many = |runs| Runs { buggy: runs, fixed: runs, slow: 0, until_found: false };
    let mut runs = args.number("--runs").map_or(Runs::FEW, many);
    if args.has("--cured") {
        runs.buggy = 0;
    }
    let scores = scores(&chosen, runs, manner, args.number("--lanes").unwrap_or(2));
    table::lines(&CLASSES, &further::CLASSES, &scores).iter().for_each(|line| tell(line));
    let is_missed = |score: &Score| score.is_missed() && missed::must_be_found(score.kernel.id);
    if scores.iter().any(|score| is_missed(score) || !score.faults.is_empty()) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Runs the chosen kernels, some at a time.
fn scores(chosen: &[&'static Kernel], runs: Runs, manner: Manner, lanes: usize) -> Vec<Score> {
    let next = AtomicUsize::new(0);
    let scores = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..lanes.max(1) {
            scope.spawn(|| {
                while let Some(kernel) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let score = Score::of(kernel, runs, manner);
                    tell(&score.line());
                    scores.lock().expect("no lane panics").push(score);
                }
            });
        }
    });
    scores.into_inner().expect("no lane panics")
}

/// Runs both variants once, and tells everything.
fn show(kernel: &Kernel, manner: Manner) {
    for variant in VARIANTS {
        if kernel.form == kernel::Form::Prevented && variant == Variant::Buggy {
            continue;
        }
        let run = run::run(kernel, variant, manner);
        tell(&format!("{} {variant:?}: exit code {:?}", kernel.id, run.code));
        run.events.iter().for_each(|event| tell(&format!("    {event:?}")));
        run.stderr.lines().for_each(|line| tell(&format!("    | {line}")));
    }
}

/// Prints it. That nobody reads on is no reason to stop.
fn tell(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
