//! What a holder does instead of letting go.
//!
//! A task that waits for several things at once, as a connection does that reads its next request while it answers
//! one, holds the lock because of one of them: most likely the one that began last since the lock was taken, and
//! rather not the one for a file descriptor, which a library keeps open beside.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use super::wanted;
use super::wording::{line, long};
use crate::finding::Evidence;
use crate::names::{self, ResourceId};
use crate::noun;
use crate::snapshot::{Hold, Index, On, Task, TaskState, Wait};

/// What is told of it, and what to do about it.
pub(super) struct Meanwhile {
    pub(super) evidence: Vec<Evidence>,
    pub(super) fix: String,
}

/// Holders that wait for each other are followed so far.
const LONGEST_RING: usize = 8;

/// What the holder does, since it took the lock.
pub(super) fn meanwhile(index: &Index<'_>, holder: &Task, hold: &Hold) -> Meanwhile {
    let who = noun::task(holder);
    let only = |doing: String, fix: &str| Meanwhile {
        evidence: vec![line(format!("{who} {doing}"), None)],
        fix: fix.to_owned(),
    };
    if holder.state == TaskState::Running {
        let doing = match noun::age(holder.age) {
            Some(age) => {
                format!("has been in one poll for {age}: it computes, or blocks its thread")
            }
            None => "is running".to_owned(),
        };
        let fix = "compute, or block the thread, before the lock is taken, or release it for that";
        return only(doing, fix);
    }
    let Some(wait) = main_wait(holder, hold) else {
        let doing = "sleeps, and code outside wakeful can wake it".to_owned();
        return only(doing, "drop the guard before the task waits");
    };
    let age = noun::age(wait.age).map_or_else(String::new, |age| format!(" for {age}"));
    let doing = format!("{who} has been waiting{age}: {}", describe(index, wait));
    let mut evidence = vec![line(doing, Some(wait.at))];
    let mut fix = format!(
        "drop the guard before the wait at {}, or take out of the lock what is needed there",
        wait.at
    );
    if let Some(ring) = Ring::of(index, holder, wait) {
        evidence.extend(ring.links);
        let locks: Vec<String> = ring.locks.iter().map(|&l| noun::resource_id(index, l)).collect();
        let locks = noun::list_of(locks.len(), locks.len(), |n| locks[n].clone());
        fix = format!("take {locks} in the same order everywhere");
    }
    for beside in holder.waits.iter().filter(|other| !std::ptr::eq(*other, wait)) {
        let text = format!("{who} waits for something else beside: {}", describe(index, beside));
        evidence.push(line(text, Some(beside.at)));
    }
    Meanwhile { evidence, fix }
}

/// Because of what it holds the lock.
fn main_wait<'a>(holder: &'a Task, hold: &Hold) -> Option<&'a Wait> {
    // What began with the hold may be dated a little earlier than that.
    let since = hold.age + Duration::from_millis(20);
    let is_beside = |wait: &Wait| matches!(wait.on, On::Fd(_));
    holder.waits.iter().min_by_key(|wait| (wait.age > since, is_beside(wait), wait.age))
}

fn describe(index: &Index<'_>, wait: &Wait) -> String {
    let on = match wait.on {
        On::Resource(id) => format!(", on {}", noun::resource_id(index, id)),
        On::Task(id) => format!(", of {}", noun::task_id(index, id)),
        On::Fd(fd) => format!(", on file descriptor {fd}"),
        On::Signal(signal) => format!(", for {}", names::signal(signal)),
        On::Moment(ahead) if ahead >= Duration::from_millis(100) => {
            format!(", {} more", long(ahead))
        }
        On::Moment(_) | On::Nothing | On::Unknown => String::new(),
    };
    format!("{} at {}{on}", wait.op, wait.at)
}

/// Holders that wait for each other's locks: a deadlock, if nothing else that one of them waits for ends it.
struct Ring {
    links: Vec<Evidence>,
    locks: BTreeSet<ResourceId>,
}

impl Ring {
    fn of(index: &Index<'_>, first: &Task, wait: &Wait) -> Option<Self> {
        let mut ring = Self { links: Vec::new(), locks: BTreeSet::new() };
        let mut lock = wanted(wait)?;
        while ring.locks.len() < LONGEST_RING && ring.locks.insert(lock) {
            if index.held(lock).any(|(holder, _)| holder.id == first.id) {
                let text =
                    "so they wait for each other, and only what they wait for beside can end it";
                ring.links.push(line(text.to_owned(), None));
                return Some(ring);
            }
            let (holder, hold) =
                index.held(lock).max_by_key(|(task, hold)| (hold.age, Reverse(task.id)))?;
            let next = main_wait(holder, hold)?;
            let name = noun::resource_id(index, lock);
            let text = format!("{name} is held by {}, taken at {}", noun::task(holder), hold.at);
            ring.links.push(line(text, Some(hold.at)));
            let text = format!("{} waits, too: {}", noun::task(holder), describe(index, next));
            ring.links.push(line(text, Some(next.at)));
            lock = wanted(next)?;
        }
        None
    }
}
