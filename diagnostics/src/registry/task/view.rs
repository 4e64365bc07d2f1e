//! A task as it stood when somebody looked.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::serving::{self, Serving};
use super::{DAEMON, ROOT, TaskRecord, metas};
use crate::clock::Tick;
use crate::names::{Op, RuntimeId, Site, TaskId};
use crate::registry::edge::{EdgeView, Slot};
use crate::registry::meta::Meta;
use crate::registry::traces;
use crate::stacks::StackId;

/// One task, frozen.
#[derive(Debug, Clone)]
pub struct TaskView {
    /// The index by which edges refer to it.
    pub index: u32,
    /// Its number in reports.
    pub id: TaskId,
    /// Its runtime.
    pub runtime: RuntimeId,
    /// The state word; see [`word`](super::word).
    pub word: u64,
    /// Where it was spawned.
    pub spawned_at: Option<Site>,
    /// The type of its future.
    pub type_name: Option<&'static str>,
    /// The task that spawned it.
    pub parent: Option<TaskId>,
    /// Name and labels.
    pub meta: Option<Arc<Meta>>,
    /// Whether it may outlive the others.
    pub daemon: bool,
    /// Whether it is the future of a `block_on`.
    pub root: bool,
    /// Whether the handler of a request waits in it.
    pub serving: Option<Serving>,
    /// How often it was polled (modulo 2^32).
    pub polls: u32,
    /// When it was last spawned, polled, or went to sleep.
    pub since: Tick,
    /// What it waits for and holds, as far as that lies in its own record.
    pub edges: Vec<EdgeView>,
}

impl TaskRecord {
    /// The first thing that the task of this generation waits to do, as its own record tells it.
    pub(crate) fn wait_now(&'static self, generation: u32) -> Option<Op> {
        let edges = self.slots().iter().filter_map(|slot| slot.view(generation));
        edges.map(|edge| edge.op).find(|op| !op.is_hold())
    }

    /// The task as it stands now; `None` if the record is free, or changes hands while it is read.
    #[must_use]
    pub fn view(&self) -> Option<TaskView> {
        let generation = self.generation.load(Ordering::Acquire);
        if generation % 2 == 0 {
            return None;
        }
        let flags = self.flags.load(Ordering::Acquire);
        let parent = self.parent.load(Ordering::Acquire);
        let view = TaskView {
            index: self.index(),
            id: TaskId(self.id.load(Ordering::Acquire)),
            runtime: RuntimeId(u32::from(self.runtime.load(Ordering::Acquire))),
            word: self.word.load(Ordering::Acquire),
            spawned_at: self.spawned_at.get(),
            type_name: self.type_name.get(),
            parent: (parent != 0).then_some(TaskId(parent)),
            meta: metas::get(self.meta.load(Ordering::Acquire)),
            daemon: flags & DAEMON != 0,
            root: flags & ROOT != 0,
            serving: serving::of(flags),
            polls: self.polls.load(Ordering::Acquire),
            since: Tick(self.since.load(Ordering::Acquire)),
            edges: self.edges(generation),
        };
        (self.generation.load(Ordering::Relaxed) == generation).then_some(view)
    }

    fn edges(&self, generation: u32) -> Vec<EdgeView> {
        let (traces, wakers) =
            (traces::OF_TASKS.get(self.index()), traces::WAKERS.get(self.index()));
        let edge = |(n, slot): (usize, &Slot)| {
            let edge = slot.view(generation)?;
            let stack = traces.map_or(StackId::NONE, |traces| traces[n].get(edge.stamp));
            let waker = wakers.and_then(|wakers| wakers[n].get(edge.stamp));
            Some(EdgeView { stack, waker, ..edge })
        };
        self.slots.iter().enumerate().filter_map(edge).collect()
    }
}
