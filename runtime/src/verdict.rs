//! Whether anything can ever wake a process that sleeps, and what to do if not.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use wakeful_diagnostics::verdict::{AllAsleep, all_asleep};
use wakeful_diagnostics::{Action, Class, FindingKind, enter, policy};

use crate::monitor::is_quiet;
use crate::scheduler::{RootSeat, Shared, Verdict};

/// Go's words, with our noun.
const MESSAGE: &str = "all tasks are asleep - deadlock!";

/// What a look at a sleeping process comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Something may wake somebody, and will then stir the monitor.
    Alive,
    /// Nothing of the house can wake anybody, but a thread outside may.
    Doubtful,
    /// It is over, and those who wait have been told.
    Told,
}

/// Judges. `unchanged` tells whether nothing stirred since the caller last looked.
pub(crate) fn judge(runtimes: &[&'static Shared], unchanged: impl Fn() -> bool) -> Outcome {
    let open: Vec<_> = runtimes.iter().copied().filter(|shared| !shared.is_closed()).collect();
    let roots: Vec<_> = open.iter().flat_map(|shared| shared.roots.all()).collect();
    if roots.is_empty() || open.iter().any(|shared| may_be_woken(shared)) {
        return Outcome::Alive;
    }
    // Runtimes of one process may be told different things; the strictest counts.
    let action = open.iter().map(|shared| shared.config().action(FindingKind::AllAsleep)).max();
    let Some(action @ (Action::Report | Action::Panic | Action::Abort)) = action else {
        return Outcome::Alive;
    };
    let Some(found) = all_asleep() else { return Outcome::Doubtful };
    // The proof is about a moment at which nobody had stirred for a while, and nobody has since.
    let still = unchanged() && open.iter().all(|shared| is_quiet(shared) && !may_be_woken(shared));
    if !still || found.finding.class != Class::Proof {
        return Outcome::Doubtful;
    }
    tell(&found, action, &roots);
    Outcome::Told
}

static TOLD: AtomicBool = AtomicBool::new(false);

/// Whether it was told that all are asleep: then nothing is left to tell of a part.
pub(crate) fn is_told() -> bool {
    TOLD.load(Ordering::SeqCst)
}

fn tell(found: &AllAsleep, action: Action, roots: &[&'static RootSeat]) {
    TOLD.store(true, Ordering::SeqCst);
    let is_new = enter(&found.finding);
    if is_new || action > Action::Report {
        // A closed standard error is no reason to stop.
        let _ = std::io::stderr().write_all(found.report().as_bytes());
    }
    if is_new {
        policy::publish(&found.finding);
    }
    match action {
        Action::Panic => {
            roots.iter().for_each(|root| root.condemn(Verdict { message: MESSAGE.into() }));
        }
        Action::Abort => std::process::abort(),
        Action::Off | Action::Report => {}
    }
}

/// Whether a timer, a socket or a blocking job can wake somebody, or somebody is being woken.
fn may_be_woken(shared: &Shared) -> bool {
    shared.is_closing() || shared.watched() > 0 || shared.pool.jobs() > 0
}
