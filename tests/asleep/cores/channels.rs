//! Channels that nobody serves. The program has an end of each channel, so none closes.

use super::{asleep, pause};
use crate::draft::Draft;
use crate::program::{Select, Step};

/// As many are sent as can be received, and one more is asked for.
pub(super) fn no_value(draft: &mut Draft) -> usize {
    let channel = draft.some_channel();
    let values = draft.rng.range(0, 4);
    let task = draft.sleeps(vec![Step::Recv(channel); values + 1]);
    let other = draft.ends(vec![Step::Send(channel); values]);
    draft.spawn(task);
    draft.spawn(other);
    task
}

pub(super) fn no_room(draft: &mut Draft) -> usize {
    let capacity = draft.rng.range(0, 4);
    let channel = draft.channel(capacity);
    let task = draft.sleeps(vec![Step::Send(channel); capacity + 1]);
    draft.spawn(task);
    task
}

/// Whoever would receive needs the lock first.
pub(super) fn held_across_send(draft: &mut Draft) -> usize {
    let (lock, channel) = (draft.lock(), draft.channel(0));
    let receiver = draft.sleeps(vec![Step::Lock(lock), Step::Recv(channel)]);
    let steps = vec![Step::Lock(lock), Step::Spawn(receiver), Step::Send(channel)];
    let sender = draft.sleeps(steps);
    draft.spawn(sender);
    sender
}

/// Each would send to the next once it has received from the one before.
pub(super) fn ring(draft: &mut Draft) -> usize {
    let size = draft.rng.range(2, 5);
    let channels: Vec<usize> = (0..size).map(|_| draft.some_channel()).collect();
    let mut last = 0;
    for place in 0..size {
        let mut steps = Vec::new();
        pause(draft, &mut steps);
        steps.extend([Step::Recv(channels[place]), Step::Send(channels[(place + 1) % size])]);
        last = draft.sleeps(steps);
        draft.spawn(last);
    }
    last
}

/// The one who waits for the workers has the sender whose drop would end them.
pub(super) fn drains(draft: &mut Draft) -> usize {
    let workers = draft.rng.range(1, 7);
    let (channel, group) = (draft.some_channel(), draft.group(workers));
    for _ in 0..workers {
        let worker = draft.sleeps(vec![Step::Drain(channel), Step::Done(group)]);
        draft.spawn(worker);
    }
    let mut steps = vec![Step::Send(channel); draft.rng.range(0, 9)];
    steps.extend([Step::Wait(group), Step::DropSender(channel)]);
    let boss = draft.sleeps(steps);
    draft.spawn(boss);
    boss
}

/// The one who would take the results waits until they have been delivered.
pub(super) fn results(draft: &mut Draft) -> usize {
    let workers = draft.rng.range(1, 7);
    let (channel, group) = (draft.channel(0), draft.group(workers));
    for _ in 0..workers {
        let mut steps = Vec::new();
        pause(draft, &mut steps);
        steps.extend([Step::Send(channel), Step::Done(group)]);
        let worker = draft.sleeps(steps);
        draft.spawn(worker);
    }
    let mut steps = vec![Step::Wait(group)];
    steps.extend(vec![Step::Recv(channel); workers]);
    let boss = draft.sleeps(steps);
    draft.spawn(boss);
    boss
}

pub(super) fn dead_arms(draft: &mut Draft) -> usize {
    let (a, b) = (draft.some_channel(), draft.channel(0));
    let select = match draft.rng.range(0, 2) {
        0 => Select::Recv(a, b),
        1 => Select::SendRecv(b, a),
        _ => Select::RecvWait(a, draft.group(1)),
    };
    let mut steps = Vec::new();
    pause(draft, &mut steps);
    steps.push(Step::Select(select));
    let task = draft.sleeps(steps);
    draft.spawn(task);
    task
}

/// It sends and receives on the same channel, which has no room: nobody else is there.
pub(super) fn meets_itself(draft: &mut Draft) -> usize {
    let channel = draft.channel(0);
    let task = draft.sleeps(vec![Step::Select(Select::SendRecv(channel, channel))]);
    draft.spawn(task);
    task
}

pub(super) fn no_arms(draft: &mut Draft) -> usize {
    let select = match draft.rng.range(0, 2) {
        0 => Select::Nothing,
        1 => Select::Never,
        _ => Select::Off(draft.some_channel()),
    };
    let task = draft.sleeps(vec![Step::Select(select)]);
    draft.spawn(task);
    task
}

/// The values are fewer than those who want one: which of them sleep nobody can say, but one who
/// wants two does.
pub(super) fn stolen(draft: &mut Draft) -> usize {
    let channel = draft.some_channel();
    let sender = draft.ends(vec![Step::Send(channel)]);
    let task = draft.sleeps(vec![Step::Recv(channel), Step::Recv(channel)]);
    draft.spawn(task);
    draft.spawn(sender);
    task
}

/// Holds a lock while its select sleeps; the others want the lock.
pub(super) fn select_holds(draft: &mut Draft) -> usize {
    let (lock, a, b) = (draft.lock(), draft.channel(0), draft.some_channel());
    let wants = draft.sleeps(vec![Step::Lock(lock), Step::Send(a)]);
    let behind = {
        let step = asleep(draft);
        draft.sleeps(vec![step])
    };
    let holder = draft.sleeps(vec![
        Step::Lock(lock),
        Step::Spawn(wants),
        Step::Spawn(behind),
        Step::Select(Select::Recv(a, b)),
    ]);
    draft.spawn(holder);
    holder
}
