//! Tasks that wait for each other to end.

use super::{asleep, pause};
use crate::draft::Draft;
use crate::program::{Deed, Step};

pub(super) fn ring_of_joins(draft: &mut Draft) -> usize {
    let size = draft.rng.range(2, 5);
    let gate = draft.group(1);
    let first = draft.next_task();
    for place in 0..size {
        let next = first + (place + 1) % size;
        draft.sleeps(vec![Step::Wait(gate), Step::Join(next)]);
    }
    let spawns = (first..first + size).map(Step::Spawn);
    draft.strand(spawns.chain([Step::Done(gate)]).collect());
    beside(draft)
}

pub(super) fn joins_itself(draft: &mut Draft) -> usize {
    let gate = draft.group(1);
    let itself = draft.next_task();
    draft.sleeps(vec![Step::Wait(gate), Step::Join(itself)]);
    draft.strand(vec![Step::Spawn(itself), Step::Done(gate)]);
    beside(draft)
}

/// The handles of a ring are all taken by its tasks; this one's is not.
fn beside(draft: &mut Draft) -> usize {
    let sleep = asleep(draft);
    let task = draft.sleeps(vec![sleep]);
    draft.spawn(task);
    task
}

pub(super) fn chain_of_joins(draft: &mut Draft) -> usize {
    let mut task = draft.sleeps(Vec::new());
    draft.program.tasks[task].steps = vec![asleep(draft)];
    for _ in 0..draft.rng.range(1, 6) {
        let mut steps = vec![Step::Spawn(task)];
        pause(draft, &mut steps);
        steps.push(Step::Join(task));
        task = draft.sleeps(steps);
    }
    draft.spawn(task);
    task
}

/// A thread that is in a `block_on` of its own, for a task of the same runtime.
pub(super) fn second_root(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let root = draft.root(Vec::new());
    let task =
        draft.sleeps(vec![Step::Lock(lock), Step::Thread(vec![Deed::Root(root)]), Step::Pend]);
    draft.program.tasks[root].steps = vec![Step::Yield(2), Step::Lock(lock)];
    draft.spawn(task);
    task
}
