//! Which words are struck out before futures are dropped: those that lead to what is asked about, and lie with
//! others.
//!
//! What lies in a future that is dropped stays. So does what lies in a block that only those lead to, or one that
//! they have given back, while all words were there: what else leads to that is struck out. What stays says no
//! more than before; and a destructor that needs what was struck out ends the copy.

use std::collections::{HashMap, HashSet};

use super::{Sleeper, Thing};
use crate::memory::Address;
pub(super) use crate::memory::goal::Word;
use crate::memory::owners::Owner;
use crate::memory::trace::{Trace, Way};
use crate::names::TaskId;

/// Of these words, those that say where something begins that is asked about, and of these the ones to strike
/// out, if these tasks are asked, which have given this back.
pub(super) fn words(
    traces: &[Trace],
    tasks: &HashMap<TaskId, Sleeper>,
    things: &HashSet<Thing>,
    given_back: &HashSet<Thing>,
    all: &HashSet<Word>,
) -> (HashSet<Word>, HashSet<Word>) {
    let (mut asked, mut stay) = (HashSet::new(), HashSet::new());
    for trace in traces {
        let mut stays = Stays::of(trace, tasks, given_back);
        for way in trace.ways.iter().filter(|way| way.is_exact()) {
            asked.extend(is_asked(trace, way, things).then_some(way.to));
            stay.extend(stays.word(way.owner()).then_some(way.at));
        }
    }
    let asked: HashSet<Word> =
        all.iter().filter(|word| asked.contains(&word.says)).copied().collect();
    let struck = asked.iter().filter(|word| !stay.contains(&word.at)).copied().collect();
    (asked, struck)
}

/// Whether the word leads straight to something that is asked about.
fn is_asked(trace: &Trace, way: &Way, things: &HashSet<Thing>) -> bool {
    let (index, Some(id)) = (trace.index, trace.resource) else { return false };
    let is_handle = trace.handle() == Some(way.to);
    things.contains(&Thing::Arcs(way.to))
        || (is_handle && way.gives && things.contains(&Thing::Senders(index, id)))
        || (is_handle && way.takes && things.contains(&Thing::Receivers(index, id)))
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
