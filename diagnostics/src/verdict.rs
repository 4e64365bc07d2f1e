//! Judgement: which tasks no task can ever wake, and why.
//!
//! Pure functions of a snapshot. [`liveness`] computes who may still move, `cause` looks among
//! the others for those the rest waits for, `wording` tells it as a finding. Only `asleep` also
//! asks the world, because the all-asleep verdict is a claim about the whole process.

mod asleep;
mod cause;
mod deadlock;
mod liveness;
mod watch;
mod wording;

pub use asleep::{AllAsleep, all_asleep, judge_all_asleep};
pub(crate) use deadlock::with_stuck;
pub use deadlock::{confirm, deadlocks, examine, stuck_tasks};
pub use liveness::{Outside, liveness};
pub use watch::{Looked, Watch, survey};
