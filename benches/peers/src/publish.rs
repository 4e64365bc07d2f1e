//! What a run leaves behind: a table, a file of figures, a drawing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::args::Args;
use crate::markers;

/// Peers whose versions a run names, as the lock file has them.
const PEERS: &[&str] = &["tokio", "smol", "kanal", "flume", "hyper"];

/// A run that goes on: what it has said so far.
pub struct Run {
    /// Names its files, and its place in the README.
    name: &'static str,
    how: String,
    before: String,
    unix: u64,
    said: String,
}

impl Run {
    pub fn begin(name: &'static str, how: String, before: String) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        println!("{how}; load average of the machine before: {before}\n");
        Self { name, how, before, unix, said: String::new() }
    }

    /// Prints it, and keeps it for the README.
    pub fn say(&mut self, text: &str) {
        println!("{text}");
        self.said += text;
        self.said.push('\n');
    }

    /// Writes what was asked for. `items` are objects in JSON.
    pub fn end(self, args: &Args, items: Vec<String>, drawing: Option<String>) {
        let after = load();
        println!("\nLoad average after: {after}");
        let json = self.json(&after, &items);
        let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let last = |end: &str| benches.join(format!("last-{}.{end}", self.name));
        let wanted = |file: &Option<PathBuf>, end: &str| {
            file.iter().cloned().chain(args.markdown.then(|| last(end))).collect::<Vec<_>>()
        };
        for file in wanted(&args.json, "json") {
            report(&file, std::fs::write(&file, &json));
        }
        for file in wanted(&args.svg, "svg") {
            if let Some(drawing) = &drawing {
                report(&file, std::fs::write(&file, drawing));
            }
        }
        if args.markdown {
            let readme = benches.join("README.md");
            let text = format!("{}\n\n{}", self.heading(&after), self.said.trim_end());
            report(&readme, markers::replace(&readme, self.name, &text));
        }
    }

    fn json(&self, after: &str, items: &[String]) -> String {
        format!(
            "{{\"unix_time\":{},\"processors\":{},\"run\":\"{}\",\
             \"load_before\":\"{}\",\"load_after\":\"{after}\",\"rows\":[\n{}\n]}}\n",
            self.unix,
            processors(),
            self.how,
            self.before,
            items.join(",\n")
        )
    }

    /// When it was, on what, and beside what.
    fn heading(&self, after: &str) -> String {
        let peers: Vec<_> = PEERS.iter().filter_map(|name| version(name)).collect();
        let rust = first_line("rustc", &["--version"]).unwrap_or_default();
        format!(
            "{}, {}, {} processors, load average {} before and {after} after. {}; {}.",
            markers::date(self.unix),
            self.how,
            processors(),
            self.before,
            peers.join(", "),
            rust.split(" (").next().unwrap_or_default()
        )
    }
}

fn report(file: &Path, written: std::io::Result<()>) {
    if let Err(error) = written {
        eprintln!("{} cannot be written: {error}", file.display());
        std::process::exit(1);
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

/// A crate and its version.
fn version(name: &str) -> Option<String> {
    let lock = include_str!("../Cargo.lock");
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    Some(format!("{name} {}", after.split('"').next()?))
}

fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).lines().next()?.to_owned())
}

/// How many threads wanted a processor of late. Where it is above the number of processors, other
/// work on the machine is part of every figure.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}
