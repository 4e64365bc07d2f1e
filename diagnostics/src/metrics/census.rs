//! What the registry knows: tasks by state and wait, resources by kind.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use super::TaskCounts;
use crate::names::{Kind, Op, RuntimeId};
use crate::registry::{self, TaskRecord, word};

/// Tasks and resources of the process, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Tasks by runtime, without the futures of `block_on`.
    pub tasks: BTreeMap<RuntimeId, TaskCounts>,
    /// Tasks that sleep, by the first thing they wait to do; those that wait for nothing the house
    /// knows are not among them.
    pub waiting: BTreeMap<Op, usize>,
    /// Resources that were held or waited for, and of them those that somebody waits for.
    pub resources: BTreeMap<Kind, (usize, usize)>,
}

/// Counts, in one pass over the registry: no lock is taken, and no task is kept from going on.
#[must_use]
pub fn census() -> Census {
    let mut census = Census::default();
    // Few runtimes, and neighbours are of the same one: a list is faster than a map.
    let mut tasks: Vec<(RuntimeId, TaskCounts)> = Vec::new();
    let mut waiting = [0_usize; 64];
    for record in registry::records() {
        count(record, &mut tasks, &mut waiting);
    }
    census.tasks.extend(tasks);
    for (number, count) in waiting.into_iter().enumerate().filter(|&(_, count)| count > 0) {
        if let Some(op) = Op::from_number(number as u8) {
            census.waiting.insert(op, count);
        }
    }
    for (kind, is_contended) in registry::counted() {
        let (all, contended) = census.resources.entry(kind).or_default();
        *all += 1;
        *contended += usize::from(is_contended);
    }
    census
}

fn count(
    record: &'static TaskRecord,
    tasks: &mut Vec<(RuntimeId, TaskCounts)>,
    waiting: &mut [usize; 64],
) {
    let generation = record.generation();
    if generation % 2 == 0 || record.is_root() {
        return;
    }
    let (runtime, state) = (record.runtime(), record.word.load(Ordering::Acquire));
    let op = record.wait_now(generation);
    if record.generation() != generation {
        return;
    }
    let place = tasks.iter().position(|&(id, _)| id == runtime).unwrap_or_else(|| {
        tasks.push((runtime, TaskCounts::default()));
        tasks.len() - 1
    });
    let counts = &mut tasks[place].1;
    if state & word::DONE != 0 {
        counts.done += 1;
    } else if state & word::RUNNING != 0 {
        counts.running += 1;
    } else if state & word::NOTIFIED != 0 {
        counts.runnable += 1;
    } else {
        counts.waiting += 1;
        if let Some(count) = op.and_then(|op| waiting.get_mut(op as usize)) {
            *count += 1;
        }
    }
}
