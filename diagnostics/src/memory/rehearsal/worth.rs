//! What is worth being tried out: where the answer could tell more than the words do.

use std::collections::{HashMap, HashSet};

use super::{Sleeper, Taken, Thing};
use crate::memory::Address;
use crate::memory::handle::counts;
use crate::memory::owners::{Owner, Owners};
use crate::memory::reach::Known;
use crate::memory::trace::{Trace, Way};
use crate::names::{ResourceId, TaskId};

/// So many futures, and so many things, are asked about at once.
const MOST_TASKS: usize = 256;
const MOST_THINGS: usize = 256;

/// More than this is no count of an `Arc` that is asked about.
const MOST_ARCS: usize = 1 << 16;

/// The futures to ask, and what about.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) tasks: HashMap<TaskId, Sleeper>,
    pub(super) things: HashSet<Thing>,
}

/// All those are asked that are found on the way to a thing, as its parts may lie in what they own.
pub(super) fn asked(traces: &[Trace], known: &Known, owners: &Owners) -> Asked {
    let sleepers = Sleeper::of(&known.sleepers, owners);
    let Asked { mut tasks, mut things } = Asked::default();
    // A guard that borrows nothing may lie in a table from which others take it. One of a lock without a size is
    // not told from what else points there.
    let is_in_futures = |trace: &Trace| {
        let words = trace.ways.iter().filter(|way| way.is_exact());
        let is_guard = |way: &&Way| trace.guards.is_empty() || trace.guards.contains(&way.at);
        words.filter(is_guard).all(|way| matches!(way.owner(), Owner::Task(_)))
    };
    let of_locks: HashMap<ResourceId, &Trace> =
        traces.iter().filter_map(|trace| Some((trace.resource?, trace))).collect();
    for &(task, lock, is_owned) in &known.guards {
        let trace = of_locks.get(&lock).filter(|trace| !is_owned || is_in_futures(trace));
        let is_room = tasks.len() < MOST_TASKS && things.len() < MOST_THINGS;
        if let (Some(&sleeper), Some(trace), true) = (sleepers.get(&task), trace, is_room) {
            let (record, place) = (sleeper.record.index(), trace.index);
            tasks.insert(task, sleeper);
            things.insert(Thing::Guards(Taken { by: task, record, lock, place }));
        }
    }
    for trace in traces.iter().filter(|trace| trace.lock.is_none()) {
        let found = trace.ways.iter().filter_map(|way| match way.owner() {
            Owner::Task(task) => sleepers.get_key_value(&task),
            _ => None,
        });
        let found: HashMap<TaskId, Sleeper> = found.map(|(&id, &task)| (id, task)).collect();
        let of_trace = of_trace(trace, owners);
        let is_any = !found.is_empty() && !of_trace.is_empty();
        let is_room =
            tasks.len() + found.len() <= MOST_TASKS && things.len() + of_trace.len() <= MOST_THINGS;
        if is_any && is_room {
            tasks.extend(found);
            things.extend(of_trace);
        }
    }
    Asked { tasks, things }
}

/// What lies on the ways to a resource, if there are more words for it than parts; and then that itself.
fn of_trace(trace: &Trace, owners: &Owners) -> Vec<Thing> {
    let Some(id) = trace.resource else { return Vec::new() };
    let mut words: HashMap<Address, Words> = HashMap::new();
    for way in trace.ways.iter().filter(|way| way.is_exact()) {
        words.entry(way.to).or_default().count(way);
    }
    let handles = trace.handle().and_then(|handle| words.remove(&handle)).unwrap_or_default();
    let arcs = words.into_iter().filter(|(block, words)| is_hidden(*block, words, owners));
    let mut things: Vec<Thing> = arcs.map(|(block, _)| Thing::Arcs(block)).collect();
    let is_way = !things.is_empty();
    let index = trace.index;
    if let Some((senders, receivers)) = trace.counts {
        let ask = |parts, words| (is_way && parts > 0) || (1..words).contains(&parts);
        things.extend(ask(senders, handles.giving).then_some(Thing::Senders(index, id)));
        things.extend(ask(receivers, handles.taking).then_some(Thing::Receivers(index, id)));
    } else {
        things.extend(is_way.then_some(Thing::Resource(index, id)));
    }
    things
}

/// Whether it may be an `Arc`'s block, for which there are more words than `Arc`s.
fn is_hidden(block: Address, words: &Words, owners: &Owners) -> bool {
    let most = words.giving.max(words.taking) as usize;
    counts(&owners.reader, block).is_some_and(|(strong, weak)| {
        (1..most.min(MOST_ARCS)).contains(&strong) && (1..MOST_ARCS).contains(&weak)
    })
}

/// How many words lead to one thing, on behalf of each side.
#[derive(Debug, Default)]
struct Words {
    giving: u32,
    taking: u32,
}

impl Words {
    fn count(&mut self, way: &Way) {
        self.giving += u32::from(way.gives);
        self.taking += u32::from(way.takes);
    }
}
