//! Harmless traffic: tasks that end under every schedule.

use crate::draft::Draft;
use crate::program::{Deed, Step};

pub(crate) fn any(draft: &mut Draft) {
    const TRAFFIC: [(&str, fn(&mut Draft)); 6] = [
        ("tasks that yield", yielders),
        ("tasks that share a lock", lockers),
        ("a group that gets done", group),
        ("blocking jobs", jobs),
        ("a bell that a thread rings", bell),
        ("an aborted task", aborted),
    ];
    let (name, traffic) = draft.rng.pick(&TRAFFIC);
    draft.program.made_of.push(name);
    traffic(draft);
}

fn yielders(draft: &mut Draft) {
    for _ in 0..draft.rng.range(1, 6) {
        let times = draft.rng.range(1, 200);
        let task = draft.ends(vec![Step::Yield(times)]);
        draft.spawn(task);
    }
}

fn lockers(draft: &mut Draft) {
    let lock = draft.lock();
    for _ in 0..draft.rng.range(2, 6) {
        let mut steps = Vec::new();
        for _ in 0..draft.rng.range(1, 5) {
            let times = draft.rng.range(0, 3);
            steps.extend([Step::Lock(lock), Step::Yield(times), Step::Unlock(lock)]);
        }
        let task = draft.ends(steps);
        draft.spawn(task);
    }
}

fn group(draft: &mut Draft) {
    let count = draft.rng.range(1, 5);
    let group = draft.group(count);
    for _ in 0..count {
        let times = draft.rng.range(0, 4);
        let task = draft.ends(vec![Step::Yield(times), Step::Done(group)]);
        draft.spawn(task);
    }
    let waiter = draft.ends(vec![Step::Wait(group)]);
    draft.spawn(waiter);
}

fn jobs(draft: &mut Draft) {
    for _ in 0..draft.rng.range(1, 3) {
        let ms = draft.rng.range(0, 40) as u64;
        let task = draft.ends(vec![Step::Job(vec![Deed::Sleep(ms)])]);
        draft.spawn(task);
    }
}

fn bell(draft: &mut Draft) {
    let bell = draft.bell();
    let ms = draft.rng.range(0, 60) as u64;
    let ring = Step::Thread(vec![Deed::Sleep(ms), Deed::Ring(bell)]);
    let task = draft.ends(vec![ring, Step::Listen(bell)]);
    draft.spawn(task);
}

fn aborted(draft: &mut Draft) {
    let lock = draft.lock();
    let task = draft.ends(vec![Step::Lock(lock), Step::Pend]);
    let other = draft.ends(vec![Step::Yield(2), Step::Abort(task), Step::Lock(lock)]);
    draft.strand(vec![Step::Spawn(task), Step::Spawn(other)]);
}
