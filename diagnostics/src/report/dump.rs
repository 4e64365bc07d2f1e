//! Every task: what SIGQUIT prints.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{block, fold};
use crate::noun;
use crate::snapshot::{Index, Snapshot, Task, TaskState, with_stacks};
use crate::stacks;

/// Above this many tasks, those in the same place are folded: nobody reads a million blocks.
const UNFOLDED: usize = 1000;

/// Every task of the process as text: what SIGQUIT prints.
///
/// Blocks in Go's form, running tasks first, then those that are ready to run, then those that
/// sleep; a line of totals at the end. It works from any thread while every worker is stuck.
#[must_use]
pub fn dump() -> String {
    DUMPS.fetch_add(1, Ordering::Relaxed);
    let (snapshot, why) = with_stacks();
    let mut out = full(&snapshot);
    if let Some(why) = why {
        // Before the line of totals, which is the end.
        let totals = out.trim_end().rfind('\n').map_or(0, |at| at + 1);
        out.insert_str(totals, &format!("not every stack was taken: {why}\n\n"));
    }
    out
}

static DUMPS: AtomicU64 = AtomicU64::new(0);

/// How many dumps there were so far.
#[must_use]
pub fn dumps() -> u64 {
    DUMPS.load(Ordering::Relaxed)
}

/// The dump of a snapshot; also `goroutine?debug=2`.
#[must_use]
pub fn full(snapshot: &Snapshot) -> String {
    part(snapshot, |_| true)
}

/// The same of some of its tasks, which may name the others: a parent, a holder.
pub(crate) fn part(snapshot: &Snapshot, is_shown: impl Fn(&Task) -> bool) -> String {
    let index = Index::new(snapshot);
    let is_shown = &is_shown;
    let in_state =
        |state| index.in_order().filter(move |task: &&Task| task.state == state && is_shown(task));
    let all = snapshot.tasks.iter().filter(|task| is_shown(task)).count();
    let alive = in_state(TaskState::Running)
        .chain(in_state(TaskState::Runnable))
        .chain(in_state(TaskState::Waiting));
    let mut out = String::new();
    if all > UNFOLDED {
        fold::write(&mut out, &index, alive, usize::MAX);
    } else {
        for task in alive {
            if !out.is_empty() {
                out.push('\n');
            }
            block::write(&mut out, &index, task);
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let missing = stacks::missing();
    if !missing.is_empty() {
        let _ = writeln!(out, "{missing}");
    }
    let count = |state| in_state(state).count();
    let done = count(TaskState::Done);
    let all = noun::count(all - done, "task");
    let (running, runnable) = (count(TaskState::Running), count(TaskState::Runnable));
    let waiting = count(TaskState::Waiting);
    let _ = write!(out, "{all}: {running} running, {runnable} runnable, {waiting} waiting");
    if done > 0 {
        let _ = write!(out, "; {done} ended, result not taken");
    }
    out.push('\n');
    out
}
