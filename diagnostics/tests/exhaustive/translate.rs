//! A state of the machine as the registry and a search of the memory would show it.

mod reach;

use std::time::Duration;

use wakeful_diagnostics::names::{Kind, Op, ResourceId, TaskId};
use wakeful_diagnostics::snapshot::{
    Hold, On, Place as Site, Reach, Resource, Snapshot, StackId, Task, TaskState, Wait,
};

use crate::machine::{Place, State, Thing};
use crate::program::{self, Arm, CHANNELS, MUTEXES, Plan};

const MUTEX: u64 = 1;
const RWLOCK: u64 = MUTEX + MUTEXES as u64;
const CHANNEL: u64 = RWLOCK + 1;
const SEMAPHORE: u64 = CHANNEL + CHANNELS as u64;
const GROUP: u64 = SEMAPHORE + 1;
const NOTIFY: u64 = GROUP + 1;

/// The number of a task, by its place in the program.
pub(crate) const fn id(task: u8) -> TaskId {
    TaskId(task as u64 + 1)
}

/// What is seen of a state; who can get at what, only if that was looked for.
pub(crate) fn snapshot(program: &Plan<'_>, state: &State, surveyed: bool) -> Snapshot {
    let tasks = (0..program.tasks.len() as u8).filter_map(|n| task(program, state, n)).collect();
    let mut resources = resources(state);
    if surveyed {
        let found = reach::Found::of(program, state);
        for resource in &mut resources {
            resource.reach = reach_of(&found, resource.id.0);
        }
    }
    Snapshot { tasks, resources, ..Snapshot::default() }
}

/// What an arm waits for.
const fn op(arm: Arm) -> Op {
    match arm {
        Arm::Lock(..) => Op::Lock,
        Arm::Read(_) => Op::Read,
        Arm::Write(_) => Op::Write,
        Arm::Send(..) => Op::Send,
        Arm::Recv(_) => Op::Recv,
        Arm::Group => Op::WaitGroup,
        Arm::Acquire(..) => Op::Acquire,
        Arm::Join(_) => Op::Join,
        Arm::Notified => Op::Notified,
        Arm::Sleep => Op::Sleep,
    }
}

fn on(arm: Arm) -> On {
    let resource = match arm {
        Arm::Lock(m, _) => MUTEX + u64::from(m),
        Arm::Read(_) | Arm::Write(_) => RWLOCK,
        Arm::Send(c, _) | Arm::Recv(c) => CHANNEL + u64::from(c),
        Arm::Group => GROUP,
        Arm::Acquire(..) => SEMAPHORE,
        Arm::Notified => NOTIFY,
        Arm::Join(task) => return On::Task(id(task)),
        Arm::Sleep => return On::Moment(Duration::from_secs(1)),
    };
    On::Resource(ResourceId(resource))
}

/// The arms of the wait that a strand has come to.
fn arms<'a>(program: &'a Plan<'a>, state: &State, strand: usize) -> &'a [Arm] {
    match program.strands[strand].ops.get(state.strands[strand].pc as usize) {
        Some(program::Op::Wait(arms)) => arms,
        _ => &[],
    }
}

/// Those of them that are still in line.
fn waits<'a>(
    program: &'a Plan<'a>,
    state: &'a State,
    strand: usize,
) -> impl Iterator<Item = Arm> + 'a {
    let queued = |(place, &arm)| matches!(place, &Place::Queued(_)).then_some(arm);
    state.strands[strand].places().iter().zip(arms(program, state, strand)).filter_map(queued)
}

fn task(program: &Plan<'_>, state: &State, n: u8) -> Option<Task> {
    let plan = &program.tasks[n as usize];
    let hosts = &program.hosts;
    let mine: Vec<usize> = (0..hosts.len()).filter(|&strand| hosts[strand] == n).collect();
    let unfinished: Vec<_> =
        mine.iter().map(|&strand| &state.strands[strand]).filter(|s| !s.has_ended()).collect();
    let is_kept = state.tasks[n as usize].is_kept;
    if plan.is_thread || (unfinished.is_empty() && !is_kept) {
        return None;
    }
    let mut task = Task::new(id(n).0);
    task.state = match &unfinished[..] {
        [] => TaskState::Done,
        strands if strands.iter().all(|strand| strand.is_asleep()) => TaskState::Waiting,
        _ => TaskState::Runnable,
    };
    let age = Duration::ZERO;
    for &strand in &mine {
        let now = &state.strands[strand];
        let at = Site { file: "program", line: 100 * u32::from(n + 1) + u32::from(now.pc) };
        let in_select = now.places().len() > 1;
        let arms = waits(program, state, strand);
        task.waits.extend(arms.map(|arm| Wait {
            op: op(arm),
            on: on(arm),
            at,
            age,
            in_select,
            stack: StackId::NONE,
        }));
        // Its first poll draws the edge.
        let began = now.pc > 0 || !now.places().is_empty();
        if program.strands[strand].tracked && began && !now.has_ended() {
            let what = Some(ResourceId(GROUP));
            task.holds.push(Hold { what, shared: false, owned: false, found: false, at, age });
        }
    }
    if !unfinished.is_empty() {
        let at = Site { file: "program", line: 100 * u32::from(n + 1) + 99 };
        for (thing, _) in reach::things(program, state) {
            let (what, shared, owned) = match thing {
                Thing::Guard { mutex, by, owned } if by == n => {
                    (MUTEX + u64::from(mutex), false, owned)
                }
                Thing::Reads { by, owned } if by == n => (RWLOCK, !owned, owned),
                Thing::Writes { by, owned } if by == n => (RWLOCK, false, owned),
                Thing::Permits { by, owned, .. } if by == n => (SEMAPHORE, false, owned),
                _ => continue,
            };
            task.holds.push(Hold {
                what: Some(ResourceId(what)),
                shared,
                owned,
                found: false,
                at,
                age,
            });
        }
    }
    Some(task)
}

/// The counts are those that the primitives write; see `ResourceRecord`.
fn resources(state: &State) -> Vec<Resource> {
    let mut resources = Vec::new();
    for (n, lock) in (0..).zip(&state.mutexes) {
        let mut resource = Resource::new(MUTEX + n, Kind::Mutex);
        resource.level = i64::from(lock.is_taken);
        resource.takers = lock.line.len() as u32;
        resources.push(resource);
    }
    let lock = &state.rwlock;
    let mut resource = Resource::new(RWLOCK, Kind::RwLock);
    resource.level = if lock.writer { -1 } else { i64::from(lock.readers) };
    resource.givers = lock.to_write.len() as u32;
    resource.takers = (lock.to_read.len() + lock.to_write.len()) as u32;
    resources.push(resource);
    for (n, channel) in (0..).zip(&state.channels) {
        let mut resource = Resource::new(CHANNEL + n, Kind::Channel);
        resource.capacity = channel.capacity.into();
        resource.level = channel.buffer.len() as i64;
        resource.givers = channel.tx.into();
        resource.takers = channel.rx.into();
        resources.push(resource);
    }
    let semaphore = &state.semaphore;
    let mut resource = Resource::new(SEMAPHORE, Kind::Semaphore);
    resource.capacity = semaphore.total.into();
    resource.level = semaphore.free.into();
    resource.givers = semaphore.is_open_ended.into();
    resource.takers = semaphore.line.len() as u32;
    resources.push(resource);
    let mut resource = Resource::new(GROUP, Kind::WaitGroup);
    resource.level = if state.group.line.is_empty() { 0 } else { state.group.count.into() };
    resource.takers = state.group.line.len() as u32;
    resources.push(resource);
    resources.push(Resource::new(NOTIFY, Kind::Notify));
    resources
}

fn reach_of(found: &reach::Found, resource: u64) -> Reach {
    let both = |tasks: reach::Tasks| (tasks, tasks);
    let (givers, takers) = match resource {
        RWLOCK => (found.rwlock_references, found.rwlock),
        CHANNEL..SEMAPHORE => {
            let c = (resource - CHANNEL) as usize;
            (found.tx[c], found.rx[c])
        }
        SEMAPHORE => both(found.semaphore),
        GROUP => both(found.group),
        NOTIFY => both(found.notify),
        mutex => {
            let m = (mutex - MUTEX) as usize;
            (found.mutex_references[m], found.mutexes[m])
        }
    };
    Reach { givers: givers.list(), takers: takers.list() }
}
