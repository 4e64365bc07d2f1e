//! Looks again and again for tasks that wait for ever while others run.
//!
//! A look costs a pass over the tasks; only if some have slept for long, and others than at the
//! last look that found nothing, does it take a snapshot, search the memory for who can get at
//! what they wait for, and judge. What it suspects it tells when it has seen it twice.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::deadlock::{confirm, examine};
use super::wording::folded;
use crate::clock;
use crate::finding::{Class, Finding, FindingId, Subject};
use crate::linked;
use crate::memory::{self, Known, Need, Needs};
use crate::names::{Kind, Op, ResourceId, TaskId};
use crate::registry;
use crate::snapshot::{On, Resource, Snapshot, Task, snapshot};

/// A look that took a second of a processor is followed by this many seconds without one.
const REST: u32 = 8;

/// After so many tries in vain to prove what was told as likely, one comes half as often.
const TRIES: u32 = 10;

/// If nothing changes, looks become rarer, down to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Watch {
    /// What a look suspected something in.
    before: Option<Snapshot>,
    /// Who had slept for long at the last look.
    sleepers: u64,
    /// When a look at the same sleepers found nothing new, and how long that is to be enough.
    fruitless: Option<(Instant, Duration)>,
    not_before: Option<Instant>,
    /// How often the proof of a finding was tried.
    tries: HashMap<FindingId, u32>,
}

/// What a look comes to.
#[derive(Debug, Default)]
pub struct Looked {
    /// What was seen twice.
    pub findings: Vec<Finding>,
    /// When to look again, whatever happens; `None`: when a task has run.
    pub again: Option<Duration>,
}

impl Watch {
    /// Looks. A task that has waited for `stuck` is worth a thought.
    pub fn look(&mut self, stuck: Duration) -> Looked {
        let began = Instant::now();
        if let Some(wait) = self.not_before.and_then(|then| then.checked_duration_since(began)) {
            return Looked { findings: Vec::new(), again: Some(wait) };
        }
        let (sleepers, youngest) = sleepers(stuck);
        if sleepers == 0 {
            self.before = None;
            // However often it is asked, once in that time is enough.
            self.not_before = Some(began + stuck);
            return Looked { findings: Vec::new(), again: youngest };
        }
        let is_news = std::mem::replace(&mut self.sleepers, sleepers) != sleepers;
        if !is_news && self.fruitless.is_some_and(|(since, pause)| since + pause > began) {
            self.not_before = Some(began + stuck);
            return Looked { findings: Vec::new(), again: youngest };
        }
        let cpu = cpu_time();
        let seen = surveyed(stuck, self.before.is_some());
        let suspects = examine(&seen).len();
        let before = self.before.take();
        let findings = before.map_or_else(Vec::new, |before| confirm(&before, &seen));
        let open = findings.iter().filter_map(|finding| self.try_again(finding, &seen)).min();
        let took = cpu_time().zip(cpu).map_or_else(|| began.elapsed(), |(now, then)| now - then);
        let soon = if findings.len() < suspects { Some(stuck) } else { open.map(|n| stuck * n) };
        let is_open = soon.is_some();
        let (again, rest) = match soon {
            // What is suspected is worth another look.
            Some(soon) => (Some(soon), soon.max(took)),
            None => (youngest, stuck.max(took * REST)),
        };
        let longer = self.fruitless.filter(|_| !is_news).map_or(stuck, |(_, pause)| pause * 2);
        self.fruitless = (!is_open).then_some((began, longer.min(LONGEST_PAUSE)));
        if suspects > 0 {
            self.before = Some(seen);
        }
        self.not_before = Some(Instant::now() + rest);
        Looked { findings: folded(findings), again: again.map(|again| again.max(rest)) }
    }

    /// How soon to look again because that might prove it, in units of `stuck`. Where a finding rests
    /// on guards of locks, a thread that runs at the moment of the search can hide that none has
    /// moved.
    fn try_again(&mut self, finding: &Finding, seen: &Snapshot) -> Option<u32> {
        let is_lock = |resource: &Resource| {
            matches!(resource.kind, Kind::Mutex | Kind::RwLock | Kind::Once)
                && finding.subjects.contains(&Subject::Resource(resource.id))
        };
        if finding.class == Class::Proof || !seen.resources.iter().any(is_lock) {
            return None;
        }
        let tries = self.tries.entry(finding.id.clone()).or_default();
        *tries += 1;
        Some(1 << (*tries / TRIES).min(10))
    }
}

/// What this thread has spent of a processor so far: on a busy machine a look takes longer, which is
/// no reason to look more rarely. The kernel says it in nanoseconds.
fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(stat.split_whitespace().next()?.parse().ok()?))
}

/// A number that stands for who has slept for `stuck`, zero if nobody has; and how long it is until
/// the next one will have.
fn sleepers(stuck: Duration) -> (u64, Option<Duration>) {
    let now = clock::refresh();
    let (mut sum, mut next) = (0_u64, None::<Duration>);
    for record in registry::records().filter(|record| record.is_asleep()) {
        let age = record.since().until(now);
        match stuck.checked_sub(age) {
            None | Some(Duration::ZERO) => sum = sum.wrapping_add(record.fingerprint() | 1),
            Some(left) => next = Some(next.map_or(left, |next| next.max(left))),
        }
    }
    (sum, next)
}

/// A snapshot that says who can get at what the long sleepers wait for; with care, if that was suspected.
fn surveyed(stuck: Duration, is_suspected: bool) -> Snapshot {
    let mut seen = snapshot();
    let long = seen.tasks.iter().filter(|task| task.is_asleep() && task.age >= stuck);
    let waits = long.flat_map(|task| &task.waits).filter_map(|wait| match wait.on {
        On::Resource(id) if !wait.op.is_external() => Some(id),
        _ => None,
    });
    let wanted: HashSet<ResourceId> = waits.collect();
    fill(&mut seen, wanted, is_suspected);
    seen
}

/// Finds out who can get at what the tasks of a snapshot wait for.
pub fn survey(seen: &mut Snapshot) {
    let waits = seen.tasks.iter().filter(|task| task.is_asleep()).flat_map(|task| &task.waits);
    let wanted: HashSet<ResourceId> = waits
        .filter_map(|wait| match wait.on {
            On::Resource(id) => Some(id),
            _ => None,
        })
        .collect();
    fill(seen, wanted, true);
}

fn fill(seen: &mut Snapshot, mut wanted: HashSet<ResourceId>, is_suspected: bool) {
    if wanted.is_empty() {
        return;
    }
    add_above(seen, &mut wanted);
    let mut found = memory::survey(&wanted, &Known { is_suspected, ..known(seen) });
    for resource in &mut seen.resources {
        if let Some(reach) = found.reach.remove(&resource.id) {
            resource.reach = reach;
        }
    }
    // Where there are none, nobody asks what is linked.
    for semaphore in seen.resources.iter_mut().filter(|it| it.kind == Kind::Semaphore) {
        if !may_end_by_hand() {
            semaphore.reach.givers = Some(Vec::new());
        }
    }
    for task in &mut seen.tasks {
        task.wakers = found.wakers.remove(&task.id);
    }
    let free = with_free_guards(seen, &found.statics);
    for task in &mut seen.tasks {
        for hold in &mut task.holds {
            let Some(what) = hold.what else { continue };
            hold.owned |= free.contains(&what) || found.strays.contains(&(task.id, what));
            hold.found = hold.owned && found.guards.contains(&(task.id, what));
        }
    }
}

/// Whether anybody can make permits by hand, or close a semaphore.
fn may_end_by_hand() -> bool {
    /// As the compiler writes it: each name with its length before it.
    const FUNCTIONS: [&str; 2] = ["9Semaphore11add_permits", "9Semaphore5close"];
    static MAY: OnceLock<bool> = OnceLock::new();
    let may = || FUNCTIONS.iter().any(|function| linked::may_call("wakeful_sync", function));
    *MAY.get_or_init(may)
}

/// With a context, those that it ends with.
fn add_above(seen: &Snapshot, wanted: &mut HashSet<ResourceId>) {
    let above: HashMap<ResourceId, ResourceId> =
        seen.resources.iter().filter_map(|it| Some((it.id, it.above()?))).collect();
    let mut next: Vec<ResourceId> = wanted.iter().copied().collect();
    while let Some(id) = next.pop() {
        next.extend(above.get(&id).filter(|&&above| wanted.insert(above)));
    }
}

fn known(seen: &Snapshot) -> Known {
    let asleep = seen.tasks.iter().filter(|task| task.is_asleep());
    let waits_inside = |task: &&Task| {
        !task.waits.is_empty() && task.waits.iter().all(|wait| !wait.op.is_external())
    };
    let sleepers: Vec<&Task> = asleep.filter(waits_inside).collect();
    let holds = sleepers.iter().flat_map(|task| task.holds.iter().map(|hold| (task.id, hold)));
    Known {
        needs: needs(seen),
        guards: holds.filter_map(|(task, hold)| Some((task, hold.what?, hold.owned))).collect(),
        sleepers: sleepers.iter().map(|task| task.id).collect(),
        is_suspected: false,
    }
}

/// Which channels the tasks that are asleep wait for, and on which side.
fn needs(seen: &Snapshot) -> Needs {
    let mut needs = Needs::new();
    for task in seen.tasks.iter().filter(|task| task.is_asleep()) {
        let waits = task.waits.iter().filter_map(|wait| match (wait.on, wait.op) {
            (On::Resource(id), Op::Send | Op::Closed) => Some((id, Need::Give)),
            (On::Resource(id), Op::Recv | Op::WatchChanged | Op::BroadcastRecv) => {
                Some((id, Need::Take))
            }
            _ => None,
        });
        for (id, need) in waits {
            needs.entry(id).or_default().insert(task.id, need);
        }
    }
    needs
}

/// Locks that may live for ever, and to which others have a reference than those who hold them or
/// wait for them: one of those may be a guard that has moved.
fn with_free_guards(seen: &Snapshot, statics: &HashSet<ResourceId>) -> HashSet<ResourceId> {
    let mut known: HashMap<ResourceId, HashSet<TaskId>> = HashMap::new();
    for task in &seen.tasks {
        let holds = task.holds.iter().filter_map(|hold| hold.what);
        let waits = task.waits.iter().filter_map(|wait| match wait.on {
            On::Resource(id) => Some(id),
            _ => None,
        });
        for id in holds.chain(waits).filter(|id| statics.contains(id)) {
            known.entry(id).or_default().insert(task.id);
        }
    }
    let is_free = |resource: &&Resource| {
        let known = known.get(&resource.id);
        statics.contains(&resource.id)
            && resource.reach.givers.as_ref().is_none_or(|references| {
                references.iter().any(|task| known.is_none_or(|known| !known.contains(task)))
            })
    };
    seen.resources.iter().filter(is_free).map(|resource| resource.id).collect()
}
