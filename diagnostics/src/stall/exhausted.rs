//! Blocking jobs that wait for the pool that all of them fill.

use std::collections::HashSet;

use crate::finding::{Class, Evidence, Finding, FindingId, FindingKind, Subject};
use crate::names::{Op, TaskId};
use crate::noun;
use crate::snapshot::{Index, On, Snapshot, Task, Wait};

/// How far a chain of tasks that wait for each other is followed.
const DEPTH: usize = 16;

/// Says so if each of the jobs that `run` waits, in a `block_on`, for one that is still `queued`:
/// with every thread taken, none of those ever begins.
#[must_use]
pub fn pool_exhausted(snapshot: &Snapshot, run: &[TaskId], queued: &[TaskId]) -> Option<Finding> {
    let index = Index::new(snapshot);
    let queued: HashSet<TaskId> = queued.iter().copied().collect();
    let waits: Option<Vec<(&Task, &Wait)>> =
        run.iter().map(|&job| waits_for_one_of(&index, job, &queued)).collect();
    let waits = waits.filter(|waits| !waits.is_empty())?;
    let mut marks = vec!["pool exhausted".to_owned()];
    let mut evidence: Vec<Evidence> = Vec::new();
    for (&job, (root, wait)) in run.iter().zip(&waits) {
        marks.extend(index.task(job).and_then(|job| job.spawned_at).map(|at| at.to_string()));
        marks.push(wait.at.to_string());
        let called_at = index.task(job).and_then(|job| job.waits.first()).map(|wait| wait.at);
        let called_at = called_at.unwrap_or(wait.at);
        let whose = format!("{}, a blocking job,", noun::task_id(&index, job));
        let job = match wait.on {
            On::Task(next) => noun::task_id(&index, next),
            _ => noun::task(root),
        };
        let text = match called_at == wait.at {
            true => format!("{whose} waits in the `block_on` at {called_at} for {job}"),
            false => {
                format!(
                    "{whose} is in the `block_on` at {called_at}, which waits at {} for {job}",
                    wait.at
                )
            }
        };
        if evidence.len() < 4 {
            evidence.push(Evidence { text, at: Some(wait.at) });
        }
    }
    if run.len() > evidence.len() {
        let text = format!("and {} more like these", run.len() - evidence.len());
        evidence.push(Evidence { text, at: None });
    }
    marks.sort();
    marks.dedup();
    let youngest = waits.iter().map(|(_, wait)| wait.age).min().unwrap_or_default();
    let taken = snapshot.taken_at;
    Some(Finding {
        id: FindingId::of(FindingKind::Stall, marks),
        kind: FindingKind::Stall,
        class: Class::Likely,
        headline: format!(
            "the blocking pool is exhausted: each of its {} waits for a job that waits for a thread",
            noun::count(run.len(), "thread")
        ),
        subjects: run.iter().chain(&queued).map(|&id| Subject::Task(id)).collect(),
        evidence,
        fix: Some(
            "do not call `block_on` in a blocking job for what needs the pool itself (files, \
             look-ups, `spawn_blocking`); make a task of it, or raise `max_blocking_threads`"
                .to_owned(),
        ),
        since: taken.checked_sub(youngest).unwrap_or(taken),
    })
}

/// The future of a `block_on` that the job is in, and its wait, if that leads to one of `queued`.
fn waits_for_one_of<'a>(
    index: &Index<'a>,
    job: TaskId,
    queued: &HashSet<TaskId>,
) -> Option<(&'a Task, &'a Wait)> {
    let job = index.task(job)?;
    let [wait] = &job.waits[..] else { return None };
    let (Op::BlockOn, On::Task(root)) = (wait.op, wait.on) else { return None };
    let root = index.task(root)?;
    let mut at = root;
    for _ in 0..DEPTH {
        // With several ways on, one may lead elsewhere.
        let [wait] = &at.waits[..] else { return None };
        let On::Task(next) = wait.on else { return None };
        if !at.is_asleep() {
            return None;
        }
        if queued.contains(&next) {
            return Some((root, root.waits.first()?));
        }
        at = index.task(next)?;
    }
    None
}
