//! Reads the registry into a snapshot.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use super::again;
use super::data::{Client, Hold, On, Place, Reach, Resource, Snapshot, Task, TaskState, Wait};
use crate::clock::{self, Tick};
use crate::names::{Kind, Op, ResourceId, TaskId};
use crate::registry::{
    self, EdgeView, HolderView, ResourceView, Serving, Target, TaskRecord, TaskView, word,
};
use crate::stacks;

/// Freezes what the registry knows at this moment.
///
/// It polls nothing, wakes nothing and waits for no lock, so it works from any thread while every
/// worker is stuck. A million tasks take a fraction of a second.
#[must_use]
pub fn snapshot() -> Snapshot {
    let now = clock::refresh();
    let (mut tasks, mut indices, mut serving) = (Vec::new(), Vec::new(), Vec::new());
    let mut places = Table::default();
    for view in registry::tasks() {
        places.set(view.index, tasks.len());
        serving.extend(view.serving.map(|serving| (tasks.len(), serving)));
        tasks.push(task(&view, now));
        indices.push(view.index);
    }
    for (index, edge) in registry::spilled() {
        // Without its task the edge is a leftover of one that is gone.
        if let Some(place) = places.get(index) {
            add_edge(&mut tasks[place], &edge, now);
        }
    }
    serving.into_iter().for_each(|(place, how)| set_client_aside(&mut tasks[place], how));
    // Read last: a resource somebody still waits for cannot have left since.
    let mut resources = Vec::new();
    let (mut known, mut generations) = (Table::default(), Vec::new());
    let mut held = Vec::new();
    let mut holders: BTreeMap<TaskId, Vec<(usize, Place)>> = BTreeMap::new();
    for view in registry::resources() {
        if let Some(holder) = view.holder.as_ref().filter(|_| view.kind == Kind::Mutex) {
            let at = (resources.len(), holder.site.into());
            holders.entry(holder.task).or_default().push(at);
        }
        held.extend(view.holder.map(|holder| (holder.task, hold(&view, &holder, now))));
        known.set(view.index, resources.len());
        generations.push(view.generation);
        resources.push(of_resource(view));
    }
    let ids: Vec<TaskId> = tasks.iter().map(|task| task.id).collect();
    if !holders.is_empty() {
        ids.iter().for_each(|id| drop(holders.remove(id)));
    }
    for (task, locks) in holders {
        for (lock, at) in locks {
            resources[lock].left_by = Some((task, at));
        }
    }
    // A record that went to another resource since the edge was drawn says nothing about it.
    let named = |packed| {
        let (index, generation) = unpack(packed);
        let place = known.get(index).filter(|&place| generations[place] == generation)?;
        Some(resources[place].id)
    };
    for task in &mut tasks {
        for wait in &mut task.waits {
            wait.on = match wait.on {
                On::Resource(packed) => named(packed).map_or(On::Unknown, On::Resource),
                On::Task(TaskId(index)) => {
                    places.get(index as u32).map_or(On::Unknown, |place| On::Task(ids[place]))
                }
                other => other,
            };
        }
        for hold in &mut task.holds {
            hold.what = hold.what.and_then(named);
        }
    }
    give_out(held, &mut tasks, &indices);
    if has_lonely_locks(&resources, &tasks) {
        for (task, edge) in registry::stale_edges().filter(|(_, edge)| edge.op.is_hold()) {
            let Target::Resource(index, generation) = edge.target else { continue };
            let place = known.get(index).filter(|&place| generations[place] == generation);
            let lock = place.map(|place| &mut resources[place]);
            if let Some((lock, task)) = lock.zip(task) {
                lock.left_by.get_or_insert((task, edge.site.into()));
            }
        }
    }
    again::look(&mut tasks, &indices);
    tasks.shrink_to_fit();
    resources.shrink_to_fit();
    Snapshot { taken_at: SystemTime::now(), tasks, resources }
}

/// The same, with the stacks of the tasks that run: their threads are asked, each by a signal. The
/// second value says why one has not answered, if so.
pub(crate) fn with_stacks() -> (Snapshot, Option<String>) {
    let mut snapshot = snapshot();
    if !snapshot.tasks.iter().any(|task| task.state == TaskState::Running) {
        return (snapshot, None);
    }
    let (answers, why) = stacks::running();
    for (id, running) in answers {
        let task = snapshot.tasks.iter_mut().find(|task| task.id == id);
        if let Some(task) = task.filter(|task| task.state == TaskState::Running) {
            task.running = Some(running);
        }
    }
    (snapshot, why)
}

/// From an index of the registry to a place in a snapshot.
#[derive(Default)]
struct Table(Vec<u32>);

impl Table {
    fn set(&mut self, index: u32, place: usize) {
        let index = index as usize;
        if self.0.len() <= index {
            self.0.resize(index + 1, u32::MAX);
        }
        self.0[index] = place as u32;
    }

    fn get(&self, index: u32) -> Option<usize> {
        let place = *self.0.get(index as usize)?;
        (place != u32::MAX).then_some(place as usize)
    }
}

/// Of a task in which the handler of a request waits: what the handler waits for is why it sleeps, if that is known.
fn set_client_aside(task: &mut Task, serving: Serving) {
    let is_client = |wait: &Wait| wait.op == Op::Client;
    // What waits for nothing else than these waits for its client to leave.
    let is_until_it_leaves = |wait: &Wait| {
        matches!(wait.op, Op::ContextDone | Op::RecvNever | Op::SelectNone | Op::Closed)
    };
    if task.waits.iter().all(|wait| is_client(wait) || is_until_it_leaves(wait)) {
        return;
    }
    match serving {
        Serving::Connection => {
            let client = task.waits.iter().position(is_client);
            task.client = client.map(|place| Client::HangsUp(task.waits.remove(place)));
        }
        Serving::Stream if task.foreign_wakers > 0 => {
            task.foreign_wakers -= 1;
            task.client = Some(Client::Resets);
        }
        Serving::Stream => {}
    }
}

/// One task, if it is there; what it waits for and holds is left out.
pub(crate) fn of_task(record: &TaskRecord) -> Option<Task> {
    let mut view = record.view()?;
    view.edges.clear();
    Some(task(&view, clock::refresh()))
}

fn task(view: &TaskView, now: Tick) -> Task {
    let (name, labels) = view
        .meta
        .as_deref()
        .map_or_else(Default::default, |meta| (meta.name.clone(), meta.labels.clone()));
    let mut task = Task {
        id: view.id,
        name,
        labels,
        state: state(view.word),
        spawned_at: view.spawned_at.map(Into::into),
        parent: view.parent,
        type_name: view.type_name,
        daemon: view.daemon,
        root: view.root,
        runtime: view.runtime,
        polls: view.polls,
        age: view.since.until(now),
        foreign_wakers: word::foreign(view.word),
        wakers: None,
        waits: Vec::new(),
        client: None,
        holds: Vec::new(),
        running: None,
    };
    for edge in &view.edges {
        add_edge(&mut task, edge, now);
    }
    task
}

pub(super) const fn state(word: u64) -> TaskState {
    if word & word::DONE != 0 {
        TaskState::Done
    } else if word & word::RUNNING != 0 {
        TaskState::Running
    } else if word & word::NOTIFIED != 0 {
        TaskState::Runnable
    } else {
        TaskState::Waiting
    }
}

/// An index and a generation of the registry, where a number is going to be.
fn pack(index: u32, generation: u16) -> ResourceId {
    ResourceId(u64::from(generation) << 32 | u64::from(index))
}

const fn unpack(ResourceId(packed): ResourceId) -> (u32, u16) {
    (packed as u32, (packed >> 32) as u16)
}

fn hold(view: &ResourceView, holder: &HolderView, now: Tick) -> Hold {
    Hold {
        what: Some(view.id),
        shared: holder.shared,
        owned: holder.owned,
        found: false,
        at: holder.site.into(),
        age: holder.since.until(now),
    }
}

/// Gives each hold that a lock knows of to its task, if that has not ended.
///
/// The task was read before its lock. If it has run in between, it may have got what it is said to
/// wait for: then it runs, and no more is known of it.
fn give_out(mut held: Vec<(TaskId, Hold)>, tasks: &mut [Task], indices: &[u32]) {
    if held.is_empty() {
        return;
    }
    held.sort_by_key(|&(task, _)| task);
    for (task, &index) in tasks.iter_mut().zip(indices) {
        let first = held.partition_point(|&(holder, _)| holder < task.id);
        let own = held[first..].iter().take_while(|&&(holder, _)| holder == task.id);
        let before = task.holds.len();
        own.for_each(|&(_, hold)| add(&mut task.holds, hold));
        let is_holder = task.holds.len() > before;
        if is_holder && registry::task(index).is_none_or(|now| now.polls != task.polls) {
            task.state = TaskState::Running;
            task.waits.clear();
        }
    }
}

/// Whether there are locks that somebody waits for, and that no task is known to hold.
fn has_lonely_locks(resources: &[Resource], tasks: &[Task]) -> bool {
    let is_lock = |lock: &&Resource| matches!(lock.kind, Kind::Mutex | Kind::RwLock);
    let wanted = resources.iter().filter(is_lock).filter(|lock| lock.takers > 0);
    let mut wanted: HashSet<ResourceId> = wanted.map(|lock| lock.id).collect();
    if !wanted.is_empty() {
        for hold in tasks.iter().flat_map(|task| &task.holds) {
            hold.what.map(|lock| wanted.remove(&lock));
        }
    }
    !wanted.is_empty()
}

/// Adds to a list that gets no more room than it needs: in room that is left over stands what was there
/// before, and a pointer in it would seem to lead to something.
fn add<T>(list: &mut Vec<T>, item: T) {
    list.reserve_exact(1);
    list.push(item);
}

/// Adds an edge that still speaks in indices of the registry.
fn add_edge(task: &mut Task, edge: &EdgeView, now: Tick) {
    // What a crate awaits on behalf of the task, as `select_all` does, is awaited somewhere in the library.
    let is_library = edge.op == Op::Join && stacks::is_of_the_library(edge.site.file());
    let at = task.spawned_at.filter(|_| is_library).unwrap_or_else(|| edge.site.into());
    let age = edge.since.until(now);
    if edge.op.is_hold() {
        let what = match edge.target {
            Target::Resource(index, generation) => Some(pack(index, generation)),
            _ => None,
        };
        let (shared, owned) = (edge.op == Op::HoldsRead, edge.op == Op::HoldsOwned);
        add(&mut task.holds, Hold { what, shared, owned, found: false, at, age });
    } else {
        let on = match edge.target {
            Target::Nothing => On::Nothing,
            Target::Resource(index, generation) => On::Resource(pack(index, generation)),
            Target::Task(index) => On::Task(TaskId(index.into())),
            Target::Until(tick) => On::Moment(now.until(tick)),
            Target::Fd(fd) => On::Fd(fd),
            Target::Signal(signal) => On::Signal(signal),
        };
        let EdgeView { op, in_select, stack, .. } = *edge;
        add(&mut task.waits, Wait { op, on, at, age, in_select, stack });
    }
}

/// One resource.
pub(crate) fn of_resource(view: ResourceView) -> Resource {
    // `Arc::<Mutex<_>>::default()` is called from the library.
    let created_at = view.created_at.filter(|at| !at.file().starts_with("/rustc/"));
    Resource {
        id: view.id,
        kind: view.kind,
        name: view.name.map(Arc::from),
        created_at: created_at.map(Into::into),
        column: created_at.map_or(0, |at| at.0.column()),
        created_by: view.created_by,
        capacity: view.capacity,
        level: view.level,
        givers: view.givers,
        takers: view.takers,
        reach: Reach::default(),
        left_by: None,
    }
}
