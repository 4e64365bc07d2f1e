//! Looks again and again for tasks that wait for ever while others run.
//!
//! A look costs a pass over the tasks; only if some have slept for long, and others than at the
//! last look that found nothing, does it take a snapshot, search the memory for who can get at
//! what they wait for, and judge. What it suspects it tells when it has seen it twice.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::deadlock::{confirm, examine};
use crate::clock;
use crate::finding::{Class, Finding, FindingId, Subject};
use crate::memory;
use crate::names::{Kind, ResourceId};
use crate::registry::{self, TaskRecord, word};
use crate::snapshot::{On, Reach, Resource, Snapshot, snapshot};

/// A look that took a second of a processor is followed by this many seconds without one.
const REST: u32 = 20;

/// So often a proof is tried again before a finding is told as likely.
const TRIES: u32 = 3;

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
    /// How often a finding has been held back that a better look might prove.
    held_back: HashMap<FindingId, u32>,
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
        let (sleepers, youngest) = sleepers(stuck);
        if sleepers == 0 {
            self.before = None;
            // However often it is asked, once in that time is enough.
            self.not_before = Some(began + stuck);
            return Looked { findings: Vec::new(), again: youngest };
        }
        let is_news = std::mem::replace(&mut self.sleepers, sleepers) != sleepers;
        self.pause = if is_news { stuck } else { (self.pause * 2).min(LONGEST_PAUSE) };
        let cpu = cpu_time();
        let seen = surveyed(stuck);
        let suspects = examine(&seen).len();
        let before = self.before.take();
        let mut findings = before.map_or_else(Vec::new, |before| confirm(&before, &seen));
        findings.retain(|finding| self.is_ripe(finding, &seen));
        let mut again = youngest;
        if findings.len() < suspects {
            // What was suspected for the first time is worth a look soon.
            self.pause = stuck;
            again = Some(stuck);
        }
        if suspects > 0 {
            self.before = Some(seen);
        }
        let took = cpu_time().zip(cpu).map_or_else(|| began.elapsed(), |(now, then)| now - then);
        let rest = self.pause.max(took * REST);
        self.not_before = Some(Instant::now() + rest);
        Looked { findings, again: again.map(|again| again.max(rest)) }
    }

    /// Whether to tell now. Where it rests on guards of locks, a thread that runs at the moment of
    /// the search can hide that none has moved: then the proof is tried again.
    fn is_ripe(&mut self, finding: &Finding, seen: &Snapshot) -> bool {
        let is_lock = |resource: &Resource| {
            matches!(resource.kind, Kind::Mutex | Kind::RwLock | Kind::Once)
                && finding.subjects.contains(&Subject::Resource(resource.id))
        };
        if finding.class != Class::Proof && seen.resources.iter().any(is_lock) {
            let mut plain = seen.clone();
            plain.resources.iter_mut().for_each(|resource| resource.reach = Reach::default());
            let times = self.held_back.entry(finding.id.clone()).or_default();
            if *times < TRIES && examine(&plain).iter().any(|other| other.id == finding.id) {
                *times += 1;
                return false;
            }
        }
        self.held_back.remove(&finding.id);
        true
    }
}

/// What this thread has spent of a processor so far: on a busy machine a look takes longer, which is
/// no reason to look more rarely. The kernel says it in nanoseconds.
fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(stat.split_whitespace().next()?.parse().ok()?))
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
