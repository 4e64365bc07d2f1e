//! Whether the program can still do its work, for whoever restarts it if not.
//!
//! `/debug/health` answers 200 and `ok`, or 503 and a line for each reason. A reason is never a
//! guess of its own: a detector has told of it, and it still is so at the moment of the question.
//!
//! - A deadlock, a lost wake-up, or that all tasks are asleep, as a proof or likely: until one of
//!   the tasks it is about has moved or ended.
//! - Every worker of a runtime stuck for a second or more while tasks are ready.
//! - A blocking pool whose every job waits for one that has no thread.
//!
//! What is only suspected, foretold (the order of locks) or slow (a stall, a lock held for long)
//! makes nobody unhealthy.
//!
//! # Examples
//!
//! For Kubernetes, with `WAKEFUL=http=0.0.0.0:6060,http_token_file=/etc/wakeful/token`: the kubelet
//! comes from outside the pod, and this path alone asks for no token.
//!
//! ```yaml
//! livenessProbe:
//!   httpGet:
//!     path: /debug/health
//!     port: 6060
//!   periodSeconds: 10
//!   timeoutSeconds: 5
//!   failureThreshold: 3
//! ```

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::clock::{self, Tick};
use crate::finding::{Class, Finding, FindingId, FindingKind, Subject};
use crate::metrics;
use crate::names::{RuntimeId, TaskId};
use crate::noun;
use crate::registry::{self, TaskRecord, word};
use crate::report;

/// So many faults are looked after.
const KEPT: usize = 256;

/// How the program stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// What keeps it from its work; nothing if it is well.
    pub reasons: Vec<Reason>,
}

/// What keeps a program from its work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// This was found, and still is so.
    Finding(Finding),
    /// Every worker of this runtime is stuck, and tasks are ready.
    Starved(RuntimeId),
    /// Every job of the blocking pool of this runtime waits for one that has no thread.
    PoolExhausted(RuntimeId),
}

/// A fault that was told of, and when.
#[derive(Debug)]
struct Standing {
    finding: Finding,
    told_at: Tick,
}

static STANDING: Mutex<Vec<Standing>> = Mutex::new(Vec::new());

fn standing() -> MutexGuard<'static, Vec<Standing>> {
    STANDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps in mind a fault that was found, if it is one that ends only when its tasks move.
pub(crate) fn note(finding: &Finding) {
    let is_one = matches!(
        finding.kind,
        FindingKind::AllAsleep
            | FindingKind::Deadlock
            | FindingKind::SelfDeadlock
            | FindingKind::LostWakeup
    );
    if !is_one || finding.class < Class::Likely {
        return;
    }
    let told_at = clock::refresh();
    let mut standing = standing();
    let same =
        |old: &Standing| old.finding.id == finding.id && old.finding.subjects == finding.subjects;
    if let Some(old) = standing.iter_mut().find(|old| same(old)) {
        old.told_at = told_at;
        // What was proved stays proved.
        if old.finding.class <= finding.class {
            old.finding.clone_from(finding);
        }
        return;
    }
    if standing.len() >= KEPT {
        standing.retain(Standing::holds);
        // The same fault many times over needs no more than its first occurrences.
        standing.truncate(KEPT - 1);
    }
    standing.push(Standing { finding: finding.clone(), told_at });
}

impl Standing {
    /// Whether each task it is about still sleeps as it did when it was told.
    fn holds(&self) -> bool {
        let mut tasks = self.finding.subjects.iter().filter_map(|subject| match subject {
            Subject::Task(id) => Some(*id),
            Subject::Resource(_) => None,
        });
        let mut none = true;
        let all = tasks.all(|id| {
            none = false;
            is_asleep_since(id, self.told_at)
        });
        all && !none
    }
}

fn is_asleep_since(id: TaskId, moment: Tick) -> bool {
    let is_it = |record: &&'static TaskRecord| record.id() == id && record.generation() % 2 == 1;
    registry::records().find(is_it).is_some_and(|record| {
        let state = record.word.load(std::sync::atomic::Ordering::Acquire);
        let sleeps = word::is_asleep(state);
        sleeps && record.since() <= moment && record.id() == id
    })
}

/// Asks how the program stands.
///
/// It works from any thread, also while every worker is stuck, and polls nothing.
#[must_use]
pub fn health() -> Health {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut said: Vec<FindingId> = Vec::new();
    let mut standing = standing();
    standing.retain(Standing::holds);
    for Standing { finding, .. } in &*standing {
        if !said.contains(&finding.id) {
            said.push(finding.id.clone());
            reasons.push(Reason::Finding(finding.clone()));
        }
    }
    drop(standing);
    for runtime in metrics::read_all() {
        if runtime.starved {
            reasons.push(Reason::Starved(runtime.runtime));
        }
        if runtime.blocking.exhausted {
            reasons.push(Reason::PoolExhausted(runtime.runtime));
        }
    }
    Health { reasons }
}

/// The ids of what was found and still is so.
pub(crate) fn standing_ids() -> Vec<FindingId> {
    let mut standing = standing();
    standing.retain(Standing::holds);
    standing.iter().map(|standing| standing.finding.id.clone()).collect()
}

impl Health {
    /// Whether nothing keeps it from its work.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// `ok`, or a line for each reason.
impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ok() {
            return f.write_str("ok\n");
        }
        writeln!(f, "unhealthy: {}", noun::count(self.reasons.len(), "reason"))?;
        self.reasons.iter().try_for_each(|reason| writeln!(f, "{reason}"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding(finding) => {
                let kind = report::title(finding.kind);
                write!(f, "{kind} ({}), {}", finding.class.word(), finding.id)?;
                let lasts = SystemTime::now().duration_since(finding.since);
                if let Some(age) = noun::age(lasts.unwrap_or(Duration::ZERO)) {
                    write!(f, ", for {age}")?;
                }
                write!(f, ": {}", finding.headline)
            }
            Self::Starved(runtime) => {
                write!(f, "runtime {}: every worker is stuck, and tasks are ready", runtime.0)
            }
            Self::PoolExhausted(runtime) => write!(
                f,
                "runtime {}: every job of the blocking pool waits for one that has no thread",
                runtime.0
            ),
        }
    }
}
