//! One task, as a block.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::names::{self, Kind, Op};
use crate::noun;
use crate::snapshot::{Hold, Index, On, Resource, Task, TaskState, Wait};
use crate::stacks::{self, Call};

/// Writes the block of a task, without a blank line behind it.
pub(super) fn write(out: &mut String, index: &Index<'_>, task: &Task) {
    let _ = write!(out, "{} [{}", noun::task(task), state(task));
    // Of a running task it is how long the poll has lasted; of a queued one nothing is known.
    let ages = matches!(task.state, TaskState::Waiting | TaskState::Running);
    if let Some(age) = noun::age(task.age).filter(|_| ages) {
        let _ = write!(out, ", {age}");
    }
    if let Some(worker) = task.running.as_ref().and_then(|running| running.worker) {
        let _ = write!(out, ", worker {worker}");
    }
    let _ = writeln!(out, "]{}:", labels(task));
    let function = function(task);
    match task.state {
        TaskState::Running => match in_block_on(task) {
            Some(wait) => {
                let _ = writeln!(out, "{function}\n\t{}", wait.at);
                let _ = writeln!(out, "{}", waiting(index, task, wait, true));
            }
            None => running(out, task, &function),
        },
        TaskState::Runnable | TaskState::Done => _ = writeln!(out, "{function}"),
        TaskState::Waiting if task.waits.is_empty() => _ = writeln!(out, "{function}"),
        TaskState::Waiting => waits(out, index, task, &function),
    }
    if task.is_asleep() {
        outside(out, task);
    }
    for hold in &task.holds {
        let _ = writeln!(out, "{}", holding(index, hold));
    }
    created(out, index, task);
}

/// A task that runs: the calls that its thread is in.
fn running(out: &mut String, task: &Task, function: &str) {
    let stack = task.running.as_ref().map_or(&[][..], |running| &running.stack);
    let calls = stacks::in_words(stack, task.spawned_at).unwrap_or_else(|all| all);
    if calls.iter().all(|call| call.function.is_empty()) {
        let _ = writeln!(out, "{function}\n\trunning now; its stack is not taken");
        addresses(out, &calls);
    } else {
        frames(out, &calls);
    }
}

/// What a task waits for, each with the calls that led there; those that all have in common stand at
/// the end, once. Where no calls were noted, the line stands under the name of the task's code.
fn waits(out: &mut String, index: &Index<'_>, task: &Task, function: &str) {
    let stacks: Vec<Arc<[Call]>> =
        task.waits.iter().map(|wait| stacks::told_at(wait.stack, Some(wait.at))).collect();
    let common = common(&task.waits, &stacks);
    let mut waits: Vec<(&Wait, &Arc<[Call]>)> = task.waits.iter().zip(&stacks).collect();
    if task.waits.iter().all(|wait| wait.in_select) {
        // Arms are asked in an order of chance, and read in that of the source.
        waits.sort_by_key(|(wait, _)| wait.at);
    }
    for (wait, stack) in waits {
        let own = &stack[..stack.len() - common];
        let is_nameless = own.iter().all(|call| call.function.is_empty());
        match (own, is_nameless) {
            ([], _) if common > 0 => {}
            (_, true) => {
                let _ = writeln!(out, "{function}\n\t{}", wait.at);
                addresses(out, own);
            }
            (_, false) => frames(out, own),
        }
        let is_told = is_nameless && common == 0 || own.iter().any(|call| call.is_at(wait.at));
        let _ = writeln!(out, "{}", waiting(index, task, wait, is_told));
    }
    if common > 0 {
        let _ = writeln!(out, "these {} waits are all in:", stacks.len());
        let first = &stacks[0];
        frames(out, &first[first.len() - common..]);
    }
}

/// How many of the outermost calls are the same for all of several waits. One at which a wait began
/// is its own.
fn common(waits: &[Wait], stacks: &[Arc<[Call]>]) -> usize {
    let [first, others @ ..] = stacks else { return 0 };
    let alike = |other: &Arc<[Call]>| {
        first.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count()
    };
    let own = |(wait, stack): (&Wait, &Arc<[Call]>)| {
        stack.len() - usize::from(stack.first().is_some_and(|call| call.is_at(wait.at)))
    };
    let most = waits.iter().zip(stacks).map(own).min().unwrap_or(0);
    others.iter().map(alike).min().unwrap_or(0).min(most)
}

/// Calls of a program without symbols, for whoever has them.
fn addresses(out: &mut String, calls: &[Call]) {
    if let [first, others @ ..] = calls {
        let _ = write!(out, "called from {}", first.at);
        for call in others {
            let _ = write!(out, " {}", call.at);
        }
        out.push('\n');
    }
}

/// Calls in Go's form; of a long stack the innermost and the outermost.
fn frames(out: &mut String, calls: &[Call]) {
    let (inner, rest) = calls.split_at(calls.len().min(NEAREST));
    let (elided, outer) = rest.split_at(rest.len().saturating_sub(NEAREST));
    for Call { function, at, .. } in inner {
        let _ = writeln!(out, "{}\n\t{at}", if function.is_empty() { "???" } else { function });
    }
    if !elided.is_empty() {
        let _ = writeln!(out, "...{} frames elided...", elided.len());
    }
    for Call { function, at, .. } in outer {
        let _ = writeln!(out, "{function}\n\t{at}");
    }
}

/// So many calls are shown at each end of a stack, as in Go.
const NEAREST: usize = 50;

/// The word in brackets: Go's wait reason.
pub(crate) fn state(task: &Task) -> String {
    if let Some(wait) = in_block_on(task) {
        return wait.op.to_string();
    }
    if !task.is_asleep() {
        return task.state.word().to_owned();
    }
    match &task.waits[..] {
        [] => task.state.word().to_owned(),
        [one] => one.op.to_string(),
        several if several.iter().all(|wait| wait.in_select) => "select".to_owned(),
        several => {
            let mut words: Vec<&str> = several.iter().map(|wait| wait.op.word()).collect();
            words.dedup();
            words.truncate(3);
            words.join(" + ")
        }
    }
}

/// The `block_on` that a task called in a blocking section: its poll is under way, but waits.
fn in_block_on(task: &Task) -> Option<&Wait> {
    let wait = task.waits.iter().find(|wait| wait.op == Op::BlockOn);
    wait.filter(|_| task.state == TaskState::Running)
}

/// The name in the place of a function's.
pub(super) fn function(task: &Task) -> String {
    task.type_name.map_or_else(|| "(unknown)".to_owned(), noun::tidy)
}

fn labels(task: &Task) -> String {
    if task.labels.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> = task
        .labels
        .iter()
        .map(|(key, value)| format!("{}: {}", noun::label(key), noun::label(value)))
        .collect();
    format!(" {{{}}}", pairs.join(", "))
}

/// `waiting on channel 9 "pages" (0/0) created at src/main.rs:12; senders: 1`.
/// `waiting at src/fetch.rs:40 on ..` if no call above says where.
fn waiting(index: &Index<'_>, task: &Task, wait: &Wait, is_told: bool) -> String {
    // One wait has its reason in the header; of several, each says its own.
    let mut what = if task.waits.len() > 1 { format!(" [{}]", wait.op) } else { String::new() };
    if !is_told {
        let _ = write!(what, " at {}", wait.at);
    }
    match wait.on {
        On::Resource(id) => match index.resource(id) {
            Some(resource) => format!("waiting{what} on {}", object(index, resource, wait)),
            None => format!("waiting{what} on resource {id}"),
        },
        On::Task(id) => format!("waiting{what} for {} to end", noun::task_id(index, id)),
        On::Moment(ahead) => {
            let ahead = noun::age(ahead).unwrap_or_else(|| "less than 0.1 s".to_owned());
            format!("waiting{what} for {ahead} more")
        }
        On::Fd(fd) => format!("waiting{what} on file descriptor {fd}"),
        On::Signal(signal) => format!("waiting{what} for {}", names::signal(signal)),
        On::Nothing if wait.op.is_external() => format!("waiting{what} for the world outside"),
        On::Nothing => format!("waiting{what} on nothing that could answer"),
        On::Unknown => format!("waiting{what}"),
    }
}

fn object(index: &Index<'_>, resource: &Resource, wait: &Wait) -> String {
    let mut text = format!("{}{}", noun::resource(resource), noun::fill(resource));
    if let Some(at) = resource.created_at {
        let _ = write!(text, " created at {at}");
    }
    let senders =
        matches!(resource.kind, Kind::Channel | Kind::Oneshot | Kind::Broadcast | Kind::Watch);
    match wait.op {
        Op::Lock | Op::Read | Op::Write | Op::Once => text.push_str(&holders(index, resource)),
        Op::Send if resource.takers > 0 => _ = write!(text, "; receivers: {}", resource.takers),
        _ if senders && resource.givers > 0 => _ = write!(text, "; senders: {}", resource.givers),
        _ => {}
    }
    text
}

/// Holders named one by one; the others are counted.
const NAMED: usize = 3;

fn holders(index: &Index<'_>, resource: &Resource) -> String {
    let held: Vec<String> = index
        .held(resource.id)
        .map(|(task, hold)| {
            let how = if hold.shared { "read" } else { "held" };
            format!("{how} by {} since {}", noun::task(task), hold.at)
        })
        .collect();
    match held.len() {
        0 => "; no task is known to hold it".to_owned(),
        _ => format!(", {}", noun::list(&held, NAMED)),
    }
}

fn holding(index: &Index<'_>, hold: &Hold) -> String {
    let what = hold.what.map_or_else(|| "a lock".to_owned(), |id| noun::resource_id(index, id));
    let how = if hold.shared { "reading" } else { "holding" };
    format!("{how} {what} since {}", hold.at)
}

fn outside(out: &mut String, task: &Task) {
    let wakers = task.foreign_wakers;
    match (wakers, task.waits.is_empty()) {
        (0, true) => out.push_str("waiting for nothing: no waker of it is left\n"),
        (0, false) => {}
        (_, true) => {
            let wakers = noun::count(wakers, "waker");
            let _ = writeln!(out, "waiting for code outside wakeful, which has {wakers} of it");
        }
        (_, false) => {
            let _ =
                writeln!(out, "code outside wakeful has {} of it", noun::count(wakers, "waker"));
        }
    }
}

/// `created by task 1 "main"`, and the line under it; the first task of all has none, as in Go.
fn created(out: &mut String, index: &Index<'_>, task: &Task) {
    let Some(at) = task.spawned_at.filter(|_| !task.root) else { return };
    let by = match task.parent {
        Some(parent) => noun::task_id(index, parent),
        None => "no task".to_owned(),
    };
    let _ = writeln!(out, "created by {by}\n\t{at}");
}
