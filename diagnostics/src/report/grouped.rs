//! Tasks counted by place: `goroutine?debug=1`.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::block;
use crate::noun;
use crate::profile::{Frame, frame_lines};
use crate::snapshot::{Place, Snapshot, Task, TaskState};

/// The name in the place of a function's where a task was spawned.
pub(crate) const CREATED_BY: &str = "created by";

/// Go's grouped text of a profile: for each place and set of labels a count, the labels and frames.
///
/// The frames are the lines of the waits, innermost first, and the line of the spawn. Their
/// addresses are made up: the same for the same line in each run of a program, and never zero.
#[must_use]
pub fn grouped(profile: &str, snapshot: &Snapshot) -> String {
    // By value first, by text then: a million tasks stand in few places.
    let mut alike: HashMap<_, (&Task, usize)> = HashMap::new();
    let alive = || snapshot.tasks.iter().filter(|task| task.state != TaskState::Done);
    for task in alive() {
        let waits: Vec<_> = task.waits.iter().map(|w| (w.op, w.at, w.in_select)).collect();
        let key = (task.state, task.type_name, task.spawned_at, &task.labels, waits);
        alike.entry(key).or_insert((task, 0)).1 += 1;
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (task, count) in alike.into_values() {
        *counts.entry(record(task)).or_default() += count;
    }
    let mut records: Vec<(String, usize)> = counts.into_iter().collect();
    records.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    let mut out = format!("{profile} profile: total {}\n", alive().count());
    for (record, count) in records {
        let _ = writeln!(out, "{count} @{record}");
    }
    out
}

/// Everything of a record behind its count.
fn record(task: &Task) -> String {
    let function = block::function(task);
    let mut frames: Vec<(String, Place)> = Vec::new();
    frames.extend(task.waits.iter().map(|wait| (function.clone(), wait.at)));
    frames.extend(task.spawned_at.map(|at| {
        let name = if frames.is_empty() { function.clone() } else { CREATED_BY.to_owned() };
        (name, at)
    }));
    let frames: Vec<Frame> = frames.into_iter().map(|(name, at)| Frame::at(name, at)).collect();
    let mut out = String::new();
    for frame in &frames {
        let _ = write!(out, " {:#x}", frame.address);
    }
    let _ = writeln!(out, "\n# state: {}", block::state(task));
    if !task.labels.is_empty() {
        let pairs: Vec<String> = task
            .labels
            .iter()
            .map(|(key, value)| format!("{}:{}", noun::json(key), noun::json(value)))
            .collect();
        let _ = writeln!(out, "# labels: {{{}}}", pairs.join(", "));
    }
    out.push_str(&frame_lines(&frames));
    out
}
