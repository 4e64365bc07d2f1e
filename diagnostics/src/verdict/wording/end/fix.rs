//! What to do about an end: one sentence.

use super::{is_timers, lost, purpose};
use crate::names::Op;
use crate::noun;
use crate::snapshot::{Index, On, Wait};
use crate::verdict::cause::{Blocks, End};
use crate::verdict::wording::context::{cancel, to_cancel};
use crate::verdict::wording::whose::{is_theirs, members_wait, too_few};
use crate::verdict::wording::{resource, what};

pub(in crate::verdict::wording) fn release_first(
    index: &Index<'_>,
    blocks: &Blocks,
    wait: &Wait,
) -> String {
    let lock = noun::resource_id(index, blocks.what);
    format!(
        "do not hold {lock} ({}) across the {} at {}: release it first",
        blocks.hold.at, wait.op, wait.at
    )
}

/// What to do about one end.
pub(super) fn fix(index: &Index<'_>, wait: &Wait, alone: bool, tasks: &[usize]) -> String {
    let (what, at) = (what(index, wait), wait.at);
    let left = resource(index, wait).and_then(|lock| lock.left_by);
    match wait.op {
        Op::Recv if is_timers(index, wait) => format!(
            "reset() {what} before the wait at {at}, or do not wait for one that was stopped or has \
             fired"
        ),
        Op::BroadcastRecv => format!(
            "drop the sender of {what} when nothing more will be sent: receiving at {at} then ends \
             with an error"
        ),
        Op::Recv if alone => format!(
            "drop every sender of {what} that this task still has before it receives at {at}: \
             receiving then ends with `None`"
        ),
        Op::Recv => format!(
            "drop the senders of {what}, or call close(), when nothing more will be sent: \
             receiving at {at} then ends with `None`"
        ),
        Op::OneshotRecv => format!("send on {what}, or drop its sender, on every path"),
        Op::Send => {
            let full = resource(index, wait).is_some_and(|channel| channel.capacity > 0);
            let room = if full { "more room" } else { "room for a value" };
            format!("receive from {what} in a task of its own before {at} sends, or give it {room}")
        }
        Op::RecvNever => format!("give the wait at {at} a channel, or another way on"),
        Op::SelectNone => {
            format!("give the select! at {at} an arm that is enabled, `default` or `else`")
        }
        Op::Lock if let Some((_, taken)) = left => format!(
            "let the guard of {what} that was taken at {taken} be dropped: look for mem::forget, or \
             a place where it is kept"
        ),
        Op::Lock | Op::Read | Op::Write => {
            format!("look for the guard of {what} that never drops (mem::forget, a static, an Rc)")
        }
        Op::WaitGroup if members_wait(index, wait, tasks) => {
            format!("do not wait for {what} in one of its members ({at}): another task may")
        }
        Op::WaitGroup if is_theirs(index, wait, tasks) => format!(
            "call done() on {what} as often as add() counts, on every path of its members, which \
             `token()` or `spawn()` cannot forget; or drop its token before the wait at {at}"
        ),
        Op::WaitGroup => format!(
            "call done() on every path of each task that was added to {what}; `token()` or \
             `spawn()` cannot forget it"
        ),
        Op::Acquire => match too_few(index, wait) {
            Some(0) => format!(
                "make {what} with permits, or call add_permits(): one that was given to `forget` \
                 does not come back"
            ),
            Some(permits) => {
                let permits = noun::count(permits, "permit");
                format!("ask for no more than {permits} of {what} at {at}, or make it with more")
            }
            None => format!("give the permits of {what} back before waiting for more at {at}"),
        },
        Op::CondWait => {
            format!("notify {what} after the state it waits for has changed, on every path")
        }
        Op::Notified => {
            format!(
                "call notify_one() or notify_waiters() of {what} for the wait at {at}, on every path"
            )
        }
        Op::WatchChanged => format!(
            "send on {what} once more, or drop its sender: the wait at {at} then ends with an error"
        ),
        Op::ContextDone if wait.on == On::Nothing => {
            format!("wait at {at} for a context made by `with_cancel` or `with_timeout`")
        }
        Op::ContextDone if to_cancel(index, wait).is_none() => {
            format!("keep the handle of {what} instead of detach(), or give it a deadline")
        }
        Op::ContextDone => format!("{}, or give it a deadline", cancel(index, wait, &what)),
        Op::Barrier => format!(
            "make {what} as large as the number of tasks that arrive, or see whether one that was to \
             arrive has ended before"
        ),
        Op::Closed => {
            format!("drop the receivers of {what}, this task's own among them, or close one")
        }
        _ => format!("make sure that somebody ends the {} of {at}", wait.op),
    }
}

/// What to do about several ends: the knots people really tie have a cure of their own.
pub(super) fn together(index: &Index<'_>, ends: &[&End]) -> String {
    let waits =
        |ops: &'static [Op]| move |end: &&End| end.wait.filter(|wait| ops.contains(&wait.op));
    let holding = ends.iter().find_map(|end| Some((end.blocks.as_ref()?, end.wait.as_ref()?)));
    let receives = ends.iter().find_map(waits(&[Op::Recv]));
    let sends = ends.iter().find_map(waits(&[Op::Send]));
    let gathers = ends.iter().find_map(waits(&[Op::WaitGroup, Op::Join, Op::GroupWait]));
    match (holding, gathers, receives, sends) {
        (Some((blocks, wait)), ..) => release_first(index, blocks, wait),
        (None, Some(gather), Some(recv), None) => format!(
            "drop the senders of {}, or call close(), before {} waits {}: its receivers then end",
            what(index, &recv),
            gather.at,
            purpose(index, &gather),
        ),
        (None, Some(gather), _, Some(send)) => format!(
            "receive from {} while {} waits {} (wait in a task of its own), or give it room for \
             every value",
            what(index, &send),
            gather.at,
            purpose(index, &gather),
        ),
        (None, None, Some(recv), Some(send)) => format!(
            "receive from {} before, or in another task than, the receive at {}",
            what(index, &send),
            recv.at,
        ),
        // A root waits for the others: what keeps those is nearer to the cause.
        _ => {
            let is_root = |end: &&&End| index.snapshot.tasks[end.tasks[0]].root;
            let others = ends.iter().filter(|end| !is_root(end));
            let wait =
                others.chain(ends.iter().filter(is_root)).find_map(|end| Some((end, end.wait?)));
            let lost = || lost(index, ends[0]).fix;
            wait.map_or_else(lost, |(end, wait)| fix(index, &wait, false, &end.tasks))
        }
    }
}
