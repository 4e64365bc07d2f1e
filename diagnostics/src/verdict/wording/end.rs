//! Tells an end: tasks that wait for what nobody awake could do.

mod fix;

use super::super::cause::{Blocks, End, is_lock};
use super::context::{above, with_above};
use super::whose::{have, too_few, whose};
use super::{Told, created, line, made_at, resource, what, who};
use crate::finding::{Evidence, FindingKind};
use crate::names::Op;
use crate::noun;
use crate::snapshot::{Index, On, Place, Wait};
pub(super) use fix::release_first;
use fix::{fix, together};

/// Ends told in full; the others are counted.
const TOLD: usize = 6;

/// `alone`: the tasks of this end are all the tasks there are.
pub(super) fn tell(index: &Index<'_>, end: &End, alone: bool) -> Told {
    let Some(wait) = end.wait else { return lost(index, end) };
    if index.snapshot.tasks[end.tasks[0]].waits.len() > 1 {
        return several_ways(index, end);
    }
    let tasks = end.tasks.clone();
    let mut evidence = facts(index, &wait, alone, &tasks);
    let fix = match &end.blocks {
        Some(blocks) => {
            evidence.extend(meanwhile(index, blocks));
            evidence.extend(created(index, blocked(end)));
            release_first(index, blocks, &wait)
        }
        None => fix(index, &wait, alone, &tasks),
    };
    let says_all =
        matches!(wait.op, Op::RecvNever | Op::SelectNone | Op::Lock | Op::Read | Op::Write);
    let headline = if alone && !says_all {
        format!("{}, and no other task is left", waits(index, end, &wait))
    } else {
        let nobody = if is_timers(index, &wait) { "it is not set" } else { nobody_to(wait.op) };
        format!("{}, and {nobody}", waits(index, end, &wait))
    };
    Told { kind: FindingKind::Deadlock, headline, evidence, fix, tasks }
}

/// A `select!` or `join!`: several ways on, and none of them ends.
fn several_ways(index: &Index<'_>, end: &End) -> Told {
    let ways = &index.snapshot.tasks[end.tasks[0]].waits;
    let verb = if end.tasks.len() == 1 { "waits" } else { "wait" };
    let mut evidence = each_way(index, ways);
    evidence.extend(end.blocks.iter().flat_map(|blocks| meanwhile(index, blocks)));
    evidence.extend(created(
        index,
        ways.iter().flat_map(|way| with_above(index, way)).chain(blocked(end)).take(TOLD),
    ));
    // Closing what it receives from ends a `select!`; sending to itself never does.
    let way = ways.iter().find(|way| way.op == Op::Recv).unwrap_or(&ways[0]);
    let fix = match &end.blocks {
        Some(blocks) => release_first(index, blocks, way),
        None => fix(index, way, false, &end.tasks),
    };
    let headline = format!(
        "{} {verb} for {} things at once, and nobody awake is left to do one of them",
        all(index, end),
        ways.len(),
    );
    Told { kind: FindingKind::Deadlock, headline, evidence, fix, tasks: end.tasks.clone() }
}

/// A line for each way on; what a combinator does many times in one place is said once.
fn each_way(index: &Index<'_>, ways: &[Wait]) -> Vec<Evidence> {
    let mut told: Vec<(String, Place, usize)> = Vec::new();
    for way in ways {
        let fill = resource(index, way).map_or_else(String::new, noun::fill);
        let text = format!("{}{fill} at {}", purpose(index, way), way.at);
        match told.iter().position(|(same, ..)| *same == text) {
            Some(before) => told[before].2 += 1,
            None if told.len() < TOLD => told.push((text, way.at, 1)),
            None => {}
        }
    }
    let say = |(text, at, times): (String, Place, usize)| match times {
        1 => line(text, Some(at)),
        times => line(format!("{text}, {times} times"), Some(at)),
    };
    told.into_iter().map(say).collect()
}

/// Several ends: each task waits for what only another sleeping one could do.
pub(super) fn tell_several(index: &Index<'_>, ends: &[&End]) -> Told {
    Told {
        kind: FindingKind::Deadlock,
        headline: "each task waits for what only another sleeping task could do".to_owned(),
        evidence: beside(index, ends),
        fix: together(index, ends),
        tasks: ends.iter().flat_map(|end| end.tasks.iter().copied()).collect(),
    }
}

/// A line for each end.
pub(super) fn beside(index: &Index<'_>, ends: &[&End]) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for end in ends.iter().take(TOLD) {
        match &end.wait {
            Some(wait) => evidence.push(line(waits_at(index, end, wait), Some(wait.at))),
            None => evidence.push(line(lost(index, end).headline, None)),
        }
        evidence.extend(end.blocks.iter().flat_map(|blocks| meanwhile(index, blocks)));
    }
    if ends.len() > TOLD {
        evidence.push(line(format!("and {} more like these", ends.len() - TOLD), None));
    }
    let told = ends.iter().take(TOLD);
    evidence.extend(created(
        index,
        told.flat_map(|end| {
            end.wait.iter().flat_map(|wait| with_above(index, wait)).chain(blocked(end))
        }),
    ));
    evidence
}

/// The lock that it keeps from others.
fn blocked(end: &End) -> Option<On> {
    end.blocks.as_ref().map(|blocks| On::Resource(blocks.what))
}

/// Every task is stuck, and there is none.
pub(super) fn nobody() -> Told {
    Told {
        kind: FindingKind::Deadlock,
        headline: "no task is left".to_owned(),
        evidence: Vec::new(),
        fix: "let block_on end when its work is done".to_owned(),
        tasks: Vec::new(),
    }
}

/// A task that nothing can wake.
fn lost(index: &Index<'_>, end: &End) -> Told {
    let names = all(index, end);
    let foreign: u64 =
        end.tasks.iter().map(|&task| index.snapshot.tasks[task].foreign_wakers).sum();
    if foreign > 0 {
        return Told {
            kind: FindingKind::LostWakeup,
            headline: format!("{names} sleeps, and no thread is left that could wake it"),
            evidence: origin(index, end)
                .chain([line(
                    format!("{} of it is kept outside wakeful", noun::count(foreign, "waker")),
                    None,
                )])
                .collect(),
            fix: "look for the code that keeps the waker: its event never comes, or its thread \
                  has ended or waits for a lock"
                .to_owned(),
            tasks: end.tasks.clone(),
        };
    }
    Told {
        kind: FindingKind::LostWakeup,
        headline: format!("{names} sleeps, but no waker of it is left"),
        evidence: origin(index, end)
            .chain([line(
                "its future returned Pending and kept no way to be woken (`pending()` does so by \
                 design)"
                    .to_owned(),
                None,
            )])
            .collect(),
        fix: "in the future's poll, keep `cx.waker().clone()` where the event will find it, or \
              await something that does"
            .to_owned(),
        tasks: end.tasks.clone(),
    }
}

/// Of a task of whose waits nothing is known: what it runs, and who began that.
fn origin(index: &Index<'_>, end: &End) -> impl Iterator<Item = Evidence> {
    let task = &index.snapshot.tasks[end.tasks[0]];
    let what = task.type_name.map_or_else(String::new, |name| format!(" {}", noun::tidy(name)));
    let by = if task.root { "in the `block_on` of" } else { "spawned at" };
    task.spawned_at.map(|at| line(format!("it runs{what}, {by} {at}"), Some(at))).into_iter()
}

/// The tasks of an end, the first of them by name.
fn all(index: &Index<'_>, end: &End) -> String {
    noun::list_of(end.tasks.len(), 5, |n| who(index, end.tasks[n]))
}

/// `task 1 "main" waits to receive on channel 9 "results"`.
fn waits(index: &Index<'_>, end: &End, wait: &Wait) -> String {
    let verb = if end.tasks.len() == 1 { "waits" } else { "wait" };
    format!("{} {verb} {}", all(index, end), purpose(index, wait))
}

fn waits_at(index: &Index<'_>, end: &End, wait: &Wait) -> String {
    let fill = resource(index, wait).map_or_else(String::new, noun::fill);
    format!("{}{fill} at {}", waits(index, end, wait), wait.at)
}

pub(super) fn purpose(index: &Index<'_>, wait: &Wait) -> String {
    let what = what(index, wait);
    match wait.op {
        Op::Recv | Op::OneshotRecv | Op::BroadcastRecv => format!("to receive on {what}"),
        Op::Send => format!("to send on {what}"),
        Op::RecvNever => "to receive on a channel that is never ready".to_owned(),
        Op::SelectNone => "in a select! without an arm".to_owned(),
        Op::Read => format!("to read {what}"),
        Op::Write => format!("to write {what}"),
        Op::Acquire => format!("for a permit of {what}"),
        Op::WaitGroup => format!("until {what} is done"),
        Op::WatchChanged => format!("for a change of {what}"),
        Op::ContextDone if wait.on == On::Nothing => "for a context that is never done".to_owned(),
        Op::ContextDone => format!("until {what} is done"),
        Op::Join => format!("for the end of {what}"),
        Op::GroupWait => format!("for a task of {what} to end"),
        Op::Closed => format!("for the other side of {what} to leave"),
        _ => format!("for {what}"),
    }
}

fn nobody_to(op: Op) -> &'static str {
    match op {
        Op::Recv | Op::OneshotRecv | Op::BroadcastRecv => "nobody awake is left to send",
        Op::Send => "nobody awake is left to receive",
        Op::RecvNever | Op::SelectNone => "that never ends",
        Op::Lock | Op::Read | Op::Write => "no task is known to hold it",
        Op::Acquire => "nobody awake is left to give one back",
        Op::WaitGroup => "nobody awake is left to call done()",
        Op::CondWait | Op::Notified => "nobody awake is left to notify it",
        Op::WatchChanged => "nobody awake is left to change it",
        Op::ContextDone => "nobody awake is left to cancel it",
        Op::Barrier => "nobody awake is left to arrive",
        _ => "nobody awake is left to end that",
    }
}

/// The line of the wait, and what is known of its object.
fn facts(index: &Index<'_>, wait: &Wait, alone: bool, tasks: &[usize]) -> Vec<Evidence> {
    let several = tasks.len() > 1;
    let they = if several { "they wait" } else { "it waits" };
    let mut facts = vec![line(format!("{they} at {}", wait.at), Some(wait.at))];
    let Some(object) = resource(index, wait) else { return facts };
    let made = made_at(index, object).map_or_else(String::new, |at| format!(" created at {at}"));
    let name = noun::resource(object);
    let whose = whose(index, wait, alone, tasks);
    let text = match wait.op {
        Op::Recv | Op::BroadcastRecv | Op::OneshotRecv if object.givers > 0 => {
            let senders = noun::count(object.givers, "sender");
            let state = match wait.op {
                Op::BroadcastRecv => "has nothing new for it",
                _ => "is empty",
            };
            format!("{name}{}{made} {state} and still has {senders}: {whose}", noun::fill(object))
        }
        Op::WatchChanged if object.givers > 0 => {
            let senders = noun::count(object.givers, "sender");
            format!("{name}{made} has not changed since, and still has {senders}: {whose}")
        }
        Op::Closed if object.takers > 0 => {
            let receivers = noun::count(object.takers, "receiver");
            format!("{name}{made} still has {receivers}: {whose}")
        }
        Op::Send if object.takers > 0 => {
            let receivers = noun::count(object.takers, "receiver");
            let full = if object.capacity == 0 { "has no buffer" } else { "is full" };
            format!("{name}{}{made} {full}, and has {receivers}: {whose}", noun::fill(object))
        }
        Op::Recv => format!("{name}{made} is a timer's: it was stopped, or has fired"),
        Op::WaitGroup => format!("{name}{made} still counts {}", object.level),
        Op::Acquire if too_few(index, wait) == Some(0) => {
            format!("{name}{made} has no permits: it was made with none, or they were forgotten")
        }
        Op::Acquire if too_few(index, wait).is_some() => {
            format!("{name}{made} has no more than {}", noun::count(object.capacity, "permit"))
        }
        Op::Acquire => format!("{name}{}{made}", noun::fill(object)),
        Op::Lock | Op::Read | Op::Write => format!(
            "{name}{made} is taken, but by no task: its guard was forgotten, leaked, or is kept \
             outside the tasks"
        ),
        _ => format!("{name}{made}"),
    };
    facts.push(line(text, object.created_at));
    facts.extend(above(index, wait));
    facts.extend(have(index, wait, tasks));
    facts.extend(object.left_by.filter(|_| is_lock(wait.op)).map(|(task, at)| {
        line(format!("it was taken at {at} by {task}, which has ended since"), Some(at))
    }));
    facts
}

/// Whether it waits for a timer: only a timer's channel is open and has no sender.
fn is_timers(index: &Index<'_>, wait: &Wait) -> bool {
    wait.op == Op::Recv && resource(index, wait).is_some_and(|channel| channel.givers == 0)
}

pub(super) fn meanwhile(index: &Index<'_>, blocks: &Blocks) -> Vec<Evidence> {
    let text = format!(
        "meanwhile {} {}, for which {} waits at {}",
        who(index, blocks.holder),
        super::ring::holds(index, &blocks.hold),
        who(index, blocks.waiter),
        blocks.wait.at,
    );
    vec![line(text, Some(blocks.hold.at))]
}
