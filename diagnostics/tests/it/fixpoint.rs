//! The fixpoint against the rules taken literally, on thousands of random houses.

use wakeful_diagnostics::names::{Kind, Op, ResourceId, TaskId};
use wakeful_diagnostics::snapshot::{Index, On, Resource, Snapshot, Task, TaskState, Wait};
use wakeful_diagnostics::verdict::{Outside, confirm, liveness};
use wakeful_diagnostics::{Class, Subject};

use crate::build::{More, at, house, on};

/// xorshift64*: the same houses in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }

    /// Tasks that wait for and hold a few locks, a semaphore, a wait group and a channel, as no
    /// program may, but any could be read.
    fn house(&mut self) -> Snapshot {
        let (tasks, locks) = (2 + self.below(7), 1 + self.below(4));
        let place = at("src/x.rs", 1);
        let task = |id| {
            let state = match self.below(12) {
                0 => TaskState::Runnable,
                1 => TaskState::Done,
                _ => TaskState::Waiting,
            };
            let foreign_wakers = u64::from(self.below(20) == 0);
            let mut task = Task { state, foreign_wakers, ..Task::new(id) };
            for _ in 0..self.below(3) {
                let lock = 1 + self.below(locks);
                let odd = lock % 2 == 1;
                let (op, on) = match self.below(14) {
                    0 => (Op::Join, On::Task(TaskId(1 + self.below(tasks + 1)))),
                    1 => (Op::Recv, on(CHANNEL)),
                    2 if self.below(4) == 0 => (Op::Sleep, On::Unknown),
                    2 => (Op::RecvNever, On::Nothing),
                    3 | 4 => (Op::Acquire, on(SEMAPHORE)),
                    5 | 6 => (Op::WaitGroup, on(GROUP)),
                    7..10 if !odd => (Op::Read, on(lock)),
                    _ => (if odd { Op::Lock } else { Op::Write }, on(lock)),
                };
                task = task.waits(op, on, place);
            }
            for _ in 0..self.below(3) {
                let lock = 1 + self.below(locks);
                let read = lock % 2 == 0 && self.below(2) == 0;
                task = match self.below(10) {
                    0 => task.takes_owned(lock, place),
                    1 | 2 => task.holds(SEMAPHORE, place),
                    3 | 4 => task.holds(GROUP, place),
                    5 if self.below(3) == 0 => task.takes_owned(SEMAPHORE, place),
                    _ if read => task.reads(lock, place),
                    _ => task.holds(lock, place),
                };
            }
            task
        };
        let tasks: Vec<_> = (1..=tasks).map(task).collect();
        let kind = |id| if id % 2 == 1 { Kind::Mutex } else { Kind::RwLock };
        let mut resources: Vec<_> = (1..=locks).map(|id| Resource::new(id, kind(id))).collect();
        resources.push(Resource::new(CHANNEL, Kind::Channel));
        let waits = |op, id| {
            let waits = tasks.iter().flat_map(|task| &task.waits);
            waits.filter(|wait| wait.op == op && wait.on == on(id)).count() as u32
        };
        let held = |id| {
            let holds = tasks.iter().flat_map(|task| &task.holds);
            holds.filter(|hold| hold.what == Some(ResourceId(id))).count() as i64
        };
        // Mostly what the counts of a sane house would be; now and then there is more to it.
        let mut more = || u32::from(self.below(5) == 0);
        for lock in resources.iter_mut().filter(|lock| lock.kind == Kind::RwLock) {
            lock.givers = waits(Op::Write, lock.id.0) + more();
        }
        let mut semaphore = Resource::new(SEMAPHORE, Kind::Semaphore);
        semaphore.level = i64::from(more());
        semaphore.capacity = (semaphore.level + held(SEMAPHORE)) as u64 + u64::from(more());
        semaphore.givers = more();
        semaphore.takers = waits(Op::Acquire, SEMAPHORE) + more();
        semaphore.reach.givers = (more() == 0).then(Vec::new);
        let mut group = Resource::new(GROUP, Kind::WaitGroup);
        group.level = held(GROUP) + i64::from(more());
        resources.extend([semaphore, group]);
        house(tasks, resources)
    }
}

const CHANNEL: u64 = 9;
const SEMAPHORE: u64 = 10;
const GROUP: u64 = 11;

/// The rules, read aloud until nothing changes.
fn by_the_book(snapshot: &Snapshot, outside: Outside) -> Vec<bool> {
    let tasks = &snapshot.tasks;
    let mut live = vec![false; tasks.len()];
    loop {
        let before = live.clone();
        for (n, task) in tasks.iter().enumerate() {
            let others = outside == Outside::Somebody || before.contains(&true);
            let root = match task.state {
                TaskState::Done => others,
                TaskState::Waiting => task.foreign_wakers > 0 && outside == Outside::Somebody,
                _ => true,
            };
            let on = task.waits.iter().any(|wait| can_end(snapshot, wait, &before, outside));
            live[n] = live[n] || root || (task.is_asleep() && on);
        }
        if live == before {
            return live;
        }
    }
}

fn can_end(snapshot: &Snapshot, wait: &Wait, live: &[bool], outside: Outside) -> bool {
    let others = outside == Outside::Somebody || live.contains(&true);
    let tasks = || snapshot.tasks.iter().zip(live);
    let On::Resource(id) = wait.on else {
        return match wait.on {
            On::Nothing => false,
            On::Task(id) => {
                let joined = tasks().find(|(task, _)| task.id == id);
                joined.is_none_or(|(task, &live)| live || task.state == TaskState::Done)
            }
            _ => true,
        };
    };
    let thing = snapshot.resources.iter().find(|thing| thing.id == id).expect("all are listed");
    let holds = || {
        let holds = |(task, &live): (&'_ Task, _)| {
            let holds = task.holds.clone().into_iter().filter(|hold| hold.what == Some(id));
            holds.map(move |hold| (hold, live)).collect::<Vec<_>>()
        };
        tasks().flat_map(holds).collect::<Vec<_>>()
    };
    let waiters = |op| {
        let mut waits: Vec<bool> = Vec::new();
        for (task, &live) in tasks() {
            waits.extend(task.waits.iter().filter(|w| w.op == op && w.on == wait.on).map(|_| live));
        }
        waits
    };
    // A guard that may have moved tells nothing of its lock.
    let known: Vec<_> = holds().into_iter().filter(|(hold, _)| !hold.owned).collect();
    if known.is_empty() {
        return others;
    }
    let free = known.iter().all(|(_, live)| *live);
    let all_known = |count: i64| known.len() == holds().len() && known.len() as i64 == count;
    match wait.op {
        Op::Lock | Op::Write => free,
        Op::Read => {
            let written = known.iter().any(|(hold, _)| !hold.shared);
            let written_by_the_dead = known.iter().any(|(hold, live)| !hold.shared && !live);
            let writers = waiters(Op::Write);
            if !written && writers.is_empty() {
                return others;
            }
            let unknown_writer =
                outside == Outside::Somebody && thing.givers as usize > writers.len();
            let may_give_up = unknown_writer || writers.contains(&true);
            free || (!written_by_the_dead && may_give_up)
        }
        Op::WaitGroup if all_known(thing.level) => free,
        Op::Acquire => {
            let waiters = waiters(Op::Acquire);
            let accounted = thing.givers == 0
                && thing.takers as usize == waiters.len()
                && all_known(thing.capacity as i64 - thing.level);
            if !accounted {
                return others;
            }
            let may_add = outside == Outside::Somebody && thing.reach.givers.is_none();
            may_add || waiters.contains(&true) || holds().iter().any(|(_, live)| *live)
        }
        _ => others,
    }
}

#[test]
fn the_fixpoint_is_what_the_rules_say() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut stuck, mut free) = (0, 0);
    for _ in 0..6_000 {
        let snapshot = random.house();
        let index = Index::new(&snapshot);
        for outside in [Outside::Somebody, Outside::Nobody] {
            let live = liveness(&index, outside);
            assert_eq!(live, by_the_book(&snapshot, outside), "{outside:?} {snapshot:#?}");
            stuck += live.iter().filter(|&&live| !live).count();
            free += live.iter().filter(|&&live| live).count();
        }
    }
    assert!(stuck > 3_000 && free > 3_000, "{stuck} stuck, {free} free: a poor mixture");
}

#[test]
fn no_finding_names_a_task_that_is_live() {
    let mut random = Random(1);
    let (mut found, mut proofs) = (0, 0);
    for _ in 0..6_000 {
        let snapshot = random.house();
        let live = by_the_book(&snapshot, Outside::Somebody);
        let mut without_guards = snapshot.clone();
        without_guards.tasks.iter_mut().for_each(|task| task.holds.clear());
        let surely = by_the_book(&without_guards, Outside::Somebody);
        for finding in confirm(&snapshot, &snapshot) {
            let proof = finding.class == Class::Proof;
            found += 1;
            proofs += usize::from(proof);
            for subject in &finding.subjects {
                let Subject::Task(TaskId(id)) = *subject else { continue };
                assert!(!live[id as usize - 1], "{finding:#?} {snapshot:#?}");
                assert!(!proof || !surely[id as usize - 1], "{finding:#?} {snapshot:#?}");
            }
        }
    }
    assert!(found > 1_000 && proofs > 50, "{found} findings, {proofs} proofs: a poor mixture");
}
