//! Who may still make progress: a least fixpoint over tasks and what they wait for.
//!
//! A task is live if it runs, or somebody outside has its waker, or any of its waits can end. So
//! `select!` and `join!` alike need one way on. What is not known counts as live: queue order in
//! front of a lock, and who has the handles of a channel, are not recorded, so
//! * a lock can be had if each holder that is known is live, and if there is one;
//! * a channel, group, condition or notification may be served by any live task.

use std::collections::VecDeque;

use crate::names::Op;
use crate::snapshot::{Index, On, TaskState, Wait};

/// Whether somebody who is no task may act: a plain thread with a sender, for instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// It cannot be excluded.
    Somebody,
    /// The census proved it: no thread is left that could use a handle or a foreign waker.
    Nobody,
}

/// How one wait can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// By itself, or in a way that is not known.
    Will,
    /// Never.
    Never,
    /// When any live task wants it to.
    ByAnybody,
    /// When the lock at this place can be had.
    Lock(usize),
    /// When the task at this place ends.
    Join(usize),
}

/// For each task of the snapshot, in its order: whether it may still make progress.
#[must_use]
pub fn liveness(index: &Index<'_>, outside: Outside) -> Vec<bool> {
    Fixpoint::new(index, outside).run()
}

struct Fixpoint<'a> {
    index: &'a Index<'a>,
    live: Vec<bool>,
    /// Per lock: places of holders that are not live yet, one for each hold.
    dead_holds: Vec<u32>,
    /// Per lock: whether a live task waits to write it.
    live_writer: Vec<bool>,
    /// Per lock and per task: who waits for it.
    lock_waiters: Vec<Vec<usize>>,
    joiners: Vec<Vec<usize>>,
    /// Those whom any live task may serve; taken when the first is found.
    open: Vec<usize>,
    queue: VecDeque<usize>,
}

impl<'a> Fixpoint<'a> {
    fn new(index: &'a Index<'a>, outside: Outside) -> Self {
        let (tasks, locks) = (index.snapshot.tasks.len(), index.snapshot.resources.len());
        let mut this = Self {
            index,
            live: vec![false; tasks],
            dead_holds: (0..locks).map(|lock| index.holders(lock).len() as u32).collect(),
            live_writer: vec![false; locks],
            lock_waiters: vec![Vec::new(); locks],
            joiners: vec![Vec::new(); tasks],
            open: Vec::new(),
            queue: VecDeque::new(),
        };
        let write_awaited = write_awaited(index);
        for (place, task) in index.snapshot.tasks.iter().enumerate() {
            match (task.state, outside) {
                // It does nothing any more, but whoever takes its output may find a guard in it.
                (TaskState::Done, Outside::Nobody) => this.open.push(place),
                (TaskState::Waiting, Outside::Nobody) => {}
                (TaskState::Waiting, Outside::Somebody) if task.foreign_wakers == 0 => {}
                _ => this.wake(place),
            }
            for wait in task.waits.iter().filter(|_| task.is_asleep()) {
                match end(index, wait, outside, &write_awaited) {
                    End::Will => this.wake(place),
                    End::Never => {}
                    End::ByAnybody => this.open.push(place),
                    End::Lock(lock) => this.lock_waiters[lock].push(place),
                    End::Join(other) => this.joiners[other].push(place),
                }
            }
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
            for joiner in std::mem::take(&mut self.joiners[place]) {
                self.wake(joiner);
            }
            let index = self.index;
            let task = &index.snapshot.tasks[place];
            for hold in &task.holds {
                let Some(lock) = hold.what.and_then(|id| index.resource_place(id)) else {
                    continue;
                };
                self.dead_holds[lock] -= 1;
                if self.dead_holds[lock] == 0 {
                    for waiter in std::mem::take(&mut self.lock_waiters[lock]) {
                        self.wake(waiter);
                    }
                } else if !hold.shared && self.live_writer[lock] {
                    self.let_readers_in(lock);
                }
            }
            for wait in task.waits.iter().filter(|wait| wait.op == Op::Write) {
                if let Some(lock) = place_of(index, wait) {
                    if !std::mem::replace(&mut self.live_writer[lock], true) {
                        self.let_readers_in(lock);
                    }
                }
            }
        }
        self.live
    }

    /// A writer that may give up its place lets those in who wait behind it to read.
    fn let_readers_in(&mut self, lock: usize) {
        let index = self.index;
        if held_alone_by_the_dead(index, lock, &self.live) {
            return;
        }
        for waiter in self.lock_waiters[lock].clone() {
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
        index.snapshot.tasks[holder].holds.iter().any(|h| h.what == Some(id) && !h.shared)
    })
}

fn place_of(index: &Index<'_>, wait: &Wait) -> Option<usize> {
    match wait.on {
        On::Resource(id) => index.resource_place(id),
        _ => None,
    }
}

/// For each resource: whether somebody waits to write it.
fn write_awaited(index: &Index<'_>) -> Vec<bool> {
    let mut awaited = vec![false; index.snapshot.resources.len()];
    let waits = index.snapshot.tasks.iter().flat_map(|task| &task.waits);
    for lock in waits.filter(|wait| wait.op == Op::Write).filter_map(|w| place_of(index, w)) {
        awaited[lock] = true;
    }
    awaited
}

fn end(index: &Index<'_>, wait: &Wait, outside: Outside, write_awaited: &[bool]) -> End {
    let by_others = match outside {
        Outside::Somebody => End::Will,
        Outside::Nobody => End::ByAnybody,
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
            Some(lock) if index.holders(lock).is_empty() => by_others,
            Some(lock) => match op {
                Op::Lock | Op::Write | Op::Once => End::Lock(lock),
                // Readers share: what keeps one out is a writer, or one in the queue before it.
                Op::Read if write_awaited[lock] => End::Lock(lock),
                Op::Read if index.held(id).any(|(_, hold)| !hold.shared) => End::Lock(lock),
                _ => by_others,
            },
        },
        (_, On::Moment(_) | On::Fd(_) | On::Unknown) => End::Will,
    }
}
