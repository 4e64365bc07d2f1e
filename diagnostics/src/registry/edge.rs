//! Edges: a task waits for something, or holds it, since when and from which line.
//!
//! A task's first edges lie in its own record; further ones spill into a slab of their own, each
//! with its task's name on it. Invariants:
//! * only the thread that polls a task claims a slot of that task;
//! * only the owner of an [`Edge`] frees its slot, from any thread;
//! * a slot is written only while it is free, and each writing gets a stamp that does not repeat
//!   within a reader's glance, so a reader who finds the same head twice has read one edge;
//! * a wait that is over because what it was for was *granted* keeps its slot until that is collected
//!   or taken back: it is seen as a wait no more, and by it the task knows who granted. The granter
//!   marks it so, under its own door, before the task is marked as woken; see `grants`;
//! * an edge names the generations of its task's record and of its resource's: a guard may outlive
//!   the task that took it, or be forgotten and outlive its lock, and whoever has the record next
//!   is not to be charged with it.

mod notes;
mod slot;

use slot::Facts;
pub(super) use slot::{HOLD, MARK, OP, STAMP, THING};
pub(crate) use slot::{SELECT, Slot};

use std::sync::atomic::{AtomicU32, Ordering};

use super::resource::Resource;
use super::slab::slab;
use super::task::TaskRecord;
use super::traces::{self, Trace};
use crate::clock::{self, Tick};
use crate::current;
use crate::memory::Address;
use crate::names::{Op, Site, TaskId};
use crate::stacks::StackId;
use crate::{order, pulse};

/// What an edge leads to. Which of them it is follows from the edge's [`Op`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Nothing that could ever answer.
    Nothing,
    /// A registered resource, by its index and the low bits of its record's generation.
    Resource(u32, u16),
    /// The end of a task, by its index.
    Task(u32),
    /// A moment.
    Until(Tick),
    /// A file descriptor.
    Fd(u32),
    /// A signal of the operating system.
    Signal(u32),
}

impl Target {
    fn pack(self) -> u32 {
        match self {
            Self::Nothing => u32::MAX,
            Self::Resource(n, _)
            | Self::Task(n)
            | Self::Until(Tick(n))
            | Self::Fd(n)
            | Self::Signal(n) => n,
        }
    }

    const fn generation(self) -> u16 {
        match self {
            Self::Resource(_, generation) => generation,
            _ => 0,
        }
    }

    fn unpack(op: Op, packed: u32, generation: u16) -> Self {
        match op {
            _ if packed == u32::MAX => Self::Nothing,
            Op::Join | Op::Blocking | Op::BlockOn => Self::Task(packed),
            Op::Sleep => Self::Until(Tick(packed)),
            Op::Signal => Self::Signal(packed),
            Op::IoRead | Op::Client | Op::IoWrite | Op::Accept | Op::Connect | Op::Child => {
                Self::Fd(packed)
            }
            _ => Self::Resource(packed, generation),
        }
    }
}

/// An edge as it stood when somebody looked.
#[derive(Debug, Clone, Copy)]
pub struct EdgeView {
    /// What the task does.
    pub op: Op,
    /// To what.
    pub target: Target,
    /// Where in source it began.
    pub site: Site,
    /// When it began.
    pub since: Tick,
    /// Whether it is one of several ways on, in a `select!`.
    pub in_select: bool,
    /// The calls that led there, if they were noted.
    pub stack: StackId,
    /// What the waker is known by that is kept there, if it is not the task's own.
    pub waker: Option<Address>,
    /// Of all the edges in one slot, which one it is.
    pub stamp: u64,
}

/// A slot outside the task's own record.
#[derive(Debug, Default)]
struct Spilled {
    task: AtomicU32,
    slot: Slot,
    trace: Trace,
}

slab!(Spilled);

pub(super) fn stretches() -> impl Iterator<Item = (usize, usize)> {
    SLAB.stretches()
}

/// Every spilled edge, with the index of its task.
pub fn spilled() -> impl Iterator<Item = (u32, EdgeView)> {
    SLAB.indexed().filter_map(|(index, spilled)| {
        let task = spilled.task.load(Ordering::Acquire);
        let generation = TaskRecord::with_index(task)?.generation();
        let edge = spilled.slot.view(generation)?;
        let waker = traces::WAKERS_OF_SPILLED.get(index).and_then(|waker| waker.get(edge.stamp));
        Some((task, EdgeView { stack: spilled.trace.get(edge.stamp), waker, ..edge }))
    })
}

/// Every edge that outlived its task, with the task's number if nobody has had its record since: a
/// guard that was forgotten, or that went elsewhere.
pub fn stale_edges() -> impl Iterator<Item = (Option<TaskId>, EdgeView)> {
    let stale = |record: &'static TaskRecord, slot: &Slot| {
        let generation = record.generation();
        let (whose, edge) = slot.stale(generation)?;
        let is_last = generation % 2 == 0 && whose == (generation as u16).wrapping_sub(1);
        let id = record.id();
        (record.generation() == generation).then_some((is_last.then_some(id), edge))
    };
    let own = super::task::records()
        .flat_map(move |record| record.slots().iter().filter_map(move |slot| stale(record, slot)));
    let spilled = SLAB.iter().filter_map(move |spilled| {
        stale(TaskRecord::with_index(spilled.task.load(Ordering::Acquire))?, &spilled.slot)
    });
    own.chain(spilled)
}

/// An edge of the registry, there for as long as this value lives.
///
/// Two words that travel in registers: drawing one is part of every lock.
#[derive(Debug)]
#[must_use = "the edge is erased when this is dropped"]
pub struct Edge {
    pub(super) slot: Option<&'static Slot>,
    /// Index of the spilled slot; `IN_RECORD` for a slot of the task's own, or for none.
    spilled: u32,
}

const IN_RECORD: u32 = u32::MAX;
/// There is no edge, because what it would tell stands elsewhere.
const ELSEWHERE: u32 = u32::MAX - 1;

/// Where an edge was.
#[derive(Debug, Clone, Copy)]
pub struct Erased(Option<&'static Slot>);

impl Erased {
    /// There was no edge.
    pub const NOTHING: Self = Self(None);

    /// Where in source it began, unless its place was taken by another one meanwhile: so it is no
    /// more than a good guess, if the task runs on another thread.
    #[must_use]
    pub fn site(self) -> Option<Site> {
        self.0?.site.get()
    }
}

impl Edge {
    /// No edge: outside a task there is nobody to draw it for.
    #[inline]
    pub const fn none() -> Self {
        Self { slot: None, spilled: IN_RECORD }
    }

    /// No edge: what it would tell stands elsewhere.
    #[inline]
    pub(super) const fn elsewhere() -> Self {
        Self { slot: None, spilled: ELSEWHERE }
    }

    /// Whether what it would tell stands elsewhere.
    #[inline]
    pub(super) const fn is_elsewhere(&self) -> bool {
        self.spilled == ELSEWHERE
    }

    /// Whether there is one.
    #[must_use]
    pub const fn is_drawn(&self) -> bool {
        self.slot.is_some()
    }

    /// Erases the edge, before this value goes.
    #[inline]
    pub fn erase(&mut self) -> Erased {
        let slot = self.slot;
        if let Some(slot) = slot {
            slot.free();
            if self.spilled != IN_RECORD {
                give_back(self.spilled);
            }
            self.slot = None;
        }
        Erased(slot)
    }

    /// What it tells of, and where in source that began.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Option<(Op, Site)> {
        let slot = self.slot?;
        let op = Op::from_number((slot.head.load(Ordering::Relaxed) & OP) as u8)?;
        Some((op, slot.site.get()?))
    }

    /// Draws an edge from the current task.
    #[inline]
    pub fn draw(op: Op, target: Target, site: Site) -> Self {
        Self::draw_by(current::task(), op, target, site)
    }

    /// The same, for whoever knows which task is the current one.
    #[inline]
    pub fn draw_by(task: Option<&'static TaskRecord>, op: Op, target: Target, site: Site) -> Self {
        match task {
            Some(task) => Self::wait_of(task, op, target, site, clock::cached()),
            None => Self::none(),
        }
    }

    /// This wait of `task` is over: what it was for was granted by the resource with index `by`. The
    /// edge stands for the grant from now on, and its drop settles it. False, and nothing happens, if
    /// the edge does not lie in the task's own record, or is another task's.
    #[inline]
    #[must_use]
    pub fn grant(&self, task: &TaskRecord, by: u32) -> bool {
        match self.slot {
            Some(slot) if self.spilled == IN_RECORD => slot.grant(task.generation(), by),
            _ => false,
        }
    }

    /// This wait is over, and the grant that ended it is in the ledger.
    pub fn hide(&self) {
        if let Some(slot) = self.slot {
            slot.head.fetch_or(MARK, Ordering::Release);
        }
    }

    /// Draws an edge of possession from the current task. The resource is not even registered if
    /// there is no task to draw it for.
    #[inline]
    pub fn hold(op: Op, resource: &Resource, site: Site) -> Self {
        if cfg!(loom) {
            return Self::none();
        }
        let pulse = pulse::now();
        if pulse.has_order() {
            return Self::hold_in_order(op, resource, site);
        }
        match current::task() {
            Some(task) => Self::hold_for(task, op, resource, site, pulse.tick()),
            None => Self::none(),
        }
    }

    /// Draws an edge of waiting from this task; then its calls are to be [noted](Self::note_calls). In
    /// line, so that a target is packed where it is known of which sort it is.
    #[inline(always)]
    pub fn wait_of(
        task: &'static TaskRecord,
        op: Op,
        target: Target,
        site: Site,
        since: Tick,
    ) -> Self {
        let mark = current::mark_of_wait();
        Self::draw_for(task, Facts::new(op, target, site, since, mark))
    }

    /// Erases an edge of waiting. As [`erase`](Self::erase), without asking what only an edge of
    /// possession is asked.
    #[inline(always)]
    pub fn lift(&mut self) {
        if let Some(slot) = self.slot.take() {
            slot.clear();
            if self.spilled != IN_RECORD {
                give_back(self.spilled);
            }
        }
    }

    #[inline]
    fn draw_for(task: &'static TaskRecord, facts: Facts) -> Self {
        match task.slots().iter().find_map(|slot| Some((slot, slot.vacant()?))) {
            Some((slot, free)) => {
                slot.write(free, task.generation(), facts);
                Self { slot: Some(slot), spilled: IN_RECORD }
            }
            None => Self::spill(task, facts.head, facts.site, facts.body),
        }
    }

    /// It gets the facts one by one: together they would have to lie in memory, for all edges.
    #[cold]
    fn spill(task: &'static TaskRecord, head: u64, site: Site, body: u64) -> Self {
        let facts = Facts { head, site, body };
        let (index, spilled) = take();
        spilled.task.store(task.index(), Ordering::Release);
        let free = spilled.slot.head.load(Ordering::Relaxed);
        spilled.slot.write(free, task.generation(), facts);
        if order::is_on() {
            task.note_spilled(&spilled.slot);
        }
        Self { slot: Some(&spilled.slot), spilled: index }
    }

    /// Draws an edge of possession for this task.
    #[inline]
    pub(super) fn hold_for(
        task: &'static TaskRecord,
        op: Op,
        resource: &Resource,
        site: Site,
        since: Tick,
    ) -> Self {
        Self::draw_for(task, Facts::new(op, resource.target_of_hold(), site, since, 0))
    }
}

#[cold]
fn give_back(index: u32) {
    if let Some(spilled) = SLAB.get(index) {
        give(index, spilled);
    }
}

impl Drop for Edge {
    #[inline]
    fn drop(&mut self) {
        self.erase();
    }
}
