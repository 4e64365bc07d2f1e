//! What was found on the way from a resource to those who can get at it.
//!
//! Each word that leads there is noted, with whose it is and what it leads to. Who can get at the
//! resource is read from the notes at the end, when it is known which of them are worth nothing.

use std::collections::{HashMap, HashSet};

use super::Address;
use super::counted::Settled;
use super::goal::{Goal, Node, Stretch, TOP, To};
use super::owners::{Kept, Owner, Owners};
use crate::names::{Kind, ResourceId, TaskId};
use crate::registry::ResourceView;
use crate::snapshot::Reach;

/// A trace that is anybody's on both sides goes on for so many passes: what makes it so may turn out to
/// be left behind.
const PASSES: usize = 6;

/// And only while it has so few blocks.
const FEW: usize = 256;

/// How far the tracing of one resource has come.
#[derive(Debug)]
pub(super) struct Trace {
    /// `None`: what it leads to are wakers.
    pub(super) resource: Option<ResourceId>,
    /// Its place in the registry.
    pub(super) index: u32,
    /// How many handles there are to find at least, on each side.
    pub(super) counts: Option<(u32, u32)>,
    /// On which sides a word may be that does not say its side.
    pub(super) unmarked: (bool, bool),
    pub(super) ways: Vec<Way>,
    /// What to look for next.
    pub(super) next: Vec<Goal>,
    /// Where every way ends.
    roots: Vec<Node>,
    /// Where words lie that are guards which borrow nothing.
    pub(super) guards: HashSet<Address>,
    /// The address of a lock: words that say it are references, of guards and of those who ask for it.
    pub(super) lock: Option<Address>,
    /// What was looked for.
    known: HashSet<Node>,
    /// Records of tasks that have ended and left something that leads there.
    pub(super) ended: HashSet<Address>,
    /// Which sides anybody may be on, as it looks so far.
    anybodys: (bool, bool),
}

/// A word that leads to the resource, on behalf of which sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// Where it lies; nowhere if that does not matter.
    pub(super) at: Address,
    /// Through what it leads there.
    pub(super) from: Node,
    /// What the word says.
    pub(super) to: Address,
    whose: Kept,
    pub(super) gives: bool,
    pub(super) takes: bool,
}

impl Way {
    pub(super) fn owner(&self) -> Owner {
        self.whose.owner()
    }

    /// What leads on to whoever can get at it.
    pub(super) fn next(&self) -> Option<Node> {
        let goal = Goal::to_owner(self.owner(), self.at, self.gives, self.takes);
        goal.filter(|_| self.gives || self.takes).as_ref().map(Goal::node)
    }

    /// Whether the word says where the block, or what a handle points to, begins: as an `Arc` does.
    pub(super) fn is_exact(&self) -> bool {
        self.from != TOP && self.to == self.from.start
    }
}

/// Who was found on one side.
#[derive(Debug, Default)]
struct Side {
    tasks: Vec<TaskId>,
    is_anybodys: bool,
}

impl Trace {
    pub(super) fn of(view: &ResourceView, owners: &Owners) -> Option<Self> {
        let at = view.anchor.get();
        // Nobody has waited for it, so there is no telling where it is; but its handles do.
        if at == 0 && view.handle.get() == 0 {
            return None;
        }
        let mut this = Self {
            resource: Some(view.id),
            index: view.index,
            lock: is_lock(view.kind).then_some(view.anchor),
            ..Self::of_wakers()
        };
        let handle = |at, takes| Goal { to: To::Handle, at: Stretch::at(at), gives: true, takes };
        match view.kind {
            // Each handle says its side, and if one is missed their number shows it. Where a side of a
            // channel has none, a timer may have the channel itself.
            kind if view.handle.get() != 0 => {
                let is_timers = |handles| kind == Kind::Channel && handles == 0;
                this.unmarked = (is_timers(view.givers), is_timers(view.takers));
                this.counts = Some((view.givers, view.takers));
                this.next.push(handle(view.handle, true));
            }
            // A lock begins with its resource, so a reference to the lock is one to that.
            kind if is_lock(kind) => {
                this.next.push(handle(view.anchor, false));
                this.place(owners, TOP, (at, TOP.start), false, true);
            }
            _ => this.place(owners, TOP, (at, TOP.start), true, true),
        }
        this.roots.extend(this.next.first().filter(|goal| goal.to == To::Handle).map(Goal::node));
        Some(this)
    }

    /// A trace of what has no address of its own: it begins where [`place`](Self::place) is told.
    pub(super) fn of_wakers() -> Self {
        Self {
            resource: None,
            index: 0,
            counts: None,
            unmarked: (true, true),
            ways: Vec::new(),
            next: Vec::new(),
            roots: vec![TOP],
            guards: HashSet::new(),
            lock: None,
            known: HashSet::new(),
            ended: HashSet::new(),
            anybodys: (false, false),
        }
    }

    /// At this address lies a word that says that one, and leads to the resource through `from`.
    pub(super) fn place(
        &mut self,
        owners: &Owners,
        from: Node,
        (at, to): (usize, Address),
        gives: bool,
        takes: bool,
    ) {
        let owner = match owners.of(at) {
            // A guard that was left there is no reference that anybody is known to have.
            Owner::Ended(task, _) if self.lock.is_some() => Owner::Task(task),
            owner => owner,
        };
        let at = Address::new(at);
        match owner {
            Owner::Nobodys => return,
            Owner::Ended(_, record) => _ = self.ended.insert(record),
            Owner::Anybodys => {
                self.anybodys = (self.anybodys.0 || gives, self.anybodys.1 || takes);
            }
            Owner::Task(_) | Owner::Stack(..) | Owner::Block(..) => {}
        }
        let goal = Goal::to_owner(owner, at, gives, takes);
        self.next.extend(goal.filter(|goal| self.known.insert(goal.node())));
        self.ways.push(Way { at, from, to, whose: owner.into(), gives, takes });
    }

    /// A word that says this address lies in a block that is known to be nobody else's.
    pub(super) fn end(&mut self, from: Node, to: Address, owner: Owner) {
        let at = Address::new(0);
        self.ways.push(Way { at, from, to, whose: owner.into(), gives: false, takes: false });
    }

    /// What handles point to that say their side.
    pub(super) fn handle(&self) -> Option<Address> {
        self.counts.and_then(|_| self.roots.get(1)).map(|root| root.start)
    }

    /// Whether nothing more is to be found out, after so many passes.
    pub(super) fn is_over(&self, passes: usize) -> bool {
        let is_hopeless = self.anybodys.0 && self.anybodys.1;
        self.next.is_empty() || (is_hopeless && (passes >= PASSES || self.known.len() > FEW))
    }

    /// Who can get at the resource; what was not traced to its end is anybody's.
    pub(super) fn reach(&self, settled: &Settled) -> Reach {
        // A proof may rest on who has a reference to a lock, and none may rest on what looks like a count.
        let nothing = Settled::default();
        let settled = if self.lock.is_some() { &nothing } else { settled };
        let mut leading: HashMap<Node, Vec<&Way>> = HashMap::new();
        for way in &self.ways {
            leading.entry(way.from).or_default().push(way);
        }
        let open: HashSet<Node> = self.next.iter().map(Goal::node).collect();
        let (mut givers, mut takers) = (Side::default(), Side::default());
        let mut todo = self.roots.clone();
        let is_whole = todo.iter().all(|root| !open.contains(root));
        let mut seen: HashSet<Node> = todo.iter().copied().collect();
        while let Some(node) = todo.pop() {
            for way in leading.get(&node).into_iter().flatten() {
                let (gives, takes) = settled.are_left_behind(self, way);
                let (gives, takes) = (way.gives && !gives, way.takes && !takes);
                if !gives && !takes {
                    continue;
                }
                let is_open = way.next().is_some_and(|next| open.contains(&next))
                    || is_on_the_move(way, &leading);
                for (side, is_on) in [(&mut givers, gives), (&mut takers, takes)] {
                    if is_on {
                        side.add(way.owner());
                        side.is_anybodys |= is_open;
                    }
                }
                todo.extend(way.next().filter(|next| seen.insert(*next)));
            }
        }
        // A handle that nobody has was on the move, with what it lies in, and somebody has it now.
        let (mut give, mut take) = self.counts.unwrap_or_default();
        for handle in self.roots.get(1).and_then(|root| leading.get(root)).into_iter().flatten() {
            if self.counts.is_some() && handle.gives != handle.takes && is_had(handle, &leading) {
                give = give.saturating_sub(u32::from(handle.gives));
                take = take.saturating_sub(u32::from(handle.takes));
            }
        }
        Reach {
            givers: givers.end().filter(|_| is_whole && give == 0),
            takers: takers.end().filter(|_| is_whole && take == 0),
        }
    }
}

/// Whether the word lies in what an ended task left, and a handle of that is found with nobody, or none is:
/// there is but one, and others are what it left behind.
fn is_on_the_move(word: &Way, leading: &HashMap<Node, Vec<&Way>>) -> bool {
    let (Owner::Ended(..), Some(node)) = (word.owner(), word.next()) else { return false };
    leading.get(&node).is_none_or(|found| !found.iter().all(|handle| is_had(handle, leading)))
}

/// Whether the word lies with somebody, or in what somebody has.
fn is_had(word: &Way, leading: &HashMap<Node, Vec<&Way>>) -> bool {
    let (mut todo, mut seen) = (vec![word], HashSet::new());
    while let Some(way) = todo.pop() {
        let (Owner::Block(..) | Owner::Ended(..)) = way.owner() else { return true };
        let next = way.next().filter(|node| seen.insert(*node));
        todo.extend(next.and_then(|node| leading.get(&node)).into_iter().flatten());
    }
    false
}

const fn is_lock(kind: Kind) -> bool {
    matches!(kind, Kind::Mutex | Kind::RwLock | Kind::Once)
}

impl Side {
    fn add(&mut self, owner: Owner) {
        match owner {
            Owner::Task(task) | Owner::Stack(task, _) => self.tasks.push(task),
            Owner::Anybodys => self.is_anybodys = true,
            Owner::Block(..) | Owner::Ended(..) | Owner::Nobodys => {}
        }
    }

    /// The tasks, if they are all.
    fn end(mut self) -> Option<Vec<TaskId>> {
        self.tasks.sort_unstable();
        self.tasks.dedup();
        (!self.is_anybodys).then_some(self.tasks)
    }
}
