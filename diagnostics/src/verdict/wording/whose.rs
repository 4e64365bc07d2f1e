//! Says who has what is waited for.

use super::super::cause::is_lock;
use super::super::liveness::within_reach;
use super::{line, resource};
use crate::finding::Evidence;
use crate::names::{Kind, Op, TaskId};
use crate::noun;
use crate::snapshot::{Index, On, Task, Wait};

/// So many are named.
const TOLD: usize = 6;

/// Who has what is waited for, as far as that is known and worth a line.
pub(super) fn have(index: &Index<'_>, wait: &Wait, tasks: &[usize]) -> Vec<Evidence> {
    let On::Resource(id) = wait.on else { return Vec::new() };
    let is_one = |task: &Task| tasks.iter().any(|&place| index.snapshot.tasks[place].id == task.id);
    let part = match wait.op {
        Op::Acquire => "has a permit of it",
        Op::WaitGroup => "is one of its members",
        _ => "",
    };
    let holds = index.held(id).filter(|_| !part.is_empty()).take(TOLD).map(|(task, hold)| {
        let and = if is_one(task) { ", and waits for it itself" } else { "" };
        let moved = "(borrowing nothing, so it may be with another task by now)";
        let since = match hold.may_have_moved() {
            true => format!("took one of it at {} {moved}{and}", hold.at),
            false => format!("{part} since {}{and}", hold.at),
        };
        line(format!("{} {since}", noun::task(task)), Some(hold.at))
    });
    let holds: Vec<Evidence> = holds.collect();
    // Of a channel's handles it is told with their number; a lock is no matter of who can get at it.
    let is_told = !holds.is_empty()
        || is_channel(wait.op)
        || is_lock(wait.op)
        || !is_theirs(index, wait, tasks);
    if is_told {
        return holds;
    }
    let who = if tasks.len() == 1 { "it" } else { "them" };
    vec![line(format!("nobody but {who} can get at it"), None)]
}

const fn is_channel(op: Op) -> bool {
    has_sides(op) || matches!(op, Op::OneshotRecv)
}

/// Whether it waits for handles that say their side.
const fn has_sides(op: Op) -> bool {
    matches!(op, Op::Recv | Op::Send | Op::WatchChanged | Op::BroadcastRecv | Op::Closed)
}

/// Whether nobody but these tasks can get at what they wait for.
pub(super) fn is_theirs(index: &Index<'_>, wait: &Wait, tasks: &[usize]) -> bool {
    let all = within_reach(index, wait);
    all.is_some_and(|all| !all.is_empty() && all.iter().all(|place| tasks.contains(place)))
}

/// Whose the handles are that could end a wait for a channel. A handle that was forgotten is counted and
/// has no word anywhere: that is known only where the words of that side are looked for.
pub(super) fn whose(index: &Index<'_>, wait: &Wait, alone: bool, tasks: &[usize]) -> &'static str {
    let is_oneshot = resource(index, wait).is_some_and(|object| object.kind == Kind::Oneshot);
    let sides_are_known = has_sides(wait.op) && !is_oneshot;
    if sides_are_known && within_reach(index, wait).is_some_and(|all| all.is_empty()) {
        return "in no task, so it may be forgotten (mem::forget, Box::leak)";
    }
    match (is_theirs(index, wait, tasks), tasks) {
        _ if alone && sides_are_known => "it must be its own",
        _ if alone => "it must be its own, or forgotten (mem::forget, Box::leak)",
        (true, [_]) if sides_are_known => "in this task itself",
        (true, [_]) => "in this task itself, or forgotten (mem::forget, Box::leak)",
        (true, _) if sides_are_known => "in these tasks themselves",
        (true, _) => "in these tasks themselves, or forgotten (mem::forget, Box::leak)",
        (false, _) => "all in tasks that sleep",
    }
}

/// How many permits a semaphore has, if all of them are free and that is still not enough.
pub(super) fn too_few(index: &Index<'_>, wait: &Wait) -> Option<u64> {
    let semaphore = resource(index, wait).filter(|_| wait.op == Op::Acquire)?;
    let is_whole = semaphore.level == semaphore.capacity as i64;
    (is_whole && index.held(semaphore.id).next().is_none()).then_some(semaphore.capacity)
}

/// Whether members of a wait group wait for it.
pub(super) fn members_wait(index: &Index<'_>, wait: &Wait, tasks: &[usize]) -> bool {
    let On::Resource(id) = wait.on else { return false };
    let ids: Vec<TaskId> = tasks.iter().map(|&place| index.snapshot.tasks[place].id).collect();
    index.held(id).any(|(task, _)| ids.contains(&task.id))
}
