//! Traces who points to a resource back to the tasks whose futures the pointers lie in.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Address;
use super::counted::{Needs, Settled};
use super::goal::{Goal, To, Word};
use super::handle::{self, side};
use super::owners::{Owner, Owners};
use super::rehearsal::{moved, rehearse};
use super::remains;
use super::search::{Hit, Wanted, search};
use super::trace::Trace;
use super::wakers::{self, Woken};
use crate::names::{Kind, ResourceId, TaskId};
use crate::registry;
use crate::snapshot::Reach;

/// Blocks that point to blocks: so deep is traced.
const DEEPEST: usize = 16;

/// At most so many resources are traced at once.
const MOST: usize = 4096;

/// What a search found.
#[derive(Debug, Default)]
pub struct Survey {
    /// Who can get at each resource: tasks sorted by number. What is not in it anybody may get at,
    /// which is everything where the memory cannot be read.
    pub reach: HashMap<ResourceId, Reach>,
    /// Those that lie neither in a future nor on the heap: they may live for ever, and their guards
    /// may be anywhere.
    pub statics: HashSet<ResourceId>,
    /// Of tasks with wakers outside the house, as far as these are known: who can get at them.
    pub wakers: HashMap<TaskId, Vec<TaskId>>,
    /// Guards that are in the future of the task that took them, among those that were asked about.
    pub guards: HashSet<(TaskId, ResourceId)>,
    /// Guards that are not: they stay taken when that is dropped.
    pub strays: HashSet<(TaskId, ResourceId)>,
}

/// What is known already of those who wait.
#[derive(Debug, Default)]
pub struct Known {
    /// Which channels those wait for that are asleep.
    pub needs: Needs,
    /// Those that sleep, and that neither a clock nor anything outside of the process will wake.
    pub sleepers: HashSet<TaskId>,
    /// Which guards they have taken, and whether these borrow nothing.
    pub guards: Vec<(TaskId, ResourceId, bool)>,
    /// Whether what is found is about to be told: then it is made sure that nothing was moved meanwhile.
    pub is_suspected: bool,
}

/// Finds out who can get at these resources, and which of the guards are where they were taken.
#[must_use]
pub fn survey(wanted: &HashSet<ResourceId>, known: &Known) -> Survey {
    let found = look(wanted, known);
    remains::wipe_stack();
    found
}

#[inline(never)]
fn look(wanted: &HashSet<ResourceId>, known: &Known) -> Survey {
    let Some(owners) = Owners::take() else { return Survey::default() };
    let (mut with_room, mut views) = (BTreeMap::new(), Vec::new());
    for view in registry::resources() {
        let is_channel = view.kind == Kind::Channel && view.handle.get() != 0;
        if is_channel && (view.level as u64) < view.capacity {
            with_room.insert(view.handle, view.takers);
        }
        if wanted.contains(&view.id) && views.len() < MOST {
            views.push(view);
        }
    }
    let mut statics = HashSet::new();
    let traces = views.into_iter().filter_map(|view| {
        if owners.of(view.anchor.get()) == Owner::Anybodys {
            statics.insert(view.id);
        }
        Trace::of(&view, &owners)
    });
    let mut traces: Vec<Trace> = traces.collect();
    let woken = wakers::woken();
    if !woken.is_empty() {
        traces.extend(wakers::traces(&owners, &woken));
    }
    Survey {
        statics,
        ..Tracing { owners, traces, woken, with_room, words: HashSet::new() }.run(known)
    }
}

struct Tracing {
    owners: Owners,
    traces: Vec<Trace>,
    /// Whose wakers the last of the traces lead to.
    woken: Vec<Woken>,
    /// Where the handles of those channels point to that are not full, and how many receivers each has.
    with_room: BTreeMap<Address, u32>,
    /// All words that say where something begins that was looked for, be they somebody's or not.
    words: HashSet<Word>,
}

impl Tracing {
    fn run(mut self, known: &Known) -> Survey {
        for passes in 0..DEEPEST {
            if self.traces.iter().all(|trace| trace.is_over(passes)) || !self.step(passes) {
                break;
            }
        }
        let mut rehearsed = rehearse(&self.traces, known, &self.owners, &self.words);
        let guards = std::mem::take(&mut rehearsed.guards);
        let strays = std::mem::take(&mut rehearsed.strays);
        let settled = Settled::of(&self.traces, &known.needs, &self.owners, rehearsed);
        let mut reaches: Vec<Reach> =
            self.traces.iter().map(|trace| trace.reach(&settled)).collect();
        if known.is_suspected {
            self.doubt_what_moved(&mut reaches);
        }
        let found = || self.traces.iter().zip(&reaches);
        let of_resources = found().filter_map(|(t, reach)| Some((t.resource?, reach.clone())));
        let of_wakers = found().filter(|(trace, _)| trace.resource.is_none());
        let wakers = self.woken.iter().zip(of_wakers).filter_map(|(woken, (trace, reach))| {
            let tasks = reach.takers.clone()?;
            woken.is_known(trace, &self.owners).then_some((woken.task, tasks))
        });
        Survey {
            reach: of_resources.collect(),
            wakers: wakers.collect(),
            guards,
            strays,
            ..Survey::default()
        }
    }

    /// Of what was moved while it was looked for, it is not known who can get at it.
    fn doubt_what_moved(&self, reaches: &mut [Reach]) {
        let is_known = |reach: &Reach| reach.givers.is_some() || reach.takers.is_some();
        let known = self.traces.iter().zip(&*reaches).filter(|(_, reach)| is_known(reach));
        let on_the_way: HashSet<Address> =
            known.flat_map(|(trace, _)| trace.ways.iter().map(|way| way.from.start)).collect();
        let words = self.words.iter().filter(|word| on_the_way.contains(&word.says));
        let moved = moved(&words.copied().collect(), &self.owners);
        for (trace, reach) in self.traces.iter().zip(reaches) {
            if trace.ways.iter().any(|way| moved.contains(&way.from.start)) {
                *reach = Reach::default();
            }
        }
    }

    /// Looks for everything that is to be looked for next, in one pass. False if there is too much
    /// of it.
    fn step(&mut self, passes: usize) -> bool {
        self.owners.look_anew();
        let mut goals: Vec<(usize, Goal)> = Vec::new();
        for (place, trace) in self.traces.iter().enumerate().filter(|(_, t)| !t.is_over(passes)) {
            goals.extend(trace.next.iter().map(|&goal| (place, goal)));
        }
        let wanted: Vec<Wanted> = goals
            .iter()
            .enumerate()
            .map(|(whose, (_, goal))| {
                let last = Address::new(goal.at.end.get() - 1);
                Wanted { first: goal.at.start, last, whose }
            })
            .collect();
        let left_out = |address| self.owners.end_of_nobodys(address);
        let Some(hits) = search(&self.owners.reader, &self.owners.regions, &wanted, left_out)
        else {
            return false;
        };
        let mut of_goal: Vec<Vec<Hit>> = vec![Vec::new(); goals.len()];
        for hit in hits {
            of_goal[hit.whose].push(hit);
        }
        for ((place, goal), mut hits) in goals.into_iter().zip(of_goal) {
            if matches!(goal.to, To::Handle | To::Block) {
                let exact = hits.iter().filter(|hit| hit.to == goal.at.start);
                self.words.extend(exact.map(|hit| Word { at: hit.at, says: hit.to }));
            }
            self.drop_nobodys(&mut hits);
            if goal.to != To::Ended {
                drop_remains(&mut hits);
            }
            // Each goal of a trace is taken out once: by the search it was part of.
            self.traces[place].next.remove(0);
            match goal.to {
                To::Handle => self.handles(place, goal, &hits),
                To::Block => self.block(place, goal, &hits),
                To::Stack => self.stack(place, goal, &hits),
                To::Ended => self.ended(place, goal, &hits),
            }
        }
        true
    }

    /// Leaves out what nobody will look at again, or nobody has written.
    fn drop_nobodys(&self, hits: &mut Vec<Hit>) {
        hits.retain(|hit| {
            self.owners.of(hit.at.get()) != Owner::Nobodys && !self.owners.is_remains(hit.at)
        });
    }

    fn handles(&mut self, place: usize, goal: Goal, hits: &[Hit]) {
        let trace = &mut self.traces[place];
        // Where there are none, what looks like one is what was left of it.
        let are_any = trace.counts.map_or((true, true), |(give, take)| (give > 0, take > 0));
        for hit in hits {
            let (gives, takes) = match hit.side {
                side::SENDER => (are_any.0, false),
                side::RECEIVER => (false, are_any.1),
                _ => trace.unmarked,
            };
            let (gives, takes) = (gives && goal.gives, takes && goal.takes);
            trace.place(&self.owners, goal.node(), (hit.at.get(), hit.to), gives, takes);
        }
    }

    /// Among words that say an address of a block: those outside of it. What points to a block from
    /// inside it keeps nothing alive; a block that nobody points to is garbage. What lies in a channel
    /// none but its receivers can get at, unless a sender waits to send it, for which there is no room.
    fn block(&mut self, place: usize, goal: Goal, hits: &[Hit]) {
        let (start, end) = (goal.at.start.get(), goal.at.end.get());
        let inside = Address::new(end - 1)..=Address::new(start);
        let receives = |hit: &Hit| matches!(hit.side, side::RECEIVER | side::BOTH);
        let receivers = self.with_room.range(inside).next().map(|(_, &receivers)| receivers);
        let found = hits.iter().filter(|hit| receives(hit)).count();
        let is_one_way = receivers.is_some_and(|receivers| found >= receivers as usize);
        let outside = hits.iter().filter(|hit| !(start..end).contains(&hit.at.get()));
        let first = self.traces.len() - self.woken.len();
        let woken = place.checked_sub(first).map(|place| &self.woken[place]);
        for hit in outside.filter(|hit| !is_one_way || receives(hit)) {
            let word = (hit.at.get(), hit.to);
            let trace = &mut self.traces[place];
            match woken.and_then(|woken| woken.node(hit, &self.owners)) {
                Some(node) => trace.end(goal.node(), hit.to, node),
                None => {
                    trace.guards.extend((hit.side == side::GUARD).then_some(hit.at));
                    trace.place(&self.owners, goal.node(), word, goal.gives, goal.takes);
                }
            }
        }
    }

    /// Among words that say an address on a root's stack: those of others who may borrow from it, which
    /// no spawned task does.
    fn stack(&mut self, place: usize, goal: Goal, hits: &[Hit]) {
        for (at, to) in hits.iter().map(|hit| (hit.at.get(), hit.to)) {
            let trace = &mut self.traces[place];
            match self.owners.of(at) {
                Owner::Stack(own, _) | Owner::Task(own) if own == goal.at.task => {}
                Owner::Task(other) if !self.owners.is_root(other) => {}
                Owner::Ended(..) => {}
                _ => trace.place(&self.owners, goal.node(), (at, to), goal.gives, goal.takes),
            }
        }
    }

    /// Among words that say the record of a task that has ended: the handle by which its output is taken.
    fn ended(&mut self, place: usize, goal: Goal, hits: &[Hit]) {
        for hit in hits.iter().filter(|hit| hit.side == side::JOINS) {
            let word = (hit.at.get(), hit.to);
            self.traces[place].place(&self.owners, goal.node(), word, goal.gives, goal.takes);
        }
    }
}

/// Leaves out copies of handles that were moved away: see `handle`.
fn drop_remains(hits: &mut Vec<Hit>) {
    let is_elsewhere = |hit: &Hit| {
        handle::was_cloned_at(hit.at, hit.trace())
            && hits.iter().any(|other| {
                (other.side, other.trace()) == (hit.side, hit.trace()) && other.at != hit.at
            })
    };
    let was_left = |hit: &Hit| {
        handle::is_side(hit.side)
            && (handle::was_dropped(hit.at, hit.to, hit.trace()) || is_elsewhere(hit))
    };
    let kept: Vec<Hit> = hits.iter().filter(|hit| !was_left(hit)).copied().collect();
    *hits = kept;
}
