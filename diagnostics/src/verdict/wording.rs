//! Tells a cause as a finding: what is the case, the lines of source, how to mend it.

mod context;
mod end;
mod ring;
mod whose;

use std::collections::HashSet;
use std::time::Duration;

use super::cause::{Cause, Causes};
use crate::finding::{Class, Evidence, Finding, FindingId, FindingKind, Subject};
use crate::names;
use crate::noun;
use crate::snapshot::{Index, On, Place, Resource, Wait};

/// Of so many causes it is counted who waits behind them.
const COUNTED: usize = 32;

/// What is told of one cause.
pub(super) struct Told {
    pub(super) kind: FindingKind,
    pub(super) headline: String,
    pub(super) evidence: Vec<Evidence>,
    pub(super) fix: String,
    /// Places of the tasks in the snapshot.
    pub(super) tasks: Vec<usize>,
}

/// A finding for each ring, and for each end that `ends` says to tell.
pub(super) fn findings(
    index: &Index<'_>,
    causes: &Causes,
    class: Class,
    tell_end: impl Fn(&super::cause::End) -> bool,
) -> Vec<Finding> {
    let mut told: Vec<Told> = Vec::new();
    for cause in &causes.causes {
        match cause {
            Cause::Ring(links) => told.push(ring::tell(index, links)),
            Cause::End(end) if tell_end(end) => told.push(end::tell(index, end, false)),
            Cause::End(_) => {}
        }
    }
    if told.is_empty() {
        return Vec::new();
    }
    let groups: Vec<&[usize]> = told.iter().take(COUNTED).map(|told| &told.tasks[..]).collect();
    let behind = causes.behind(&groups);
    for (told, behind) in told.iter_mut().zip(behind) {
        if behind > 0 {
            let whom = if told.tasks.len() == 1 { "it" } else { "them" };
            told.evidence.push(line(format!("{} behind {whom}", waits(behind)), None));
        }
    }
    for told in &mut told {
        told.evidence.extend(clients(index, &told.tasks));
    }
    let finding = |told: Told| {
        let shape = told.kind;
        finding(index, told, shape, class)
    };
    told.into_iter().map(finding).collect()
}

/// The same findings, each fault once: what is so for other tasks, too, is said with their number.
pub(super) fn folded(findings: Vec<Finding>) -> Vec<Finding> {
    let mut folded: Vec<(Finding, usize)> = Vec::new();
    for finding in findings {
        let is_same = |known: &&mut (Finding, usize)| {
            (&known.0.id, known.0.class) == (&finding.id, finding.class)
        };
        match folded.iter_mut().find(is_same) {
            Some((known, more)) => {
                known.subjects.extend(finding.subjects);
                known.subjects.sort_unstable();
                known.subjects.dedup();
                known.since = known.since.min(finding.since);
                *more += 1;
            }
            None => folded.push((finding, 0)),
        }
    }
    let counted = |(mut finding, more): (Finding, usize)| {
        let text = match finding.kind {
            FindingKind::LostWakeup => format!("and {more} more there"),
            _ => format!("and {more} more like it"),
        };
        finding.evidence.extend((more > 0).then(|| line(text, None)));
        finding
    };
    folded.into_iter().map(counted).collect()
}

/// One finding for everything: rings first, else all ends together.
pub(super) fn all_asleep(index: &Index<'_>, causes: &Causes, class: Class) -> Finding {
    let alone = index.snapshot.tasks.iter().filter(|task| task.is_asleep()).count() == 1;
    let mut told: Option<Told> = None;
    for cause in &causes.causes {
        if let Cause::Ring(links) = cause {
            let ring = ring::tell(index, links);
            match &mut told {
                None => told = Some(ring),
                Some(told) => told.evidence.push(line(format!("also: {}", ring.headline), None)),
            }
        }
    }
    let ends = causes.causes.iter().filter_map(|cause| match cause {
        Cause::End(end) => Some(&**end),
        Cause::Ring(_) => None,
    });
    let ends: Vec<_> = ends.collect();
    let of_ring = told.is_some();
    let mut told = told.unwrap_or_else(|| match &ends[..] {
        [] => end::nobody(),
        [one] => end::tell(index, one, alone),
        several => end::tell_several(index, several),
    });
    if causes.victims > 0 {
        let text = format!("{} behind them", waits(causes.victims));
        told.evidence.push(line(text, None));
    }
    if of_ring {
        told.evidence.extend(end::beside(index, &ends));
    }
    let shape = std::mem::replace(&mut told.kind, FindingKind::AllAsleep);
    finding(index, told, shape, class)
}

/// Which of the tasks handle requests: there is one who could end that, and rather not.
fn clients(index: &Index<'_>, tasks: &[usize]) -> Option<Evidence> {
    let serve = |&&task: &&usize| index.snapshot.tasks[task].client.is_some();
    let who: Vec<String> = tasks.iter().filter(serve).map(|&task| who(index, task)).collect();
    let text = match &who[..] {
        [] => return None,
        [one] => format!("{one} handles a request: only its client could end that, by giving up"),
        _ => format!(
            "{} handle requests: only a client could end that, by giving up",
            noun::list(&who, 5)
        ),
    };
    Some(line(text, None))
}

fn waits(tasks: usize) -> String {
    match tasks {
        1 => "1 more task waits".to_owned(),
        n => format!("{n} more tasks wait"),
    }
}

/// `shape` is what sort of fault the cause is by itself; all asleep is only what came of it.
fn finding(index: &Index<'_>, told: Told, shape: FindingKind, class: Class) -> Finding {
    let mut subjects = Vec::new();
    // Places are collected before they are written out: a million tasks sleep in few places.
    let (mut places, mut objects) = (HashSet::new(), HashSet::new());
    let mut age = Duration::MAX;
    for task in told.tasks.iter().map(|&place| &index.snapshot.tasks[place]) {
        subjects.push(Subject::Task(task.id));
        places.extend(task.spawned_at.map(|at| ("spawned", at)));
        places.extend(task.holds.iter().map(|hold| ("holds", hold.at)));
        for wait in &task.waits {
            places.insert((wait.op.word(), wait.at));
            if let On::Resource(id) = wait.on {
                objects.insert(id);
            }
        }
        // It began when the last one needed for it fell asleep.
        age = age.min(task.age);
    }
    let names: HashSet<&str> =
        objects.iter().filter_map(|&id| index.resource(id)?.name.as_deref()).collect();
    let mut marks = vec![shape.letters().to_owned()];
    marks.extend(places.iter().map(|(what, at)| format!("{what} {at}")));
    marks.extend(names.iter().map(|&name| name.to_owned()));
    subjects.extend(objects.into_iter().map(Subject::Resource));
    subjects.sort_unstable();
    let age = if age == Duration::MAX { Duration::ZERO } else { age };
    let taken = index.snapshot.taken_at;
    Finding {
        id: FindingId::of(told.kind, marks),
        kind: told.kind,
        class,
        headline: told.headline,
        subjects,
        evidence: told.evidence,
        fix: Some(told.fix),
        since: taken.checked_sub(age).unwrap_or(taken),
    }
}

fn line(text: String, at: Option<Place>) -> Evidence {
    Evidence { text, at }
}

/// `task 4 "writer"`.
fn who(index: &Index<'_>, place: usize) -> String {
    noun::task(&index.snapshot.tasks[place])
}

/// `mutex 3 "cache"`, whatever the wait is on.
fn what(index: &Index<'_>, wait: &Wait) -> String {
    match wait.on {
        On::Resource(id) => noun::resource_id(index, id),
        On::Task(id) => noun::task_id(index, id),
        On::Fd(fd) => format!("file descriptor {fd}"),
        On::Signal(signal) => names::signal(signal).into_owned(),
        On::Nothing | On::Moment(_) | On::Unknown => wait.op.to_string(),
    }
}

/// Where each of these was created that has no name to know it by; in the order that is proposed for
/// locks.
fn created(index: &Index<'_>, on: impl IntoIterator<Item = On>) -> Vec<Evidence> {
    let known = on.into_iter().filter_map(|on| match on {
        On::Resource(id) => index.resource(id).filter(|object| object.name.is_none()),
        _ => None,
    });
    let mut nameless: Vec<&Resource> = known.collect();
    nameless.sort_by_key(|object| object.rank());
    nameless.dedup_by_key(|object| object.id);
    let told = nameless.into_iter().filter_map(|object| {
        let text = format!("{} was created at {}", noun::resource(object), made_at(index, object)?);
        Some(line(text, object.created_at))
    });
    told.collect()
}

/// The line that made it: with the column, if that line made others, as in a finding of lock orders.
fn made_at(index: &Index<'_>, object: &Resource) -> Option<String> {
    let at = object.created_at?;
    let is_other = |other: &Resource| other.created_at == Some(at) && other.column != object.column;
    let is_one_of_many = index.snapshot.resources.iter().any(is_other);
    Some(if is_one_of_many { format!("{at}:{}", object.column) } else { at.to_string() })
}

fn resource<'a>(index: &Index<'a>, wait: &Wait) -> Option<&'a Resource> {
    match wait.on {
        On::Resource(id) => index.resource(id),
        _ => None,
    }
}
