//! Tasks counted by place: `goroutine?debug=1`.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::noun;
use crate::profile::{Label, Sample, frame_lines, of_tasks};
use crate::snapshot::Snapshot;

/// Go's grouped text of a profile: for each place and set of labels a count, the labels and frames.
///
/// The frames are the function that waits, the calls that led there, and the line of the spawn.
/// Where no calls were noted, there is the line of the wait under the name of the task's type, and
/// its address is made up: the same for the same line in each run of a program, and never zero.
#[must_use]
pub fn grouped(profile: &str, snapshot: &Snapshot) -> String {
    let mut counts: HashMap<String, i64> = HashMap::new();
    let mut total = 0;
    for sample in of_tasks(snapshot, false, false).samples {
        let count: i64 = sample.values.iter().sum();
        // Those that differ in their names alone are one record.
        *counts.entry(record(&sample)).or_default() += count;
        total += count;
    }
    let mut records: Vec<(String, i64)> = counts.into_iter().collect();
    records.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    let mut out = format!("{profile} profile: total {total}\n");
    for (record, count) in records {
        let _ = writeln!(out, "{count} @{record}");
    }
    out
}

/// Everything of a record behind its count.
fn record(sample: &Sample) -> String {
    let mut out = String::new();
    for frame in &sample.stack {
        let _ = write!(out, " {:#x}", frame.address);
    }
    out.push('\n');
    let mut labels = Vec::new();
    for label in &sample.labels {
        match label {
            Label::Text(key, state) if key == "state" => _ = writeln!(out, "# state: {state}"),
            Label::Text(key, _) if key == "name" => {}
            Label::Text(key, value) => {
                labels.push(format!("{}:{}", noun::json(key), noun::json(value)));
            }
            Label::Number(..) => {}
        }
    }
    if !labels.is_empty() {
        let _ = writeln!(out, "# labels: {{{}}}", labels.join(", "));
    }
    out.push_str(&frame_lines(&sample.stack));
    out
}
