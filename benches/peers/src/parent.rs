//! Runs every row on every backend, in turn.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::args::Args;
use crate::list::{BACKENDS, Backend, How, Row};
use crate::table::{Cell, Line};
use crate::{drawing, go, json, table};

/// A measurement that takes so long hangs.
const LIMIT: Duration = Duration::from_secs(20);

pub fn run(args: &Args) {
    let go = go::program();
    let before = load();
    println!("{} rounds; load average of the machine before: {before}\n", args.rounds);
    table::head();
    let mut lines = Vec::new();
    for row in &args.rows {
        let size = ((row.size as f64 * args.scale) as u64).max(1);
        let mut cells: Vec<_> = BACKENDS
            .iter()
            .map(|backend| match (&backend.how, &go) {
                _ if !backend.runs(row) => Cell::Absent("-"),
                (How::Go, Err(why)) => Cell::Absent(why),
                _ => Cell::Figures(Vec::new()),
            })
            .collect();
        for round in 0..args.rounds {
            // A B C, then B C A: no backend always follows the same pause.
            for turn in 0..BACKENDS.len() {
                let which = (turn + round) % BACKENDS.len();
                let Cell::Figures(figures) = &mut cells[which] else { continue };
                match measure(command(&BACKENDS[which], go.as_deref().ok()), row, size) {
                    Ok(figure) => figures.push(figure),
                    Err(why) => {
                        eprintln!("{} {why} on {}", row.name, BACKENDS[which].name);
                        cells[which] = Cell::Absent(why);
                    }
                }
            }
        }
        let line = Line { row, cells };
        table::line(&line);
        lines.push(line);
    }
    let after = load();
    println!("\nLoad average after: {after}");
    if let Some(file) = &args.json {
        write(file, &json::of(&lines, args.rounds, [&before, &after]));
    }
    if let Some(file) = &args.svg {
        write(file, &drawing::of(&lines));
    }
}

fn write(file: &Path, text: &str) {
    if let Err(error) = std::fs::write(file, text) {
        eprintln!("{} cannot be written: {error}", file.display());
        std::process::exit(1);
    }
}

/// How many threads wanted a processor of late. Where it is above the number of processors, other
/// work on the machine is part of every figure.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

fn command(backend: &Backend, go: Option<&Path>) -> Command {
    match (&backend.how, go) {
        (How::Go, Some(program)) => {
            let mut command = Command::new(program);
            command.env("GOMAXPROCS", "2");
            command
        }
        _ => {
            let mut command =
                Command::new(std::env::current_exe().expect("this binary has a path"));
            command.args(["--child", backend.name]);
            command
        }
    }
}

/// The figure, or what went wrong.
fn measure(mut command: Command, row: &Row, size: u64) -> Result<f64, &'static str> {
    let mut child = command
        .args([row.name, &size.to_string()])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child process");
    let start = Instant::now();
    while child.try_wait().expect("the child can be waited for").is_none() {
        if start.elapsed() > LIMIT {
            child.kill().expect("the child can be killed");
            child.wait().expect("the child can be waited for");
            return Err("hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().expect("the child can be waited for");
    String::from_utf8_lossy(&output.stdout).trim().parse().map_err(|_| "fails")
}
