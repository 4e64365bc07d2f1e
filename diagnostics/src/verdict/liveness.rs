//! Who may still make progress: a least fixpoint over tasks and what they wait for.
//!
//! A task is live if it runs, or somebody outside, or someone live, has its waker, or any of its waits
//! can end. So `select!` and `join!` alike need one way on. What is not known counts as live:
//! * a lock can be had if each holder that is known is live, and if there is one. A holder whose
//!   guard borrows nothing is not known: the guard may have moved. Queue order is not recorded, so
//!   a writer in the queue that may give up lets readers in;
//! * a wait group is done when each of its members is live, if its counter says that all of them
//!   are known; a semaphore has permits again when any holder or waiter is live, or anybody else but
//!   a root who can get at it, if its counts say that all of them are known;
//! * anything else may be served by those tasks that can get at it, if that was looked for, and
//!   else by any live one: who has the handles of a channel, and which tasks a group consists of,
//!   is not recorded.
//!
//! A task whose thread is in a `block_on` runs, but does nothing until that has ended.
//!
//! Not foreseen is what ends waits by force: a channel closed from the waiter's own side, the first
//! permit that a root makes by hand, the close of a semaphore, the abort of a task, and the client of a request
//! that hangs up, whereupon its handler is dropped.

use std::collections::VecDeque;

use crate::names::{Kind, Op, TaskId};
use crate::snapshot::{Hold, Index, On, Resource, TaskState, Wait};

/// Whether somebody who is no task may act: a plain thread with a sender, for instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// It cannot be excluded.
    Somebody,
    /// The census proved it: no thread is left that could use a handle or a foreign waker.
    Nobody,
}

/// How one wait can end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// By itself, or in a way that is not known.
    Will,
    /// Never.
    Never,
    /// When any live task wants it to.
    ByAnybody,
    /// When each holder of the resource at this place lets it go.
    All(usize),
    /// When any holder or waiter of the resource at this place moves, or one of these tasks wants it
    /// to.
    Any(usize, Vec<usize>),
    /// When the task at this place ends.
    Join(usize),
    /// When any of the tasks at these places wants it to.
    ByAnyOf(Vec<usize>),
}

/// For each task of the snapshot, in its order: whether it may still make progress.
#[must_use]
pub fn liveness(index: &Index<'_>, outside: Outside) -> Vec<bool> {
    Fixpoint::new(index, outside).run()
}

struct Fixpoint<'a> {
    index: &'a Index<'a>,
    live: Vec<bool>,
    /// Per lock: how many holds are known of holders that are not live yet.
    dead_holds: Vec<u32>,
    /// Per lock: whether one who is live, or not known, waits to write it.
    live_writer: Vec<bool>,
    /// Who waits for all, or for any, of the holders of each resource.
    of_all: Vec<Vec<usize>>,
    of_any: Vec<Vec<usize>>,
    /// Whom each task may serve, by its end or on its way.
    served_by: Vec<Vec<usize>>,
    /// Those whom any live task may serve; taken when the first is found.
    open: Vec<usize>,
    queue: VecDeque<usize>,
}

impl<'a> Fixpoint<'a> {
    fn new(index: &'a Index<'a>, outside: Outside) -> Self {
        let (tasks, locks) = (index.snapshot.tasks.len(), index.snapshot.resources.len());
        let facts = facts(index);
        let mut this = Self {
            index,
            live: vec![false; tasks],
            dead_holds: facts.iter().map(|facts| facts.known).collect(),
            live_writer: vec![false; locks],
            of_all: vec![Vec::new(); locks],
            of_any: vec![Vec::new(); locks],
            served_by: vec![Vec::new(); tasks],
            open: Vec::new(),
            queue: VecDeque::new(),
        };
        for (lock, resource) in index.snapshot.resources.iter().enumerate() {
            // A plain thread that waits to write may give up.
            this.live_writer[lock] = outside == Outside::Somebody
                && resource.kind == Kind::RwLock
                && resource.givers > facts[lock].to_write;
        }
        for (place, task) in index.snapshot.tasks.iter().enumerate() {
            match (task.state, outside) {
                // It does nothing any more, but whoever takes its output may find a guard in it.
                (TaskState::Done, Outside::Nobody) => this.open.push(place),
                (TaskState::Waiting, Outside::Nobody) if task.client.is_some() => this.wake(place),
                (TaskState::Waiting, Outside::Nobody) => {}
                (TaskState::Waiting, Outside::Somebody) if task.foreign_wakers == 0 => {}
                (TaskState::Waiting, Outside::Somebody) => match wakers(index, place) {
                    Some(others) => {
                        for other in others {
                            this.served_by[other].push(place);
                        }
                    }
                    None => this.wake(place),
                },
                (TaskState::Running, Outside::Somebody) if task.blocks_on().is_some() => {}
                _ => this.wake(place),
            }
            for wait in task.waits_now() {
                match end(index, wait, outside, &facts) {
                    End::Will => this.wake(place),
                    End::Never => {}
                    End::ByAnybody => this.open.push(place),
                    End::All(lock) => this.of_all[lock].push(place),
                    End::Any(resource, others) => {
                        this.of_any[resource].push(place);
                        for other in others {
                            this.served_by[other].push(place);
                        }
                    }
                    End::Join(other) => this.served_by[other].push(place),
                    End::ByAnyOf(others) => {
                        for other in others {
                            this.served_by[other].push(place);
                        }
                    }
                }
            }
        }
        for lock in (0..locks).filter(|&lock| this.live_writer[lock]).collect::<Vec<_>>() {
            this.let_readers_in(lock);
        }
        this
    }

    fn wake(&mut self, place: usize) {
        if !std::mem::replace(&mut self.live[place], true) {
            self.queue.push_back(place);
        }
    }

    fn run(mut self) -> Vec<bool> {
        while let Some(place) = self.queue.pop_front() {
            for served in std::mem::take(&mut self.open) {
                self.wake(served);
            }
            for served in std::mem::take(&mut self.served_by[place]) {
                self.wake(served);
            }
            let index = self.index;
            let task = &index.snapshot.tasks[place];
            for hold in &task.holds {
                let Some(lock) = hold.what.and_then(|id| index.resource_place(id)) else {
                    continue;
                };
                self.stir(lock);
                if hold.may_have_moved() {
                    continue;
                }
                self.dead_holds[lock] -= 1;
                if self.dead_holds[lock] == 0 {
                    for waiter in std::mem::take(&mut self.of_all[lock]) {
                        self.wake(waiter);
                    }
                } else if !hold.shared && self.live_writer[lock] {
                    self.let_readers_in(lock);
                }
            }
            for wait in &task.waits {
                let Some(place) = place_of(index, wait) else { continue };
                if wait.op == Op::Acquire {
                    self.stir(place);
                }
                let mut newly = || !std::mem::replace(&mut self.live_writer[place], true);
                if wait.op == Op::Write && newly() {
                    self.let_readers_in(place);
                }
            }
        }
        self.live
    }

    /// One who holds the resource, or waits for it, is live.
    fn stir(&mut self, resource: usize) {
        for waiter in std::mem::take(&mut self.of_any[resource]) {
            self.wake(waiter);
        }
    }

    /// A writer that may give up its place lets those in who wait behind it to read.
    fn let_readers_in(&mut self, lock: usize) {
        let index = self.index;
        if held_alone_by_the_dead(index, lock, &self.live) {
            return;
        }
        for waiter in self.of_all[lock].clone() {
            let reads = |wait: &Wait| wait.op == Op::Read && place_of(index, wait) == Some(lock);
            if index.snapshot.tasks[waiter].waits.iter().any(reads) {
                self.wake(waiter);
            }
        }
    }
}

fn held_alone_by_the_dead(index: &Index<'_>, lock: usize, live: &[bool]) -> bool {
    let id = index.snapshot.resources[lock].id;
    index.holders(lock).iter().filter(|&&holder| !live[holder]).any(|&holder| {
        index.snapshot.tasks[holder].holds.iter().any(|h| h.what == Some(id) && alone(h))
    })
}

fn place_of(index: &Index<'_>, wait: &Wait) -> Option<usize> {
    match wait.on {
        On::Resource(id) => index.resource_place(id),
        _ => None,
    }
}

/// Whether a hold keeps everybody else out, for sure.
const fn alone(hold: &Hold) -> bool {
    !hold.shared && !hold.may_have_moved()
}

/// What the tasks' edges say about a resource.
#[derive(Debug, Clone, Copy, Default)]
struct Facts {
    /// Holds that are known.
    known: u32,
    /// Holds by guards that may have moved.
    owned: u32,
    /// Whether one of those that are known keeps everybody else out.
    alone: bool,
    /// Tasks that wait to write it, and for permits of it.
    to_write: u32,
    for_permits: u32,
}

impl Facts {
    /// Whether `count`, which the resource itself tells, are all its holds, and all are known.
    fn are_all(self, count: i64) -> bool {
        self.owned == 0 && i64::from(self.known) == count
    }
}

/// The facts of each resource.
fn facts(index: &Index<'_>) -> Vec<Facts> {
    let mut facts = vec![Facts::default(); index.snapshot.resources.len()];
    for task in &index.snapshot.tasks {
        for hold in &task.holds {
            let Some(place) = hold.what.and_then(|id| index.resource_place(id)) else { continue };
            facts[place].known += u32::from(!hold.may_have_moved());
            facts[place].owned += u32::from(hold.may_have_moved());
            facts[place].alone |= alone(hold);
        }
        for wait in &task.waits {
            let Some(place) = place_of(index, wait) else { continue };
            facts[place].to_write += u32::from(wait.op == Op::Write);
            facts[place].for_permits += u32::from(wait.op == Op::Acquire);
        }
    }
    facts
}

/// The places of those who alone could end the wait, if that is known. One of them that has ended
/// says nothing: what it had may be anybody's.
pub(super) fn within_reach(index: &Index<'_>, wait: &Wait) -> Option<Vec<usize>> {
    let On::Resource(id) = wait.on else { return None };
    let resource = index.resource(id)?;
    let reach = &resource.reach;
    let tasks = match wait.op {
        Op::Recv | Op::WatchChanged | Op::BroadcastRecv => reach.givers.as_ref()?,
        Op::ContextDone => &may_cancel(index, resource)?,
        _ => reach.takers.as_ref()?,
    };
    places(index, tasks)
}

/// The places of these tasks, if none has ended.
fn places(index: &Index<'_>, tasks: &[TaskId]) -> Option<Vec<usize>> {
    tasks.iter().map(|&id| alive(index, id)).collect()
}

/// Who may cancel this context, or one above it.
fn may_cancel(index: &Index<'_>, context: &Resource) -> Option<Vec<TaskId>> {
    let mut all = context.reach.givers.clone()?;
    let mut next = context.above();
    while let Some(id) = next {
        let above = index.resource(id)?;
        all.extend(above.reach.givers.as_ref()?);
        next = above.above();
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// The place of a task that has not ended.
fn alive(index: &Index<'_>, id: TaskId) -> Option<usize> {
    let place = index.task_place(id)?;
    (index.snapshot.tasks[place].state != TaskState::Done).then_some(place)
}

/// The places of the others who alone can get at the task's wakers outside the house, if that is known.
fn wakers(index: &Index<'_>, place: usize) -> Option<Vec<usize>> {
    let task = &index.snapshot.tasks[place];
    let others = task.wakers.as_ref()?.iter().filter(|&&other| other != task.id);
    others.map(|&other| alive(index, other)).collect()
}

/// The places of those who may put something in.
fn givers(index: &Index<'_>, wait: &Wait) -> Option<Vec<usize>> {
    let On::Resource(id) = wait.on else { return None };
    places(index, index.resource(id)?.reach.givers.as_ref()?)
}

/// Those who may make permits by hand, if that is known: who has the semaphore, but for a root, which made it
/// and has it as long as it lives.
fn may_add(index: &Index<'_>, wait: &Wait, outside: Outside) -> Option<Vec<usize>> {
    let mut tasks = match outside {
        Outside::Somebody => givers(index, wait)?,
        Outside::Nobody => Vec::new(),
    };
    tasks.retain(|&place| !index.snapshot.tasks[place].root);
    Some(tasks)
}

fn end(index: &Index<'_>, wait: &Wait, outside: Outside, facts: &[Facts]) -> End {
    let by_others = || match (outside, within_reach(index, wait)) {
        (Outside::Nobody, _) => End::ByAnybody,
        // A handler that is dropped, because its client has left, drops what it has.
        (Outside::Somebody, Some(tasks))
            if wait.op == Op::Closed
                && tasks.iter().any(|&task| index.snapshot.tasks[task].client.is_some()) =>
        {
            End::Will
        }
        (Outside::Somebody, Some(tasks)) => End::ByAnyOf(tasks),
        (Outside::Somebody, None) => End::Will,
    };
    match (wait.op, wait.on) {
        (op, _) if op.is_external() => End::Will,
        (Op::RecvNever | Op::SelectNone, _) | (_, On::Nothing) => End::Never,
        (_, On::Task(id)) => match index.task_place(id) {
            Some(place) if index.snapshot.tasks[place].state != TaskState::Done => End::Join(place),
            _ => End::Will,
        },
        (op, On::Resource(id)) => match index.resource_place(id) {
            None => End::Will,
            Some(place) => {
                let (facts, resource) = (facts[place], &index.snapshot.resources[place]);
                match op {
                    _ if facts.known == 0 => by_others(),
                    Op::Lock | Op::Write | Op::Once => End::All(place),
                    // Readers share: what keeps one out is a writer, or one in the queue before it.
                    Op::Read if facts.to_write > 0 || facts.alone => End::All(place),
                    Op::WaitGroup if facts.are_all(resource.level) => End::All(place),
                    // One hold may be several permits, so they are all known if each is one.
                    Op::Acquire
                        if resource.givers == 0
                            && resource.takers == facts.for_permits
                            && facts.are_all(resource.capacity as i64 - resource.level) =>
                    {
                        let others = may_add(index, wait, outside);
                        others.map_or(End::Will, |others| End::Any(place, others))
                    }
                    _ => by_others(),
                }
            }
        },
        (_, On::Moment(_) | On::Fd(_) | On::Signal(_) | On::Unknown) => End::Will,
    }
}
