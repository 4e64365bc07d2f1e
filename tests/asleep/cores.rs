//! Certain deadlocks: small groups of tasks that sleep for ever under every schedule.

use crate::draft::Draft;
use crate::program::{Deed, Step};

/// Adds one; gives a task of it that sleeps for ever, and whose handle the first task may take.
pub(crate) fn any(draft: &mut Draft) -> usize {
    const CORES: [(&str, fn(&mut Draft) -> usize); 14] = [
        ("a lock taken twice", twice),
        ("a lock held by a sleeper", held),
        ("a guard forgotten", forgotten),
        ("a guard forgotten by a task that is over", left_locked),
        ("a ring of locks", ring_of_locks),
        ("a ring of joins", ring_of_joins),
        ("a task that joins itself", joins_itself),
        ("a group never done", never_done),
        ("a group whose last member waits for the waiter", done_behind_a_lock),
        ("no waker left", no_waker),
        ("a bell that nobody rings", silent_bell),
        ("a chain of joins", chain_of_joins),
        ("two ways on, both dead", dead_either),
        ("a root of its own thread", second_root),
    ];
    let (name, core) = draft.rng.pick(&CORES);
    draft.program.made_of.push(name);
    core(draft)
}

fn twice(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let mut steps = vec![Step::Lock(lock)];
    pause(draft, &mut steps);
    steps.push(Step::Lock(lock));
    let task = draft.sleeps(steps);
    draft.spawn(task);
    task
}

/// The holder starts the others once it has the lock.
fn held(draft: &mut Draft) -> usize {
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

fn forgotten(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let task = draft.sleeps(vec![Step::Lock(lock), Step::Forget(lock), Step::Lock(lock)]);
    draft.spawn(task);
    task
}

fn left_locked(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let first = draft.ends(vec![Step::Lock(lock), Step::Forget(lock)]);
    let then = draft.sleeps(vec![Step::Join(first), Step::Lock(lock)]);
    draft.strand(vec![Step::Spawn(first), Step::Spawn(then)]);
    then
}

/// Each takes its own lock; when all have, each wants the next one's.
fn ring_of_locks(draft: &mut Draft) -> usize {
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

fn ring_of_joins(draft: &mut Draft) -> usize {
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

fn joins_itself(draft: &mut Draft) -> usize {
    let gate = draft.group(1);
    let itself = draft.next_task();
    draft.sleeps(vec![Step::Wait(gate), Step::Join(itself)]);
    draft.strand(vec![Step::Spawn(itself), Step::Done(gate)]);
    beside(draft)
}

/// The handles of a ring are all taken by its tasks; this one's is not.
fn beside(draft: &mut Draft) -> usize {
    let sleep = asleep_plainly(draft);
    let task = draft.sleeps(vec![sleep]);
    draft.spawn(task);
    task
}

/// Some of the counted are done, at least one is missing.
fn never_done(draft: &mut Draft) -> usize {
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

fn done_behind_a_lock(draft: &mut Draft) -> usize {
    let (lock, group) = (draft.lock(), draft.group(1));
    let member = draft.sleeps(vec![Step::Lock(lock), Step::Done(group)]);
    let waiter = draft.sleeps(vec![Step::Lock(lock), Step::Spawn(member), Step::Wait(group)]);
    draft.spawn(waiter);
    waiter
}

fn no_waker(draft: &mut Draft) -> usize {
    let task = draft.sleeps(vec![Step::Pend]);
    draft.spawn(task);
    task
}

/// The waker stays where nobody uses it: it is foreign, but no thread is left that could.
fn silent_bell(draft: &mut Draft) -> usize {
    let bell = draft.bell();
    let task = draft.sleeps(vec![Step::Listen(bell)]);
    draft.spawn(task);
    task
}

fn chain_of_joins(draft: &mut Draft) -> usize {
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

/// A task that waits in two ways at once; neither will end.
fn dead_either(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let two = (Box::new(Step::Lock(lock)), Box::new(asleep_plainly(draft)));
    let either = if draft.rng.one_in(2) {
        Step::Either(two.0, two.1)
    } else {
        Step::Both(Box::new(Step::Yield(1)), two.0)
    };
    let task = draft.sleeps(vec![Step::Lock(lock), either]);
    draft.spawn(task);
    task
}

/// A thread that is in a `block_on` of its own, for a task of the same runtime.
fn second_root(draft: &mut Draft) -> usize {
    let lock = draft.lock();
    let root = draft.root(Vec::new());
    let task =
        draft.sleeps(vec![Step::Lock(lock), Step::Thread(vec![Deed::Root(root)]), Step::Pend]);
    draft.program.tasks[root].steps = vec![Step::Yield(2), Step::Lock(lock)];
    draft.spawn(task);
    task
}

/// Sleeps for ever, in one of several ways.
fn asleep(draft: &mut Draft) -> Step {
    match draft.rng.range(0, 3) {
        0 => {
            let task = draft.sleeps(vec![Step::Pend]);
            draft.spawn(task);
            // Its handle may not be there yet; what is certain is that nobody counts this down.
            Step::Wait(draft.group(1))
        }
        _ => asleep_plainly(draft),
    }
}

fn asleep_plainly(draft: &mut Draft) -> Step {
    match draft.rng.range(0, 2) {
        0 => Step::Pend,
        1 => Step::Listen(draft.bell()),
        _ => Step::Wait(draft.group(1)),
    }
}

/// Lets others go first, or not.
fn pause(draft: &mut Draft, steps: &mut Vec<Step>) {
    match draft.rng.range(0, 4) {
        0 => steps.push(Step::Yield(draft.rng.range(1, 5))),
        1 if draft.rng.one_in(3) => {
            let ms = draft.rng.range(1, 25) as u64;
            steps.push(Step::Job(vec![Deed::Sleep(ms)]));
        }
        _ => {}
    }
}
