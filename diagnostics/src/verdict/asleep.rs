//! All tasks are asleep: a claim about the whole process.

use super::deadlock::{stuck, unmoved};
use super::liveness::{Outside, liveness};
use super::watch::survey;
use super::wording;
use crate::census::{self, Census};
use crate::external;
use crate::finding::{Class, Finding};
use crate::report;
use crate::snapshot::{Index, Snapshot, TaskState, snapshot};

/// Everything sleeps.
#[derive(Debug, Clone)]
pub struct AllAsleep {
    /// The cause. Only if its class is [`Class::Proof`] may the program be ended.
    pub finding: Finding,
    snapshot: Snapshot,
    census: Census,
}

impl AllAsleep {
    /// What to print. If the finding is no proof, its first line says who might still act. It is made
    /// when it is asked for: to name the calls of a stack takes a while.
    #[must_use]
    pub fn report(&self) -> String {
        report::all_asleep(&Index::new(&self.snapshot), &self.finding, &self.census)
    }
}

/// Looks at the whole process, and says whether every task sleeps for ever.
///
/// `None` means that some task may still move, or that an [`external()`](crate::external) guard
/// is held. The verdict is a proof if no thread of the process can run, and *likely* if it
/// cannot be excluded that one thread acts; that one is named.
///
/// Preconditions, which the caller has to see to:
/// * every worker of every runtime of the process is parked and its queues are empty; a task in a
///   queue is `Runnable` by its word, so only wakes that have not reached the word yet matter;
/// * no timer is armed and no socket is registered on behalf of a wait that draws no edge;
/// * no job of a blocking pool runs or is queued;
/// * each thread of the house (workers, monitor, blocking pool, endpoint, the callers of
///   `block_on`) holds a [`census::own_thread`] guard.
///
/// It reads `/proc` for each thread that is not the house's: call it when the runtime has been
/// quiet for some milliseconds, not at each park.
#[must_use]
pub fn all_asleep() -> Option<AllAsleep> {
    if external::is_held() {
        return None;
    }
    let before = snapshot();
    if !is_asleep(&Index::new(&before)) {
        return None;
    }
    let census = census::take();
    let mut after = snapshot();
    let still = before.tasks.len() == after.tasks.len()
        && before.tasks.iter().zip(&after.tasks).all(unmoved);
    if !still || external::is_held() {
        return None;
    }
    // The verdict stands; who has the handles tells what it is due to.
    survey(&mut after);
    judge_all_asleep(&after, &census)
}

/// The judgement of [`all_asleep`], on facts that are given.
#[must_use]
pub fn judge_all_asleep(snapshot: &Snapshot, census: &Census) -> Option<AllAsleep> {
    let index = Index::new(snapshot);
    if !is_asleep(&index) {
        return None;
    }
    let class = match census {
        Census::Proven => Class::Proof,
        // A thread that might run might also use a waker it keeps.
        Census::Suspect { .. } if snapshot.tasks.iter().any(|task| task.foreign_wakers > 0) => {
            return None;
        }
        Census::Suspect { .. } => Class::Likely,
    };
    let finding = wording::all_asleep(&index, &stuck(&index, Outside::Nobody), class);
    Some(AllAsleep { finding, snapshot: snapshot.clone(), census: census.clone() })
}

/// Whether there are tasks that matter, and none of all tasks can move.
fn is_asleep(index: &Index<'_>) -> bool {
    let live = liveness(index, Outside::Nobody);
    let tasks = &index.snapshot.tasks;
    tasks.iter().any(|task| task.is_asleep() && !task.daemon)
        && tasks.iter().zip(live).all(|(task, live)| task.state == TaskState::Done || !live)
}
