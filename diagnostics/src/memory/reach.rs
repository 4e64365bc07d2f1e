//! Traces who points to a resource back to the tasks whose futures the pointers lie in.

use std::collections::{HashMap, HashSet};

use super::heap;
use super::owners::{Owner, Owners};
use super::reader::Reader;
use super::search::{Hit, Wanted, search};
use super::{Address, mark};
use crate::names::{Kind, ResourceId, TaskId};
use crate::registry::{self, ResourceView};
use crate::snapshot::Reach;

/// Blocks that point to blocks: so deep is traced.
const DEEPEST: usize = 6;

/// A block is looked for at most this far before what lies in it.
const FURTHEST: usize = 1 << 16;

/// At most so many resources are traced at once.
const MOST: usize = 4096;

/// Finds out who can get at these resources: tasks sorted by number. What is not among the answers
/// anybody may get at, which is everything where the memory cannot be read.
#[must_use]
pub fn survey(wanted: &HashSet<ResourceId>) -> HashMap<ResourceId, Reach> {
    let Ok(reader) = Reader::open() else { return HashMap::new() };
    let Some(owners) = Owners::take(&reader) else { return HashMap::new() };
    let has_blocks = heap::is_known(&reader);
    let views = registry::resources().filter(|view| wanted.contains(&view.id)).take(MOST);
    let traces = views.filter_map(|view| Trace::of(&view, &owners)).collect();
    Tracing { reader, owners, has_blocks, traces }.run()
}

/// How far the tracing of one resource has come.
#[derive(Debug)]
struct Trace {
    resource: ResourceId,
    givers: Side,
    takers: Side,
    /// How many handles there are to find at least, on each side.
    counts: Option<(u32, u32)>,
    /// What to look for next.
    next: Vec<Goal>,
    /// Blocks that were looked for, by their beginnings, and on behalf of which sides.
    known: HashSet<(Address, bool, bool)>,
}

/// Who was found on one side so far.
#[derive(Debug, Default)]
struct Side {
    tasks: Vec<TaskId>,
    found: u32,
    is_anybodys: bool,
}

/// What points to the resource, on behalf of which sides.
#[derive(Debug, Clone, Copy)]
struct Goal {
    to: To,
    gives: bool,
    takes: bool,
}

#[derive(Debug, Clone, Copy)]
enum To {
    /// Exactly this address; the words that say so are handles, with a mark.
    Handle(Address),
    /// The block around this address.
    Around(Address),
}

impl Trace {
    fn of(view: &ResourceView, owners: &Owners) -> Option<Self> {
        let at = view.anchor.get();
        if at == 0 {
            return None;
        }
        let mut this = Self {
            resource: view.id,
            givers: Side::default(),
            takers: Side::default(),
            counts: None,
            next: Vec::new(),
            known: HashSet::new(),
        };
        match view.kind {
            Kind::Channel if view.handle.get() != 0 => {
                this.counts = Some((view.givers, view.takers));
                this.next.push(Goal { to: To::Handle(view.handle), gives: true, takes: true });
            }
            // A lock begins with its resource, so a reference to the lock is one to that.
            Kind::Mutex | Kind::RwLock | Kind::Once => {
                this.next.push(Goal { to: To::Handle(view.anchor), gives: true, takes: false });
                this.place(owners, at, false, true);
            }
            _ => this.place(owners, at, true, true),
        }
        Some(this)
    }

    fn side(&mut self, gives: bool, takes: bool) -> impl Iterator<Item = &mut Side> {
        let givers = gives.then_some(&mut self.givers);
        givers.into_iter().chain(takes.then_some(&mut self.takers))
    }

    /// Something that leads to the resource lies at this address.
    fn place(&mut self, owners: &Owners, at: usize, gives: bool, takes: bool) {
        match owners.of(at) {
            Owner::Nobodys => {}
            Owner::Task(task) => {
                for side in self.side(gives, takes) {
                    side.tasks.push(task);
                }
            }
            Owner::Block => {
                self.next.push(Goal { to: To::Around(Address::new(at)), gives, takes });
            }
            Owner::Anybodys => self.side(gives, takes).for_each(|side| side.is_anybodys = true),
        }
    }

    fn is_over(&self) -> bool {
        self.next.is_empty() || (self.givers.is_anybodys && self.takers.is_anybodys)
    }
}

struct Tracing {
    reader: Reader,
    owners: Owners,
    has_blocks: bool,
    traces: Vec<Trace>,
}

impl Tracing {
    fn run(mut self) -> HashMap<ResourceId, Reach> {
        for _ in 0..DEEPEST {
            if self.traces.iter().all(Trace::is_over) || !self.step() {
                break;
            }
        }
        let reached = self.traces.into_iter().map(|mut trace| {
            // What was not traced to its end is anybody's.
            for goal in std::mem::take(&mut trace.next) {
                trace.side(goal.gives, goal.takes).for_each(|side| side.is_anybodys = true);
            }
            let (givers, takers) = trace.counts.unwrap_or_default();
            let reach =
                Reach { givers: trace.givers.end(givers), takers: trace.takers.end(takers) };
            (trace.resource, reach)
        });
        reached.collect()
    }

    /// Looks for everything that is to be looked for next, in one pass. False if there is too much
    /// of it.
    fn step(&mut self) -> bool {
        let mut goals: Vec<(usize, Goal)> = Vec::new();
        for (place, trace) in self.traces.iter_mut().enumerate().filter(|(_, t)| !t.is_over()) {
            goals.extend(trace.next.iter().map(|&goal| (place, goal)));
        }
        let wanted: Vec<Wanted> = goals
            .iter()
            .enumerate()
            .map(|(whose, (_, goal))| match goal.to {
                To::Handle(address) => Wanted { first: address, last: address, whose },
                To::Around(address) => {
                    let first = Address::new(address.get().saturating_sub(FURTHEST));
                    Wanted { first, last: Address::new(address.get() + FURTHEST), whose }
                }
            })
            .collect();
        let left_out = |address| self.owners.end_of_nobodys(address);
        let Some(hits) = search(&self.reader, &self.owners.regions, &wanted, left_out) else {
            return false;
        };
        let mut of_goal: Vec<Vec<Hit>> = vec![Vec::new(); goals.len()];
        for hit in hits {
            of_goal[hit.whose].push(hit);
        }
        for ((place, goal), hits) in goals.into_iter().zip(of_goal) {
            // Each goal of a trace is taken out once: by the search it was part of.
            self.traces[place].next.remove(0);
            match goal.to {
                To::Handle(_) => self.handles(place, goal, &hits),
                To::Around(address) => self.block(place, goal, address.get(), &hits),
            }
        }
        true
    }

    fn handles(&mut self, place: usize, goal: Goal, hits: &[Hit]) {
        let trace = &mut self.traces[place];
        for hit in hits {
            let (gives, takes) = match hit.mark {
                mark::SENDER => (true, false),
                mark::RECEIVER => (false, true),
                // A pointer that is no handle, or one that was torn: on both sides.
                _ => (true, true),
            };
            if self.owners.of(hit.at.get()) != Owner::Nobodys && gives != takes {
                trace.side(gives, takes).for_each(|side| side.found += 1);
            }
            trace.place(&self.owners, hit.at.get(), gives && goal.gives, takes && goal.takes);
        }
    }

    /// Among words that point to the neighbourhood of `address`: which one points to the beginning
    /// of its block, and who else points into that.
    fn block(&mut self, place: usize, goal: Goal, address: usize, hits: &[Hit]) {
        let starts: HashSet<Address> =
            hits.iter().map(|hit| hit.value).filter(|value| value.get() <= address).collect();
        let block = starts.into_iter().filter_map(|start| {
            let end = heap::end_of_block(&self.reader, start.get())?;
            (address < end).then_some((start, end))
        });
        // Of several that could be it, the largest has all the pointers that any of them has.
        let block = block.filter(|_| self.has_blocks).max_by_key(|(start, end)| end - start.get());
        let trace = &mut self.traces[place];
        let Some((start, end)) = block else {
            // Nobody points to its beginning: a table that is known by its middle, or no block.
            trace.side(goal.gives, goal.takes).for_each(|side| side.is_anybodys = true);
            return;
        };
        if !trace.known.insert((start, goal.gives, goal.takes)) {
            return;
        }
        for hit in hits.iter().filter(|hit| (start.get()..end).contains(&hit.value.get())) {
            // What points to a block from inside it keeps nothing alive.
            if !(start.get()..end).contains(&hit.at.get()) {
                trace.place(&self.owners, hit.at.get(), goal.gives, goal.takes);
            }
        }
    }
}

impl Side {
    /// The tasks, if they are all; `count` handles were there to find.
    fn end(mut self, count: u32) -> Option<Vec<TaskId>> {
        if self.is_anybodys || self.found < count {
            return None;
        }
        self.tasks.sort_unstable();
        self.tasks.dedup();
        Some(self.tasks)
    }
}
