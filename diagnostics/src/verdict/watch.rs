//! Looks again and again for tasks that wait for ever while others run.
//!
//! A look costs a pass over the tasks; only if some have slept for long, and others than at the
//! last look that found nothing, does it take a snapshot, search the memory for who can get at
//! what they wait for, and judge. What it suspects it tells when it has seen it twice.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::deadlock::{confirm, examine};
use crate::clock;
use crate::finding::Finding;
use crate::memory;
use crate::names::ResourceId;
use crate::registry::{self, TaskRecord, word};
use crate::snapshot::{On, Snapshot, snapshot};

/// A look that took a second is followed by this many seconds without one.
const REST: u32 = 20;

/// If nothing changes, looks become rarer, down to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Watch {
    /// What a look suspected something in.
    before: Option<Snapshot>,
    /// Who had slept for long at the last look.
    sleepers: u64,
    pause: Duration,
    not_before: Option<Instant>,
}

/// What a look comes to.
#[derive(Debug, Default)]
pub struct Looked {
    /// What was seen twice.
    pub findings: Vec<Finding>,
    /// When to look again, whatever happens; `None`: when a task has run.
    pub again: Option<Duration>,
}

impl Watch {
    /// Looks. A task that has waited for `stuck` is worth a thought.
    pub fn look(&mut self, stuck: Duration) -> Looked {
        let began = Instant::now();
        if let Some(wait) = self.not_before.and_then(|then| then.checked_duration_since(began)) {
            return Looked { findings: Vec::new(), again: Some(wait) };
        }
        if let Some(before) = self.before.take() {
            let findings = confirm(&before, &surveyed(stuck));
            self.rest(began, stuck);
            // Whom it was about sleeps on; only a change is worth the next look.
            self.sleepers = sleepers(stuck).0;
            return Looked { findings, again: None };
        }
        let (sleepers, youngest) = sleepers(stuck);
        if sleepers == 0 {
            return Looked { findings: Vec::new(), again: youngest };
        }
        self.pause = if sleepers == self.sleepers { self.pause * 2 } else { stuck };
        self.pause = self.pause.min(LONGEST_PAUSE);
        self.sleepers = sleepers;
        let seen = surveyed(stuck);
        self.rest(began, self.pause);
        if examine(&seen).is_empty() {
            return Looked { findings: Vec::new(), again: youngest };
        }
        self.before = Some(seen);
        let again = stuck.max(began.elapsed());
        self.not_before = Some(Instant::now() + again);
        Looked { findings: Vec::new(), again: Some(again) }
    }

    fn rest(&mut self, began: Instant, least: Duration) {
        self.not_before = Some(Instant::now() + least.max(began.elapsed() * REST));
    }
}

/// A number that stands for who has slept for `stuck`, zero if nobody has; and how long it is until
/// the next one will have.
fn sleepers(stuck: Duration) -> (u64, Option<Duration>) {
    let now = clock::refresh();
    let (mut sum, mut next) = (0_u64, None::<Duration>);
    for record in registry::records().filter(|record| is_asleep(record)) {
        let age = record.since().until(now);
        match stuck.checked_sub(age) {
            None | Some(Duration::ZERO) => sum = sum.wrapping_add(record.fingerprint() | 1),
            Some(left) => next = Some(next.map_or(left, |next| next.max(left))),
        }
    }
    (sum, next)
}

fn is_asleep(record: &TaskRecord) -> bool {
    record.generation() % 2 == 1
        && record.word.load(Ordering::Acquire) & (word::NOTIFIED | word::RUNNING | word::DONE) == 0
}

/// A snapshot that says who can get at what the long sleepers wait for.
fn surveyed(stuck: Duration) -> Snapshot {
    let mut seen = snapshot();
    let long = seen.tasks.iter().filter(|task| task.is_asleep() && task.age >= stuck);
    let waits = long.flat_map(|task| &task.waits).filter_map(|wait| match wait.on {
        On::Resource(id) if !wait.op.is_external() => Some(id),
        _ => None,
    });
    let wanted: HashSet<ResourceId> = waits.collect();
    fill(&mut seen, &wanted);
    seen
}

/// Finds out who can get at what the tasks of a snapshot wait for.
pub fn survey(seen: &mut Snapshot) {
    let waits = seen.tasks.iter().filter(|task| task.is_asleep()).flat_map(|task| &task.waits);
    let wanted: HashSet<ResourceId> = waits
        .filter_map(|wait| match wait.on {
            On::Resource(id) => Some(id),
            _ => None,
        })
        .collect();
    fill(seen, &wanted);
}

fn fill(seen: &mut Snapshot, wanted: &HashSet<ResourceId>) {
    if wanted.is_empty() {
        return;
    }
    let mut found = memory::survey(wanted);
    for resource in &mut seen.resources {
        if let Some(reach) = found.remove(&resource.id) {
            resource.reach = reach;
        }
    }
}
