//! Whether anything can ever wake a process that sleeps.

use wakeful_diagnostics::Class;
use wakeful_diagnostics::verdict::all_asleep;

use crate::monitor::is_quiet;
use crate::scheduler::{Shared, Verdict};

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
    let roots: Vec<_> = open.iter().flat_map(|shared| shared.roots()).collect();
    if roots.is_empty() || open.iter().any(|shared| may_be_woken(shared)) {
        return Outcome::Alive;
    }
    let Some(verdict) = all_asleep() else { return Outcome::Doubtful };
    // The proof is about a moment at which nobody had stirred for a while, and nobody has since.
    let still = unchanged() && open.iter().all(|shared| is_quiet(shared) && !may_be_woken(shared));
    if !still || verdict.finding.class != Class::Proof {
        return Outcome::Doubtful;
    }
    let mut report = Some(verdict.report);
    for root in roots {
        root.condemn(Verdict { report: report.take(), message: MESSAGE });
    }
    Outcome::Told
}

/// Whether a timer, a socket or a blocking job can wake somebody, or somebody is being woken.
fn may_be_woken(shared: &Shared) -> bool {
    shared.is_closing() || shared.watched() > 0 || shared.pool.jobs() > 0
}
