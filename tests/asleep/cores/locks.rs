//! Deadlocks of locks.

use super::{asleep, pause};
use crate::draft::Draft;
use crate::program::Step;

pub(super) fn twice(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let mut steps = vec![Step::Lock(lock)];
    pause(draft, &mut steps);
    steps.push(Step::Lock(lock));
    let task = draft.sleeps(steps);
    draft.spawn(task);
    task
}

/// The holder starts the others once it has the lock.
pub(super) fn held(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let sleep = asleep(draft);
    let holder = draft.sleeps(Vec::new());
    let mut steps = vec![Step::Lock(lock)];
    for _ in 0..draft.rng.range(1, 7) {
        let mut wants = Vec::new();
        pause(draft, &mut wants);
        wants.push(Step::Lock(lock));
        steps.push(Step::Spawn(draft.sleeps(wants)));
    }
    steps.push(sleep);
    draft.program.tasks[holder].steps = steps;
    draft.spawn(holder);
    holder
}

pub(super) fn forgotten(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let task = draft.sleeps(vec![Step::Lock(lock), Step::Forget(lock), Step::Lock(lock)]);
    draft.spawn(task);
    task
}

pub(super) fn left_locked(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let first = draft.ends(vec![Step::Lock(lock), Step::Forget(lock)]);
    let then = draft.sleeps(vec![Step::Join(first), Step::Lock(lock)]);
    draft.strand(vec![Step::Spawn(first), Step::Spawn(then)]);
    then
}

/// Each takes its own lock; when all have, each wants the next one's.
pub(super) fn ring_of_locks(draft: &mut Draft) -> usize {
    let size = draft.rng.range(2, 5);
    let barrier = draft.group(size);
    let locks: Vec<usize> = (0..size).map(|_| draft.lock()).collect();
    let mut last = 0;
    for place in 0..size {
        let mut steps = Vec::new();
        pause(draft, &mut steps);
        steps.extend([Step::Lock(locks[place]), Step::Done(barrier), Step::Wait(barrier)]);
        pause(draft, &mut steps);
        steps.push(Step::Lock(locks[(place + 1) % size]));
        last = draft.sleeps(steps);
        draft.spawn(last);
    }
    last
}

/// A task that waits in two ways at once; neither will end.
pub(super) fn dead_either(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let two = (Box::new(Step::Lock(lock)), Box::new(asleep(draft)));
    let either = if draft.rng.one_in(2) {
        Step::Either(two.0, two.1)
    } else {
        Step::Both(Box::new(Step::Yield(1)), two.0)
    };
    let task = draft.sleeps(vec![Step::Lock(lock), either]);
    draft.spawn(task);
    task
}
