//! Tasks that wait for what nobody will do.

use super::pause;
use crate::draft::Draft;
use crate::program::Step;

/// Some of the counted are done, at least one is missing.
pub(super) fn never_done(draft: &mut Draft) -> usize {
    let count = draft.rng.range(1, 6);
    let group = draft.group(count);
    for _ in 0..draft.rng.range(0, count - 1) {
        let mut steps = Vec::new();
        pause(draft, &mut steps);
        steps.push(Step::Done(group));
        let task = draft.ends(steps);
        draft.spawn(task);
    }
    let mut last = 0;
    for _ in 0..draft.rng.range(1, 3) {
        last = draft.sleeps(vec![Step::Wait(group)]);
        draft.spawn(last);
    }
    last
}

pub(super) fn done_behind_a_lock(draft: &mut Draft) -> usize {
    let (lock, group) = (draft.lock(), draft.group(1));
    let member = draft.sleeps(vec![Step::Lock(lock), Step::Done(group)]);
    let waiter = draft.sleeps(vec![Step::Lock(lock), Step::Spawn(member), Step::Wait(group)]);
    draft.spawn(waiter);
    waiter
}

pub(super) fn no_waker(draft: &mut Draft) -> usize {
    let task = draft.sleeps(vec![Step::Pend]);
    draft.spawn(task);
    task
}

/// The waker stays where nobody uses it: it is foreign, but no thread is left that could.
pub(super) fn silent_bell(draft: &mut Draft) -> usize {
    let bell = draft.bell();
    let task = draft.sleeps(vec![Step::Listen(bell)]);
    draft.spawn(task);
    task
}

/// One fewer comes than it waits for.
pub(super) fn barrier(draft: &mut Draft) -> usize {
    let size = draft.rng.range(2, 5);
    let barrier = draft.barrier(size);
    let mut last = 0;
    for _ in 1..size {
        let mut steps = Vec::new();
        pause(draft, &mut steps);
        steps.push(Step::Barrier(barrier));
        last = draft.sleeps(steps);
        draft.spawn(last);
    }
    last
}

/// A notification is for one, and this task takes both.
pub(super) fn notified(draft: &mut Draft) -> usize {
    let notify = draft.notify();
    let task = draft.sleeps(vec![Step::Notified(notify), Step::Notified(notify)]);
    let mut steps = Vec::new();
    pause(draft, &mut steps);
    steps.push(Step::Notify(notify));
    let other = draft.ends(steps);
    draft.spawn(task);
    draft.spawn(other);
    task
}
