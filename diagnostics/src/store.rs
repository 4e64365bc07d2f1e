//! Findings so far.
//!
//! Invariants:
//! * one finding of each id is kept; it is new once, and again if it is proved later;
//! * at most [`KEPT`] are kept; further ones are counted, and still told.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::finding::{Finding, FindingId};
use crate::{health, policy};

/// Different faults worth remembering; a program that has more has one fault many times.
const KEPT: usize = 256;

/// Ids remembered so as not to tell twice, also of findings that are not kept.
const KNOWN: usize = 16 * KEPT;

struct Store {
    findings: Vec<Finding>,
    known: Option<HashSet<FindingId>>,
}

static STORE: Mutex<Store> = Mutex::new(Store { findings: Vec::new(), known: None });
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

/// Enters a finding; says whether it is a new one, so that whoever found it reports it once. One that
/// is more certain now than before is new again.
pub fn enter(finding: &Finding) -> bool {
    health::note(finding);
    let mut store = store();
    let known = store.known.get_or_insert_default();
    let is_known = known.contains(&finding.id);
    if !is_known && known.len() < KNOWN {
        known.insert(finding.id.clone());
    }
    match store.findings.iter().position(|kept| kept.id == finding.id) {
        Some(place) if store.findings[place].class < finding.class => {
            store.findings[place].clone_from(finding);
        }
        Some(_) => return false,
        None if is_known => return false,
        None if store.findings.len() < KEPT => store.findings.push(finding.clone()),
        None => {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    true
}

/// Enters a finding that somebody else writes to standard error, and [publishes](policy::publish) it if
/// it is new; says whether it is.
#[allow(clippy::must_use_candidate, reason = "a test that panics tells it in any case")]
pub fn record(finding: &Finding) -> bool {
    let is_new = enter(finding);
    if is_new {
        policy::publish(finding);
    }
    is_new
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
