//! Programs that must not panic: somebody can wake a task until the program ends.
//!
//! Tasks are numbered, and each waits only for tasks before it and for sources of its own: so
//! every program ends, however it is scheduled. Between two events everything sleeps, for about as
//! long as the house takes to make up its mind.

use crate::cores;
use crate::draft::Draft;
use crate::program::{Deed, End, Kind, Program, Select, Step};
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
    let mut chain = Chain { gate, links: Vec::new() };
    for _ in 0..draft.rng.range(1, 6) {
        let link = chain.link(&mut draft);
        chain.links.push(link);
    }
    let spawns = chain.links.iter().map(|link| Step::Spawn(link.task));
    draft.strand(spawns.chain([Step::Done(gate)]).collect());
    let events = chain.links.iter().map(|link| Step::Wait(link.event));
    let joins = chain.links.iter().filter(|link| link.is_free).map(|link| Step::Join(link.task));
    let last = events.chain(joins).collect();
    draft.finish(last)
}

struct Chain {
    /// Done when every task of the chain has been spawned, so that its handle can be found.
    gate: usize,
    links: Vec<Link>,
}

#[derive(Clone, Copy)]
struct Link {
    task: usize,
    /// The group it counts down at its end.
    event: usize,
    /// The lock it holds while it waits; later tasks take it for a moment.
    lock: usize,
    /// Whether nobody has taken its handle yet.
    is_free: bool,
}

impl Chain {
    fn link(&mut self, draft: &mut Draft) -> Link {
        let (event, lock) = (draft.group(1), draft.lock());
        let mut steps = vec![Step::Wait(self.gate)];
        let holds = draft.rng.one_in(2);
        if holds {
            steps.push(Step::Lock(lock));
        }
        let sources = if self.links.is_empty() { 2 } else { 0 };
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
        Link { task: draft.ends(steps), event, lock, is_free: true }
    }

    /// Waits for a task before this one.
    fn earlier(&mut self, draft: &mut Draft) -> Vec<Step> {
        if self.links.is_empty() {
            return Vec::new();
        }
        let which = draft.rng.range(0, self.links.len() - 1);
        let link = &mut self.links[which];
        match draft.rng.range(0, 3) {
            0 => vec![Step::Wait(link.event)],
            1 if std::mem::take(&mut link.is_free) => vec![Step::Join(link.task)],
            _ => {
                let times = draft.rng.range(0, 2);
                vec![Step::Lock(link.lock), Step::Yield(times), Step::Unlock(link.lock)]
            }
        }
    }
}

/// Waits for something that only somebody outside the tasks will do.
fn source(draft: &mut Draft) -> Vec<Step> {
    let idle = idle(draft);
    match draft.rng.range(0, 12) {
        7 => vec![Step::Sleep(some_ms(draft))],
        8 => {
            let wait = cores::asleep(draft);
            vec![Step::Timeout(some_ms(draft), Box::new(wait))]
        }
        9 => {
            let channel = draft.some_channel();
            vec![Step::Select(Select::RecvSleep(channel, some_ms(draft)))]
        }
        10 => vec![Step::Accept(then(idle, Deed::Sleep(some_ms(draft))))],
        11 => vec![Step::Connect(idle)],
        12 => {
            let notify = draft.notify();
            vec![Step::Thread(then(idle, Deed::Notify(notify))), Step::Notified(notify)]
        }
        5 => {
            let (a, b) = (draft.some_channel(), draft.some_channel());
            let send = Step::Thread(then(idle, Deed::Send(a)));
            let receive = if draft.rng.one_in(2) { Select::Recv(a, b) } else { Select::Recv(b, a) };
            vec![send, Step::Select(receive)]
        }
        6 => {
            let channel = draft.some_channel();
            vec![Step::Thread(then(idle, Deed::DropSender(channel))), Step::Drain(channel)]
        }
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

/// Most as short as the house's patience, where a race would show.
fn some_ms(draft: &mut Draft) -> u64 {
    let ms = if draft.rng.one_in(4) { draft.rng.range(50, 300) } else { draft.rng.range(5, 45) };
    ms as u64
}

/// How a thread passes the time.
fn idle(draft: &mut Draft) -> Vec<Deed> {
    let ms = some_ms(draft);
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
    let (name, step) = match draft.rng.range(0, 7) {
        5 => ("a socket that waits for ever", Step::AcceptForever),
        6 => ("a timer far away", Step::Sleep(3_600_000)),
        7 => {
            let channel = draft.some_channel();
            ("a select with a timer far away", Step::Select(Select::RecvSleep(channel, 3_600_000)))
        }
        0 => ("an external guard", Step::External),
        1 => ("a thread that goes on for ever", Step::Thread(vec![Deed::Tick])),
        2 => ("a thread that runs on for ever", Step::Thread(vec![Deed::Spin(1 << 30)])),
        3 => ("a blocking job that never ends", Step::Off(vec![Deed::Park])),
        _ => ("a thread that reads for ever", Step::Thread(vec![Deed::Read(1 << 30)])),
    };
    draft.program.made_of.push(name);
    draft.program.tasks[0].ends = false;
    draft.finish(vec![step, Step::Pend])
}
