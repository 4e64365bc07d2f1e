//! Certain deadlocks: small groups of tasks that sleep for ever under every schedule.

mod channels;
mod joins;
mod locks;
mod lonely;

use crate::draft::Draft;
use crate::program::{Deed, Select, Step};

type Core = fn(&mut Draft) -> usize;

const CORES: [(&str, Core); 27] = [
    ("a lock taken twice", locks::twice),
    ("a lock held by a sleeper", locks::held),
    ("a guard forgotten", locks::forgotten),
    ("a guard forgotten by a task that is over", locks::left_locked),
    ("a ring of locks", locks::ring_of_locks),
    ("two ways on, both dead", locks::dead_either),
    ("a ring of joins", joins::ring_of_joins),
    ("a task that joins itself", joins::joins_itself),
    ("a chain of joins", joins::chain_of_joins),
    ("a root of its own thread", joins::second_root),
    ("a group never done", lonely::never_done),
    ("a group whose last member waits for the waiter", lonely::done_behind_a_lock),
    ("no waker left", lonely::no_waker),
    ("a bell that nobody rings", lonely::silent_bell),
    ("a barrier that one does not reach", lonely::barrier),
    ("a notification that went to another", lonely::notified),
    ("a receive whose sender sleeps", channels::no_value),
    ("a send that nobody receives", channels::no_room),
    ("a lock held across a send", channels::held_across_send),
    ("a ring of channels", channels::ring),
    ("workers whose jobs never end", channels::drains),
    ("results that nobody takes", channels::results),
    ("a select over dead arms", channels::dead_arms),
    ("a select that would have to meet itself", channels::meets_itself),
    ("a select without arms", channels::no_arms),
    ("values lost to another", channels::stolen),
    ("a select and a lock", channels::select_holds),
];

/// Adds one; gives a task of it that sleeps for ever, and whose handle the first task may take.
pub(crate) fn any(draft: &mut Draft) -> usize {
    let (name, core) = draft.rng.pick(&CORES);
    draft.program.made_of.push(name);
    core(draft)
}

/// Sleeps for ever, in one of several ways.
pub(crate) fn asleep(draft: &mut Draft) -> Step {
    match draft.rng.range(0, 8) {
        0 => Step::Pend,
        1 => Step::Listen(draft.bell()),
        2 => Step::Wait(draft.group(1)),
        3 => Step::Recv(draft.some_channel()),
        4 => Step::Send(draft.channel(0)),
        5 => Step::Notified(draft.notify()),
        6 => Step::Barrier(draft.barrier(2)),
        7 => Step::Select(Select::Nothing),
        _ => Step::Select(Select::Never),
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
