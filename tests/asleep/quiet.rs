//! Programs that must not panic: somebody can wake a task until the program ends.
//!
//! Tasks are numbered, and each waits only for tasks before it and for sources of its own: so
//! every program ends, however it is scheduled. Between two events everything sleeps, for about as
//! long as the house takes to make up its mind.

use crate::cores;
use crate::draft::Draft;
use crate::program::{Deed, End, Kind, Program, Step};
use crate::rng::Rng;
use crate::traffic;

pub(crate) fn program(seed: u64, rng: Rng) -> Program {
    let mut draft = Draft::new(Kind::MustNot, seed, rng);
    if draft.rng.one_in(12) {
        return stays(draft);
    }
    for _ in 0..draft.rng.range(0, 2) {
        traffic::any(&mut draft);
    }
    let gate = draft.group(1);
    let first = draft.next_task();
    let count = draft.rng.range(1, 6);
    let mut chain = Chain { gate, first, events: Vec::new(), locks: Vec::new(), free: Vec::new() };
    for _ in 0..count {
        let task = chain.add(&mut draft);
        chain.free.push(task);
    }
    let mut spawns: Vec<Step> = (first..first + count).map(Step::Spawn).collect();
    spawns.push(Step::Done(gate));
    draft.strand(spawns);
    let events = chain.events.iter().map(|&event| Step::Wait(event));
    let last = events.chain(chain.free.iter().map(|&task| Step::Join(task))).collect();
    draft.finish(last)
}

struct Chain {
    /// Done when every task of the chain has been spawned, so that its handle can be found.
    gate: usize,
    first: usize,
    /// Per task, the group it counts down at its end.
    events: Vec<usize>,
    /// Per task, the lock it holds while it waits; later tasks take it for a moment.
    locks: Vec<usize>,
    /// Tasks whose handle nobody has taken yet.
    free: Vec<usize>,
}

impl Chain {
    fn add(&mut self, draft: &mut Draft) -> usize {
        let (event, lock) = (draft.group(1), draft.lock());
        let mut steps = vec![Step::Wait(self.gate)];
        let holds = draft.rng.one_in(2);
        if holds {
            steps.push(Step::Lock(lock));
        }
        let sources = if self.events.is_empty() { 2 } else { 0 };
        for _ in 0..draft.rng.range(sources, 4) {
            steps.extend(source(draft));
        }
        for _ in 0..draft.rng.range(0, 3) {
            steps.extend(self.earlier(draft));
        }
        if draft.rng.one_in(3) {
            steps.extend(source(draft));
        }
        if holds {
            steps.push(Step::Unlock(lock));
        }
        steps.push(Step::Done(event));
        self.events.push(event);
        self.locks.push(lock);
        draft.ends(steps)
    }

    /// Waits for a task before this one.
    fn earlier(&mut self, draft: &mut Draft) -> Vec<Step> {
        if self.events.is_empty() {
            return Vec::new();
        }
        let which = draft.rng.range(0, self.events.len() - 1);
        match draft.rng.range(0, 3) {
            0 => vec![Step::Wait(self.events[which])],
            1 | 2 => {
                let lock = self.locks[which];
                vec![Step::Lock(lock), Step::Yield(draft.rng.range(0, 2)), Step::Unlock(lock)]
            }
            _ => match self.free.iter().position(|&task| task == self.first + which) {
                Some(place) => vec![Step::Join(self.free.swap_remove(place))],
                None => Vec::new(),
            },
        }
    }
}

/// Waits for something that only somebody outside the tasks will do.
fn source(draft: &mut Draft) -> Vec<Step> {
    let idle = idle(draft);
    match draft.rng.range(0, 6) {
        0 => vec![Step::Job(idle)],
        1 => {
            let group = draft.group(1);
            vec![Step::Off(then(idle, Deed::Done(group))), Step::Wait(group)]
        }
        2 => {
            let group = draft.group(1);
            vec![Step::Thread(then(idle, Deed::Done(group))), Step::Wait(group)]
        }
        3 => {
            let group = draft.group(1);
            let task = draft.ends(vec![Step::Yield(1), Step::Done(group)]);
            vec![Step::Thread(then(idle, Deed::Spawn(task))), Step::Wait(group)]
        }
        4 => {
            let group = draft.group(1);
            let bell = draft.bell();
            let rings = Step::Thread(then(idle, Deed::Ring(bell)));
            let dead = Step::Wait(group);
            vec![rings, Step::Either(Box::new(dead), Box::new(Step::Listen(bell)))]
        }
        _ => {
            let bell = draft.bell();
            let rings = then(idle, Deed::Ring(bell));
            let rings = if draft.rng.one_in(3) { Step::Off(rings) } else { Step::Thread(rings) };
            vec![rings, Step::Listen(bell)]
        }
    }
}

fn then(mut deeds: Vec<Deed>, last: Deed) -> Vec<Deed> {
    deeds.push(last);
    deeds
}

/// How a thread passes the time.
fn idle(draft: &mut Draft) -> Vec<Deed> {
    // Most as short as the house's patience, where a race would show.
    let ms = if draft.rng.one_in(4) { draft.rng.range(50, 300) } else { draft.rng.range(5, 45) };
    let ms = ms as u64;
    match draft.rng.range(0, 9) {
        0 => vec![Deed::Spin(ms)],
        1 | 2 => vec![Deed::Timed(ms)],
        3 | 4 => vec![Deed::Read(ms)],
        5 => vec![Deed::Relay(ms)],
        6 if draft.rng.one_in(3) => vec![Deed::Process(ms)],
        _ => vec![Deed::Sleep(ms)],
    }
}

/// Deadlocked all right, but somebody is left who could wake a task: no claim may be made.
fn stays(mut draft: Draft) -> Program {
    draft.program.end = End::Stays;
    cores::any(&mut draft);
    let (name, step) = match draft.rng.range(0, 4) {
        0 => ("an external guard", Step::External),
        1 => ("a thread that goes on for ever", Step::Thread(vec![Deed::Tick])),
        2 => ("a thread that runs on for ever", Step::Thread(vec![Deed::Spin(1 << 30)])),
        3 => ("a blocking job that never ends", Step::Off(vec![Deed::Park])),
        _ => ("a thread that reads for ever", Step::Thread(vec![Deed::Read(1 << 30)])),
    };
    draft.program.made_of.push(name);
    draft.program.tasks[0].ends = false;
    draft.strand(vec![step]);
    draft.finish(vec![Step::Pend])
}
