//! Harmless traffic: tasks that end under every schedule.

use crate::draft::Draft;
use crate::program::{Deed, Kept, Select, Step};

type Traffic = fn(&mut Draft);

const TRAFFIC: [(&str, Traffic); 13] = [
    ("tasks that yield", yielders),
    ("tasks that share a lock", lockers),
    ("a group that gets done", group),
    ("blocking jobs", jobs),
    ("a bell that a thread rings", bell),
    ("an aborted task", aborted),
    ("a pipeline that closes", pipeline),
    ("ping-pong", ping_pong),
    ("selects that meet", selects),
    ("sleepers", sleepers),
    ("waits that time out", timeouts),
    ("a connection", connection),
    ("what nobody waits for", kept),
];

pub(crate) fn any(draft: &mut Draft) {
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

/// A sender, workers, and one who takes the results; all ends are dropped in time.
fn pipeline(draft: &mut Draft) {
    let (jobs, results) = (draft.some_channel(), draft.some_channel());
    let values = draft.rng.range(0, 20);
    let mut steps = vec![Step::Send(jobs); values];
    steps.push(Step::DropSender(jobs));
    let sender = draft.ends(steps);
    let worker = draft.ends(vec![Step::Drain(jobs), Step::DropSender(results)]);
    let taker = draft.ends(vec![Step::Drain(results)]);
    for task in [taker, worker, sender] {
        draft.spawn(task);
    }
}

fn ping_pong(draft: &mut Draft) {
    let (ping, pong) = (draft.some_channel(), draft.some_channel());
    let times = draft.rng.range(1, 60);
    let one = (0..times).flat_map(|_| [Step::Send(ping), Step::Recv(pong)]).collect();
    let two = (0..times).flat_map(|_| [Step::Recv(ping), Step::Send(pong)]).collect();
    for steps in [one, two] {
        let task = draft.ends(steps);
        draft.spawn(task);
    }
}

/// Each would send or receive on either channel; whichever it is, they meet.
fn selects(draft: &mut Draft) {
    let (a, b) = (draft.channel(0), draft.channel(0));
    for select in [Select::SendRecv(a, b), Select::SendRecv(b, a)] {
        let task = draft.ends(vec![Step::Select(select)]);
        draft.spawn(task);
    }
}

fn sleepers(draft: &mut Draft) {
    for _ in 0..draft.rng.range(1, 4) {
        let ms = draft.rng.range(0, 60) as u64;
        let channel = draft.some_channel();
        let sleep = match draft.rng.range(0, 1) {
            0 => Step::Sleep(ms),
            _ => Step::Select(Select::RecvSleep(channel, ms)),
        };
        let task = draft.ends(vec![sleep]);
        draft.spawn(task);
    }
}

fn timeouts(draft: &mut Draft) {
    for _ in 0..draft.rng.range(1, 3) {
        let ms = draft.rng.range(1, 40) as u64;
        let wait = crate::cores::asleep(draft);
        let late = Step::Timeout(ms, Box::new(wait));
        // The timer of this one is dropped long before its time.
        let early = Step::Timeout(3_600_000, Box::new(Step::Yield(2)));
        let task = draft.ends(vec![late, early]);
        draft.spawn(task);
    }
}

fn connection(draft: &mut Draft) {
    let deeds = vec![Deed::Sleep(draft.rng.range(0, 30) as u64); draft.rng.range(0, 2)];
    let step = if draft.rng.one_in(2) { Step::Accept(deeds) } else { Step::Connect(deeds) };
    let task = draft.ends(vec![step]);
    draft.spawn(task);
}

fn kept(draft: &mut Draft) {
    let kinds = [Kept::Listener, Kept::Streams, Kept::Timer, Kept::Endpoint, Kept::Signals];
    let kept = draft.rng.pick(&kinds);
    draft.strand(vec![Step::Keep(kept)]);
}
