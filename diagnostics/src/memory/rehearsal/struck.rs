//! Which words are struck out before futures are dropped: those that lead to what is asked about, and lie with
//! others.
//!
//! What lies in a future that is dropped stays. So does what lies in a block that only those lead to, or one that
//! they have given back, while all words were there: what else leads to that is struck out. What stays says no
//! more than before; and a destructor that needs what was struck out ends the copy.

use std::collections::{HashMap, HashSet};

use super::{Sleeper, Thing};
use crate::memory::Address;
use crate::memory::owners::Owner;
use crate::memory::trace::{Trace, Way};
use crate::names::TaskId;

/// A word that is struck out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Word {
    pub(super) at: Address,
    pub(super) says: Address,
}

/// The words to strike out if these things are asked about, and these tasks asked, which have given these back.
pub(super) fn words(
    traces: &[Trace],
    tasks: &HashMap<TaskId, Sleeper>,
    things: &HashSet<Thing>,
    given_back: &HashSet<Thing>,
) -> HashSet<Word> {
    let words = traces.iter().flat_map(|trace| {
        let mut stays = Stays::of(trace, tasks, given_back);
        let exact = trace.ways.iter().filter(|way| way.is_exact() && is_asked(trace, way, things));
        let struck: Vec<&Way> = exact.filter(|way| !stays.word(way.owner())).collect();
        struck.into_iter().map(|way| Word { at: way.at, says: way.to })
    });
    words.collect()
}

/// Whether the word leads straight to something that is asked about.
fn is_asked(trace: &Trace, way: &Way, things: &HashSet<Thing>) -> bool {
    let (index, Some(id)) = (trace.index, trace.resource) else { return false };
    let is_handle = trace.handle() == Some(way.to);
    things.contains(&Thing::Arcs(way.to))
        || (is_handle && way.gives && things.contains(&Thing::Senders(index, id)))
        || (is_handle && way.takes && things.contains(&Thing::Receivers(index, id)))
        || things.iter().any(|thing| matches!(thing, Thing::Guards(taken) if taken.lock == id))
}

/// What stays, of what leads to one resource.
struct Stays<'a> {
    tasks: &'a HashMap<TaskId, Sleeper>,
    given_back: &'a HashSet<Thing>,
    leading: HashMap<Address, Vec<&'a Way>>,
    /// What was not traced further.
    open: HashSet<Address>,
    known: HashMap<Address, bool>,
}

impl<'a> Stays<'a> {
    fn of(
        trace: &'a Trace,
        tasks: &'a HashMap<TaskId, Sleeper>,
        given_back: &'a HashSet<Thing>,
    ) -> Self {
        let mut leading: HashMap<Address, Vec<&Way>> = HashMap::new();
        for way in &trace.ways {
            leading.entry(way.from.start).or_default().push(way);
        }
        let open = trace.next.iter().map(|goal| goal.node().start).collect();
        Self { tasks, given_back, leading, open, known: HashMap::new() }
    }

    /// What lies with these.
    fn word(&mut self, owner: Owner) -> bool {
        match owner {
            Owner::Task(task) => self.tasks.contains_key(&task),
            Owner::Block(start, _) => self.block(start),
            _ => false,
        }
    }

    /// What lies in this block. Blocks that lead to each other, and to which nothing else leads, are theirs.
    fn block(&mut self, start: Address) -> bool {
        if self.given_back.contains(&Thing::Arcs(start)) {
            return true;
        }
        if let Some(&stays) = self.known.get(&start) {
            return stays;
        }
        self.known.insert(start, true);
        let found = self.leading.get(&start).cloned().unwrap_or_default();
        let stays = !self.open.contains(&start) && found.iter().all(|way| self.word(way.owner()));
        self.known.insert(start, stays);
        stays
    }
}
