//! What is done about a finding: it is remembered, told, written, or fatal.
//!
//! Each runtime has its own [`Config`]; a detector asks for the one of the task it has found. What
//! concerns no runtime goes by the strictest of those that are open.
//!
//! A finding goes, in this order, to standard error as a person reads it, to the file of
//! `WAKEFUL=findings=..` as a line of JSON, with the feature `tracing` to whoever subscribes to
//! `wakeful::finding`, and to the hooks of [`on_finding`](crate::on_finding).

mod event;
mod file;
mod rate;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use crate::config::{Action, Config};
use crate::finding::{Class, Finding, FindingKind};
use crate::hooks;
use crate::memory::{self, Noted};
use crate::misuse;
use crate::names::RuntimeId;
use crate::order;
use crate::profile;
use crate::report;
use crate::stacks;
use crate::store::{enter, renew};
pub(crate) use file::line;
use rate::Rate;

/// What an open runtime wants.
#[derive(Debug)]
struct InForce {
    config: Arc<Config>,
    /// Nothing in a configuration leads to anything of anybody's, and much of it is never written.
    _noted: Noted,
}

impl Deref for InForce {
    type Target = Config;

    fn deref(&self) -> &Config {
        &self.config
    }
}

/// By the ids of runtimes; `None` for one that is closed.
static IN_FORCE: RwLock<Vec<Option<InForce>>> = RwLock::new(Vec::new());

/// Notes what an open runtime wants, or with `None` that it is closed.
pub fn adopt(runtime: RuntimeId, config: Option<Arc<Config>>) {
    if let Some(folder) = config.as_ref().and_then(|config| config.wanted_lock_order_dump()) {
        if let Err(error) = order::write_to(folder) {
            let text = format!(
                "wakeful: the order of locks cannot be written to {folder}: {error}; \
                 `WAKEFUL=lock_order_dump=FOLDER` names another folder, `off` none\n"
            );
            let _ = io::stderr().write_all(text.as_bytes());
        }
    }
    if let Some(rate) = config.as_ref().and_then(|config| config.wanted_block_profile()) {
        profile::set_block_profile_rate(rate);
    }
    if let Some(n) = config.as_ref().and_then(|config| config.wanted_mutex_profile()) {
        profile::set_mutex_profile_fraction(n);
    }
    let mut in_force = IN_FORCE.write().unwrap_or_else(PoisonError::into_inner);
    let place = runtime.0 as usize;
    if in_force.len() <= place {
        in_force.resize_with(place + 1, || None);
    }
    in_force[place] = config.map(|config| InForce { _noted: memory::note_behind(&config), config });
    let open = || in_force.iter().flatten().map(Deref::deref);
    order::switch(open().any(|config| config.on_lock_order() > Action::Off));
    stacks::switch(open().map(Config::wanted_stacks));
    misuse::switch(open().any(|config| config.on_misuse() > Action::Off));
    memory::may_rehearse(open().all(Config::may_rehearse));
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

/// Whether the file that a runtime wants its findings in can be written.
///
/// # Errors
///
/// If not, with its path.
pub fn check(config: &Config) -> io::Result<()> {
    config.wanted_findings_file().map_or(Ok(()), file::check)
}

/// Enters a finding and, the first time, writes it to standard error; again if it has become surer.
/// One that a configuration [silences](Config::silence) is passed over. Says whether to panic: where
/// that is to happen is the detector's business.
///
/// [`Action::Abort`] ends the process here if the finding is a proof.
#[allow(clippy::must_use_candidate, reason = "most detectors find no proofs")]
pub fn tell(finding: &Finding, action: Action) -> bool {
    told(finding, action, false)
}

/// The same, and writes it again if it was written before; how often is the detector's business.
#[allow(clippy::must_use_candidate, reason = "most detectors find no proofs")]
pub fn tell_again(finding: &Finding, action: Action) -> bool {
    told(finding, action, true)
}

fn told(finding: &Finding, action: Action, again: bool) -> bool {
    if action == Action::Off || is_silenced(finding) {
        return false;
    }
    let is_proof = finding.class == Class::Proof;
    let is_new = enter(finding);
    if again && !is_new {
        renew(finding);
    }
    if is_new || again {
        write(finding, is_proof);
    }
    if is_new {
        publish(finding);
    }
    if is_proof && action == Action::Abort {
        std::process::abort();
    }
    is_proof && action == Action::Panic
}

/// Writes to standard error, unless it has been too much; a proof is never too much.
fn write(finding: &Finding, is_proof: bool) {
    static RATE: Mutex<Rate> = Mutex::new(Rate::new());
    let admitted = RATE.lock().unwrap_or_else(PoisonError::into_inner).ask(Instant::now());
    let mut text = admitted.preface();
    if is_proof || admitted.is_in() {
        text += &report::live(finding, SystemTime::now());
    }
    // A closed standard error is no reason to stop.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Tells of a finding that is new where else than on standard error it is wanted: in files, and then to what
/// is the program's own, which may do anything: whoever subscribes to events, and hooks.
pub fn publish(finding: &Finding) {
    let wanted = {
        let in_force = IN_FORCE.read().unwrap_or_else(PoisonError::into_inner);
        let paths = in_force.iter().flatten().filter_map(|config| config.wanted_findings_file());
        paths.map(Path::to_path_buf).collect::<BTreeSet<_>>()
    };
    for path in &wanted {
        file::append(path, finding);
    }
    event::emit(finding);
    hooks::call(finding);
}
