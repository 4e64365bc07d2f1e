//! Tells a ring: tasks that wait for each other, or one that waits for itself.

use super::super::cause::{Link, beside, is_lock};
use super::context::{cancel, with_above};
use super::end::{meanwhile, purpose, release_first};
use super::{Told, created, line, resource, what, who};
use crate::finding::{Evidence, FindingKind};
use crate::names::Op;
use crate::noun;
use crate::snapshot::{Hold, Index, On, Place, Rank, Resource, Wait};

pub(super) fn tell(index: &Index<'_>, links: &[Link]) -> Told {
    let tasks: Vec<usize> = links.iter().map(|link| link.task).collect();
    match links {
        [one] => itself(index, one),
        several => {
            let mut evidence = steps(index, several);
            let mut fix = ring_fix(index, several);
            // Where none of them waits for a lock, the lock that one keeps from others is worth a line.
            let is_of_locks = several.iter().any(|link| link.held.is_some());
            let blocks = if is_of_locks { None } else { beside(index, &tasks) };
            if let Some(blocks) = &blocks {
                evidence.extend(meanwhile(index, blocks));
                let link = several.iter().find(|link| link.task == blocks.holder);
                fix = link.map_or(fix, |link| release_first(index, blocks, &link.wait));
            }
            let locked = blocks.map(|blocks| On::Resource(blocks.what));
            let things =
                several.iter().flat_map(|link| with_above(index, &link.wait)).chain(locked);
            evidence.extend(created(index, things));
            let headline = headline(index, several, &tasks);
            Told { kind: FindingKind::Deadlock, headline, evidence, fix, tasks }
        }
    }
}

fn headline(index: &Index<'_>, links: &[Link], tasks: &[usize]) -> String {
    // Whoever took a lock by an owned guard may not be the one who has it.
    let sure = links.iter().all(|link| link.held.is_none_or(|hold| !hold.may_have_moved()));
    let wait = if sure { "wait" } else { "seem to wait" };
    let names: Vec<String> = tasks.iter().map(|&task| who(index, task)).collect();
    match tasks.len() {
        2 => format!("{} {wait} for each other", noun::list(&names, 2)),
        _ => format!("{} {wait} for each other in a ring", noun::list(&names, 5)),
    }
}

/// One line for each task: what it holds that the one before wants, and what it waits for.
fn steps(index: &Index<'_>, links: &[Link]) -> Vec<Evidence> {
    (0..links.len())
        .map(|n| {
            let (before, link) = (&links[(n + links.len() - 1) % links.len()], &links[n]);
            let task = who(index, link.task);
            let waits = match link.wait.on {
                On::Task(id) => {
                    format!("waits at {} for {} to end", link.wait.at, noun::task_id(index, id))
                }
                _ if is_lock(link.wait.op) => {
                    format!("waits at {} {}", link.wait.at, to(index, link))
                }
                _ if is_anybodys(index, link) => {
                    let next = who(index, links[(n + 1) % links.len()].task);
                    let wait = purpose(index, &link.wait);
                    format!(
                        "waits at {} {wait}: it could call done() itself, and {next} could",
                        link.wait.at
                    )
                }
                _ => {
                    let next = who(index, links[(n + 1) % links.len()].task);
                    let wait = purpose(index, &link.wait);
                    format!("waits at {} {wait}, for which it needs {next}", link.wait.at)
                }
            };
            let text = match before.held {
                Some(hold) => {
                    format!("{task} {} and {waits}", holds(index, &hold))
                }
                None => format!("{task} {waits}"),
            };
            line(text, Some(link.wait.at))
        })
        .collect()
}

/// Whether it waits for a group of which no member is known: whoever can get at that may have to call
/// `done()`, the one who waits among them.
fn is_anybodys(index: &Index<'_>, link: &Link) -> bool {
    let On::Resource(id) = link.wait.on else { return false };
    link.wait.op == Op::WaitGroup && index.held(id).next().is_none()
}

/// `holds mutex 3 "cache" since src/cache.rs:7`; accuses nobody whose guard may have moved.
pub(super) fn holds(index: &Index<'_>, hold: &Hold) -> String {
    let what = hold.what.map_or_else(|| "a lock".to_owned(), |id| noun::resource_id(index, id));
    if hold.may_have_moved() {
        return format!(
            "took {what} at {} (by an owned guard, which may have moved since)",
            hold.at
        );
    }
    let how = if hold.shared { "reads" } else { "holds" };
    format!("{how} {what} since {}", hold.at)
}

fn to(index: &Index<'_>, link: &Link) -> String {
    let what = what(index, &link.wait);
    match link.wait.op {
        Op::Read => format!("to read {what}"),
        Op::Write => format!("to write {what}"),
        _ => format!("for {what}"),
    }
}

fn ring_fix(index: &Index<'_>, links: &[Link]) -> String {
    // Whoever initializes cannot do so in another order: that is as good as a join.
    let is_lock = |link: &&Link| link.held.is_some() && link.wait.op != Op::Once;
    let joins = links.iter().find(|link| !is_lock(link));
    let mut in_order: Vec<&Link> = links.iter().filter(is_lock).collect();
    in_order.sort_by_key(|link| rank(index, &link.wait));
    let locks: Vec<String> = in_order.iter().map(|link| what(index, &link.wait)).collect();
    match joins {
        Some(_) if locks.is_empty() => no_lock_fix(index, links),
        Some(join) => {
            let needed: Vec<String> = links
                .iter()
                .filter(is_lock)
                .filter_map(|link| link.held)
                .map(|hold| {
                    let what =
                        hold.what.map_or_else(String::new, |id| noun::resource_id(index, id));
                    format!("{what} ({})", hold.at)
                })
                .collect();
            let goal = match join.wait.on {
                On::Task(_) => format!("for {} to end", what(index, &join.wait)),
                _ => purpose(index, &join.wait),
            };
            format!(
                "release {} before waiting at {} {goal}: whoever is to do that needs the lock to \
                 get there",
                noun::list(&needed, 3),
                join.wait.at,
            )
        }
        None if links.len() == 2 => two_orders(index, links),
        None => format!(
            "take {} in this order everywhere (`lock_many` keeps one), or release the first \
             before taking the second",
            noun::list(&locks, 5),
        ),
    }
}

/// Where a lock stands in the order that is proposed.
fn rank<'a>(index: &Index<'a>, wait: &Wait) -> Option<Rank<'a>> {
    resource(index, wait).map(Resource::rank)
}

/// A ring without a lock: somebody has to do its part before it waits.
fn no_lock_fix(index: &Index<'_>, links: &[Link]) -> String {
    // Who gathers others has no part of its own in that: theirs is what it keeps them from.
    let gathers = |link: &Link| {
        matches!(link.wait.on, On::Task(_)) || matches!(link.wait.op, Op::WaitGroup | Op::GroupWait)
    };
    let is_no_join = |link: &Link| !matches!(link.wait.on, On::Task(_));
    let first = links.iter().position(|link| !gathers(link));
    let Some(n) = first.or_else(|| links.iter().position(is_no_join)) else {
        return "tasks cannot all wait for each other's end: let one of them not join".to_owned();
    };
    let next = &links[(n + 1) % links.len()];
    let thing = what(index, &links[n].wait);
    if let (Op::Once, Some(hold)) = (links[n].wait.op, links[n].held) {
        let goal = purpose(index, &next.wait);
        return format!(
            "do not wait {goal} ({}) in what initializes {thing} ({}): that needs {thing} itself",
            next.wait.at, hold.at
        );
    }
    if is_anybodys(index, &links[n]) {
        return format!(
            "call done() on {thing} before the wait at {}, or let {} do it before it waits at {}",
            links[n].wait.at,
            who(index, next.task),
            next.wait.at,
        );
    }
    let part = match links[n].wait.op {
        Op::Recv | Op::OneshotRecv | Op::BroadcastRecv => {
            format!("send on {thing}, or drop its sender,")
        }
        Op::Send => format!("receive from {thing}"),
        Op::WaitGroup => format!("call done() on {thing}"),
        Op::CondWait | Op::Notified => format!("notify {thing}"),
        Op::Acquire => format!("give the permits of {thing} back"),
        Op::WatchChanged => format!("send on {thing}"),
        Op::ContextDone => cancel(index, &links[n].wait, &thing),
        Op::Closed => format!("drop its receiver of {thing}"),
        Op::Barrier => format!("arrive at {thing}"),
        _ => format!("do its part for {thing}"),
    };
    format!("let {} {part} before it waits at {}", who(index, next.task), next.wait.at)
}

/// Two locks in both orders: says which of the two tasks should change.
fn two_orders(index: &Index<'_>, links: &[Link]) -> String {
    let [first, second] = [&links[0], &links[1]];
    let is_low = rank(index, &first.wait) < rank(index, &second.wait);
    let (low, high) = if is_low { (first, second) } else { (second, first) };
    let (low_name, high_name) = (what(index, &low.wait), what(index, &high.wait));
    // Who wants the low one last took the high one first.
    let (took_high, wants_low) = (high.held.map_or(high.wait.at, |hold| hold.at), low.wait.at);
    let lines = match took_high == wants_low {
        true => format!("both at {wants_low}"),
        false => format!("{took_high} and {wants_low}"),
    };
    format!(
        "take {low_name} before {high_name} in {} too ({lines}; `lock_many` keeps the order), or \
         release the first before taking the second",
        who(index, low.task),
    )
}

fn itself(index: &Index<'_>, link: &Link) -> Told {
    let (task, at) = (who(index, link.task), link.wait.at);
    let tasks = vec![link.task];
    let Some(hold) = link.held else {
        return Told {
            kind: FindingKind::SelfDeadlock,
            headline: format!("{task} waits for its own end"),
            evidence: vec![line(format!("it joins itself at {at}"), Some(at))],
            fix: "a task cannot join itself: let another task await its handle".to_owned(),
            tasks,
        };
    };
    let lock = what(index, &link.wait);
    if link.wait.op == Op::Once {
        return Told {
            kind: FindingKind::SelfDeadlock,
            headline: format!("{task} waits for {lock}, which it initializes itself"),
            evidence: [line(
                format!("its initializer began at {} and asks for it at {at}", hold.at),
                Some(at),
            )]
            .into_iter()
            .chain(created(index, [link.wait.on]))
            .collect(),
            fix: format!(
                "do not ask for {lock} in what initializes it ({at}): hand on what is needed there"
            ),
            tasks,
        };
    }
    if let Some(told) = branches(index, link) {
        return told;
    }
    let (kind, does, again, fix) = match (hold.shared, link.wait.op) {
        (true, Op::Read) => (
            FindingKind::SelfDeadlock,
            "took it to read",
            "waits to read it again, behind a task that waits to write it",
            format!("use the guard of {} again instead of reading twice", hold.at),
        ),
        (true, _) => (
            FindingKind::SelfDeadlock,
            "took it to read",
            "waits to write it",
            format!("drop the guard of {} before {at} asks to write", hold.at),
        ),
        (false, _) => (
            FindingKind::SelfDeadlock,
            if hold.may_have_moved() {
                "took it by an owned guard, which may have moved since,"
            } else {
                "took it"
            },
            "waits for it again",
            format!(
                "release the guard of {} before {at} (one made in the head of a `match` or `if let` \
                 lives to its end, one in a future that a `select!` has left until that is \
                 dropped), or hand the guard on instead of locking again",
                hold.at
            ),
        ),
    };
    let has = if hold.may_have_moved() { "took" } else { "holds" };
    let mut evidence =
        vec![line(format!("it {does} at {} and {again} at {at}", hold.at), Some(at))];
    let others = beside_it(index, link);
    for other in &others {
        let text = format!("meanwhile it waits at {} {}", other.at, purpose(index, other));
        evidence.push(line(text, Some(other.at)));
    }
    evidence.extend(created(index, others.iter().map(|other| other.on).chain([link.wait.on])));
    let fix = match across(&others, &hold, at) {
        Some(other) => format!(
            "release the guard of {} before the {} at {}: meanwhile the task asks for it again \
             at {at}",
            hold.at, other.op, other.at,
        ),
        None => fix,
    };
    let headline = format!("{task} waits for {lock}, which it {has} itself");
    Told { kind, headline, evidence, fix, tasks }
}

/// What else a task waits for that waits for itself: other branches of it, if it is a `join!`.
fn beside_it<'a>(index: &Index<'a>, link: &Link) -> Vec<&'a Wait> {
    let waits = index.snapshot.tasks[link.task].waits_now().iter();
    waits.filter(|wait| (wait.on, wait.at) != (link.wait.on, link.wait.at)).take(OTHERS).collect()
}

/// So many other waits of a task are told.
const OTHERS: usize = 3;

/// The wait during which the lock is held, as far as the source shows: the next one behind the line that
/// took it, unless that is the one that asks again, `at`.
fn across<'a>(others: &[&'a Wait], hold: &Hold, at: Place) -> Option<&'a Wait> {
    let is_behind = |place: Place| place.file == hold.at.file && place.line >= hold.at.line;
    let behind = others.iter().copied().filter(|other| is_behind(other.at));
    let next = behind.min_by_key(|other| other.at)?;
    (!is_behind(at) || next.at < at).then_some(next)
}

/// A task whose branches wait for each other: each for a lock that another one has.
fn branches(index: &Index<'_>, link: &Link) -> Option<Told> {
    let task = &index.snapshot.tasks[link.task];
    let ways: Vec<(&Wait, &Hold)> = task
        .waits
        .iter()
        .filter_map(|wait| {
            let On::Resource(id) = wait.on else { return None };
            let hold =
                task.holds.iter().find(|hold| hold.what == Some(id) && !hold.may_have_moved());
            hold.filter(|_| wait.op != Op::Once).map(|hold| (wait, hold))
        })
        .collect();
    if ways.len() < 2 || ways.len() < task.waits.len() {
        return None;
    }
    let way = |(wait, hold): &(&Wait, &Hold)| {
        let text = format!(
            "it waits at {} {}, which it holds since {}",
            wait.at,
            purpose(index, wait),
            hold.at
        );
        line(text, Some(wait.at))
    };
    let mut in_order: Vec<&Wait> = ways.iter().map(|(wait, _)| *wait).collect();
    in_order.sort_by_key(|wait| rank(index, wait));
    let names: Vec<String> = in_order.iter().map(|wait| what(index, wait)).collect();
    Some(Told {
        kind: FindingKind::SelfDeadlock,
        headline: format!("branches of {} wait for each other's locks", who(index, link.task)),
        evidence: ways
            .iter()
            .map(way)
            .chain(created(index, in_order.iter().map(|wait| wait.on)))
            .collect(),
        fix: format!(
            "take {} in this order in every branch of the task (`lock_many` keeps one), or \
             release the first before taking the second",
            noun::list(&names, 5),
        ),
        tasks: vec![link.task],
    })
}
