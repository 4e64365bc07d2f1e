//! Runs every row on every backend, in turn.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::args::Args;
use crate::list::{BACKENDS, ROWS, Row};
use crate::table::{self, Line};

/// A measurement that takes so long hangs.
const LIMIT: Duration = Duration::from_secs(60);

pub fn run(args: &Args) {
    let wanted = |row: &&Row| {
        args.rows.is_empty() || args.rows.iter().any(|name| row.name.starts_with(&**name))
    };
    println!("{} rounds; load average of the machine before: {}\n", args.rounds, load());
    table::head();
    for row in ROWS.iter().filter(wanted) {
        let size = ((row.size as f64 * args.scale) as u64).max(1);
        let mut times = vec![Vec::new(); BACKENDS.len()];
        for round in 0..args.rounds {
            // A B A B, and B A B A: no backend always follows the same one.
            for turn in 0..BACKENDS.len() {
                let which = (turn + round) % BACKENDS.len();
                times[which].push(measure(BACKENDS[which].0, row.name, size));
            }
        }
        table::line(&Line { row, times: &times });
    }
    println!("\nLoad average after: {}", load());
}

/// How many threads wanted a processor of late. Where it is above the number of processors, other
/// work on the machine is part of every figure.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

/// Nanoseconds of one operation; NaN if it failed.
fn measure(backend: &str, row: &str, size: u64) -> f64 {
    let this = std::env::current_exe().expect("this binary has a path");
    let mut child = Command::new(this)
        .args(["--child", backend, row, &size.to_string()])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child process");
    let start = Instant::now();
    while child.try_wait().expect("the child can be waited for").is_none() {
        if start.elapsed() > LIMIT {
            eprintln!("{row} hangs on {backend}");
            child.kill().expect("the child can be killed");
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().expect("the child can be waited for");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(f64::NAN)
}
