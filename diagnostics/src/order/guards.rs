//! Guards that may move: what a task is said to hold may be another task's by now.
//!
//! An owned guard is made to be moved. What is taken while a task holds one is an order only if the
//! same task gives it back, so it is entered then. Any other guard is believed at first; if it turns
//! out to be given back by somebody else, what it was evidence of is taken back, and guards of its
//! class are treated as owned ones from then on.
//!
//! Whoever gives back a lock must not wait: what is to be done at the end of a possession is kept
//! here, by the slot of its edge, and looked up only if the edge is marked.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::check;
use super::class::NONE;
use super::graph::{Step, Taken};
use super::witness::{Node, Witness};
use crate::current;
use crate::names::{RuntimeId, TaskId};
use crate::registry::{Held, Slot, TaskRecord};

/// Possessions of which something is kept, and steps of each; what is beyond is not entered.
const MOST: usize = 4096;
const MOST_STEPS: usize = 8;

#[derive(Debug)]
struct Open {
    by: TaskId,
    runtime: RuntimeId,
    node: Node,
    /// What it was evidence of.
    entered: Vec<Arc<Witness>>,
    /// What it will be evidence of if the task gives it back itself; the place of it in each.
    suspended: Vec<(Step, usize)>,
}

#[derive(Debug, Default)]
struct Guards {
    open: HashMap<(usize, u64), Open>,
    /// Classes whose guards were seen to move.
    moving: HashSet<u32>,
}

static GUARDS: LazyLock<Mutex<Guards>> = LazyLock::new(Mutex::default);

fn guards() -> MutexGuard<'static, Guards> {
    GUARDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether guards of this lock's class were seen to move.
pub(super) fn is_moving(node: Node) -> bool {
    node.class != NONE && guards().moving.contains(&node.class)
}

impl Guards {
    fn open(&mut self, held: &Held, task: &TaskRecord, node: Node) -> Option<&mut Open> {
        let key = held.key();
        if (self.open.len() >= MOST && !self.open.contains_key(&key)) || !held.mark() {
            return None;
        }
        let new = || Open {
            by: task.id(),
            runtime: task.runtime(),
            node,
            entered: Vec::new(),
            suspended: Vec::new(),
        };
        Some(self.open.entry(key).or_insert_with(new))
    }
}

/// What a possession was evidence of.
pub(super) fn entered(held: &Held, task: &'static TaskRecord, witness: &Arc<Witness>) {
    if let Some(open) = guards().open(held, task, witness.from.node) {
        open.entered.push(Arc::clone(witness));
    }
}

/// Keeps what a guard will be evidence of if it turns out not to have moved.
pub(super) fn suspend(held: &Held, task: &'static TaskRecord, step: &Step, place: usize) {
    if let Some(open) = guards().open(held, task, step.held[place].point.node) {
        if open.suspended.len() < MOST_STEPS {
            open.suspended.push((step.clone(), place));
        }
    }
}

/// A possession that was marked is over.
#[cold]
pub(super) fn released(slot: &Slot, head: u64) {
    let Some(open) = guards().open.remove(&slot.key(head)) else { return };
    if current::task_id() != Some(open.by) {
        if open.node.class != NONE && !open.entered.is_empty() {
            guards().moving.insert(open.node.class);
        }
        let mut graph = check::graph();
        for witness in &open.entered {
            graph.retract(witness);
        }
        return;
    }
    let runtime = open.runtime;
    for (mut step, place) in open.suspended {
        for (other, taken) in step.held.iter_mut().enumerate() {
            *taken = Taken { is_mute: other != place, ..*taken };
        }
        check::enter(&step, runtime);
    }
}
