//! The report that ends a program: all tasks are asleep.

use std::fmt::Write as _;

use super::fold;
use crate::census::Census;
use crate::finding::{Finding, Subject};
use crate::snapshot::{Index, TaskState};

/// Writes the report: Go's first line, the tasks, the cause, the fix.
///
/// The tasks the finding is about come first, so that the limit on groups never hides them. If
/// the census suspects a thread, the first line says so instead.
#[must_use]
pub fn all_asleep(index: &Index<'_>, finding: &Finding, census: &Census) -> String {
    let mut out = match census {
        Census::Proven => "fatal error: all tasks are asleep - deadlock!\n\n".to_owned(),
        Census::Suspect { thread, why } => {
            format!("all tasks are asleep; only {thread} could still wake one: it {why}\n\n")
        }
    };
    let is_subject = |id| finding.subjects.binary_search(&Subject::Task(id)).is_ok();
    let tasks = || index.in_order().filter(|task| task.state != TaskState::Done);
    let first = tasks().filter(|task| is_subject(task.id));
    let then = tasks().filter(|task| !is_subject(task.id));
    fold::write(&mut out, index, first.chain(then), fold::GROUPS);
    let _ = write!(out, "\n{finding}");
    out
}
