//! The fixpoint against the rules taken literally, on thousands of random houses.

use wakeful_diagnostics::names::{Kind, Op, ResourceId, TaskId};
use wakeful_diagnostics::snapshot::{Index, On, Resource, Snapshot, Task, TaskState, Wait};
use wakeful_diagnostics::verdict::{Outside, confirm, liveness};
use wakeful_diagnostics::{Class, Subject};

use crate::build::{More, at, house};

/// xorshift64*: the same houses in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }

    /// Tasks that wait for and hold a few locks and channels, as no program may, but any could be
    /// read.
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
                let (op, on) = match self.below(10) {
                    0 => (Op::Join, On::Task(TaskId(1 + self.below(tasks + 1)))),
                    1 => (Op::Recv, On::Resource(ResourceId(9))),
                    2 if self.below(4) == 0 => (Op::Sleep, On::Unknown),
                    2 => (Op::RecvNever, On::Nothing),
                    3..6 if !odd => (Op::Read, On::Resource(ResourceId(lock))),
                    _ => {
                        let op = if odd { Op::Lock } else { Op::Write };
                        (op, On::Resource(ResourceId(lock)))
                    }
                };
                task = task.waits(op, on, place);
            }
            for _ in 0..self.below(3) {
                let lock = 1 + self.below(locks);
                let read = lock % 2 == 0 && self.below(2) == 0;
                task = if read { task.reads(lock, place) } else { task.holds(lock, place) };
            }
            task
        };
        let tasks = (1..=tasks).map(task).collect();
        let kind = |id| if id % 2 == 1 { Kind::Mutex } else { Kind::RwLock };
        let mut resources: Vec<_> = (1..=locks).map(|id| Resource::new(id, kind(id))).collect();
        resources.push(Resource::new(9, Kind::Channel));
        house(tasks, resources)
    }
}

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
            let on = task.waits.iter().any(|wait| can_end(snapshot, wait, &before, others));
            live[n] = live[n] || root || (task.is_asleep() && on);
        }
        if live == before {
            return live;
        }
    }
}

fn can_end(snapshot: &Snapshot, wait: &Wait, live: &[bool], others: bool) -> bool {
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
    let holds =
        || tasks().flat_map(|(task, &live)| task.holds.iter().map(move |hold| (hold, live)));
    let of_this = || holds().filter(|(hold, _)| hold.what == Some(id));
    let writers = || {
        tasks().filter(|(task, _)| task.waits.iter().any(|w| w.op == Op::Write && w.on == wait.on))
    };
    let free = of_this().all(|(_, live)| live);
    if of_this().next().is_none() {
        return others;
    }
    match wait.op {
        Op::Lock | Op::Write => free,
        Op::Read => {
            let written = of_this().any(|(hold, _)| !hold.shared);
            let written_by_the_dead = of_this().any(|(hold, live)| !hold.shared && !live);
            if !written && writers().next().is_none() {
                return others;
            }
            free || (!written_by_the_dead && writers().any(|(_, &live)| live))
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
    let mut found = 0;
    for _ in 0..6_000 {
        let snapshot = random.house();
        let live = by_the_book(&snapshot, Outside::Somebody);
        for finding in confirm(&snapshot, &snapshot) {
            found += usize::from(finding.class == Class::Proof);
            for subject in &finding.subjects {
                let Subject::Task(TaskId(id)) = *subject else { continue };
                assert!(!live[id as usize - 1], "{finding:#?} {snapshot:#?}");
            }
        }
    }
    assert!(found > 300, "{found} proofs: a poor mixture");
}
