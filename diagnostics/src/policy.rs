//! What is done about a finding: it is remembered, told, written, or fatal.
//!
//! Each runtime has its own [`Config`]; a detector asks for the one of the task it has found. What
//! concerns no runtime goes by the strictest of those that are open.

use std::io::Write;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::config::{Action, Config};
use crate::finding::{Class, Finding, FindingKind};
use crate::names::RuntimeId;
use crate::order;
use crate::store::record;

/// By the ids of runtimes; `None` for one that is closed.
static IN_FORCE: RwLock<Vec<Option<Arc<Config>>>> = RwLock::new(Vec::new());

/// Notes what an open runtime wants, or with `None` that it is closed.
pub fn adopt(runtime: RuntimeId, config: Option<Arc<Config>>) {
    if let Some(folder) = config.as_ref().and_then(|config| config.wanted_lock_order_dump()) {
        if let Err(error) = order::write_to(folder) {
            let text =
                format!("wakeful: the order of locks cannot be written to {folder}: {error}\n");
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }
    let mut in_force = IN_FORCE.write().unwrap_or_else(PoisonError::into_inner);
    let place = runtime.0 as usize;
    if in_force.len() <= place {
        in_force.resize(place + 1, None);
    }
    in_force[place] = config;
    let wants = |config: &Arc<Config>| config.on_lock_order() > Action::Off;
    order::switch(in_force.iter().flatten().any(wants));
}

/// Whether an open runtime does not want to hear of a finding.
fn is_silenced(finding: &Finding) -> bool {
    let in_force = IN_FORCE.read().unwrap_or_else(PoisonError::into_inner);
    in_force.iter().flatten().any(|config| config.silences(finding.id.as_str()))
}

/// What this runtime wants to be done about findings of this kind; off if it is closed.
#[must_use]
pub fn of(runtime: RuntimeId, kind: FindingKind) -> Action {
    let in_force = IN_FORCE.read().unwrap_or_else(PoisonError::into_inner);
    let config = in_force.get(runtime.0 as usize).and_then(Option::as_ref);
    config.map_or(Action::Off, |config| config.action(kind))
}

/// The strictest that any open runtime wants to be done about findings of this kind.
#[must_use]
pub fn strictest(kind: FindingKind) -> Action {
    let in_force = IN_FORCE.read().unwrap_or_else(PoisonError::into_inner);
    let wanted = in_force.iter().flatten().map(|config| config.action(kind));
    wanted.max().unwrap_or(Action::Off)
}

/// From how long a wait is looked into for a deadlock: the shortest that any open runtime wants
/// that looks for one.
#[must_use]
pub fn stuck() -> Option<Duration> {
    let in_force = IN_FORCE.read().unwrap_or_else(PoisonError::into_inner);
    let looks = in_force.iter().flatten();
    let looks = looks.filter(|config| config.action(FindingKind::Deadlock) != Action::Off);
    looks.filter_map(|config| config.stuck_after()).min()
}

/// Enters a finding and, the first time, writes it to standard error; again if it has become surer.
/// One that a configuration [silences](Config::silence) is passed over. Says whether to panic: where
/// that is to happen is the detector's business.
///
/// [`Action::Abort`] ends the process here if the finding is a proof.
pub fn tell(finding: &Finding, action: Action) -> bool {
    if action == Action::Off || is_silenced(finding) {
        return false;
    }
    let is_proof = finding.class == Class::Proof;
    if record(finding) {
        let text = format!("wakeful: {finding}");
        // A closed standard error is no reason to stop.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
    if is_proof && action == Action::Abort {
        std::process::abort();
    }
    is_proof && action == Action::Panic
}
