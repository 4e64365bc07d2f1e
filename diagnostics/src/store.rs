//! Findings so far, and who wants to hear of them.
//!
//! Invariants:
//! * one finding of each id is kept; it is told to the hooks once, and again if it becomes surer;
//! * at most [`KEPT`] are kept; further ones are counted, and still told.
//!
//! No hook is called under the lock, so a hook may ask for the findings.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::finding::{Finding, FindingId};
use crate::policy;

/// Different faults worth remembering; a program that has more has one fault many times.
const KEPT: usize = 256;

/// Ids remembered so as not to tell twice, also of findings that are not kept.
const KNOWN: usize = 16 * KEPT;

type Hook = Arc<dyn Fn(&Finding) + Send + Sync>;

struct Store {
    findings: Vec<Finding>,
    known: Option<HashSet<FindingId>>,
    hooks: Vec<Hook>,
}

static STORE: Mutex<Store> =
    Mutex::new(Store { findings: Vec::new(), known: None, hooks: Vec::new() });
static MISUSES: AtomicU64 = AtomicU64::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);

fn store() -> MutexGuard<'static, Store> {
    STORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the detectors found so far, the oldest first; at most 256 different ones.
#[must_use]
pub fn findings() -> Vec<Finding> {
    store().findings.clone()
}

/// Calls `hook` with each finding from now on, once for each id.
///
/// It is called on the thread of the detector, while no lock of the house is held: it may log,
/// send or abort, and should not wait for a task. A panic in it is the detector's.
pub fn on_finding(hook: impl Fn(&Finding) + Send + Sync + 'static) {
    store().hooks.push(Arc::new(hook));
}

/// Enters a finding; says whether it is a new one, or one that has become surer, so that whoever
/// found it reports it then.
#[allow(clippy::must_use_candidate, reason = "what is not new is kept all the same")]
pub fn record(finding: &Finding) -> bool {
    let hooks = {
        let mut store = store();
        if !store.enter(finding) {
            return false;
        }
        store.hooks.clone()
    };
    policy::write_elsewhere(finding);
    for hook in hooks {
        hook(finding);
    }
    true
}

impl Store {
    /// Whether it is news: a new one, or one that was not so sure before.
    fn enter(&mut self, finding: &Finding) -> bool {
        let known = self.known.get_or_insert_default();
        if known.contains(&finding.id) {
            let kept = self.findings.iter_mut().find(|kept| kept.id == finding.id);
            let kept = kept.filter(|kept| kept.class < finding.class);
            return kept.map(|kept| kept.clone_from(finding)).is_some();
        }
        if known.len() < KNOWN {
            known.insert(finding.id.clone());
        }
        if self.findings.len() < KEPT {
            self.findings.push(finding.clone());
        } else {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
        true
    }
}

/// Puts a finding in the place of the one with its id, if that is kept: the same fault, and worse.
pub fn renew(finding: &Finding) {
    if let Some(kept) = store().findings.iter_mut().find(|kept| kept.id == finding.id) {
        kept.clone_from(finding);
    }
}

/// How many findings there were beyond those that are kept.
#[must_use]
pub fn findings_dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Counts a call that is never right but does no harm: sending on a closed channel, for instance.
#[inline]
pub fn count_misuse() {
    MISUSES.fetch_add(1, Ordering::Relaxed);
}

/// How many such calls there were.
#[must_use]
pub fn misuses() -> u64 {
    MISUSES.load(Ordering::Relaxed)
}
