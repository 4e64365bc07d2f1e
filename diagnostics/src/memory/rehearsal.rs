//! What futures would give back if they were dropped now: tried out in a copy of the process.
//!
//! A move leaves its bytes behind, and which of the words in a future are values still, its drop glue alone
//! knows. So that is asked: the futures are dropped in a copy of the process, where it harms nobody, and of
//! the [things](Thing) in question it is seen how many each of them has given back. If these are all that
//! there are, these tasks have them all, or can get at them: a destructor may as well take out of a table, or
//! a static, what others find there. So words on the heap, in statics and in the frames of threads still
//! count; but in the future of another task nobody can take anything out, and a word there was left behind.
//!
//! So it is asked once more with those words [struck out](struck) that lie with others. Who gives all of it back
//! even so has it without them, and they were left behind, wherever they lie.
//!
//! What begins with two numbers may be no `Arc`, and still be counted down by destructors. So what is asked
//! about has to go with the blocks that lead to it. What this does not know of is whoever uses an address
//! without having a part in what lies there, and a thread that calls what a future owns; a future that ends
//! other tasks gets no answer; and what rests on all this is no more than likely.

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
))]
#[expect(unsafe_code, reason = "a process is copied, and confined")]
mod copy;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
)))]
#[path = "rehearsal/no_copy.rs"]
mod copy;
#[expect(unsafe_code, reason = "futures are dropped, and the counts of what they share are read")]
mod drops;
#[expect(unsafe_code, reason = "memory is read as it is")]
mod frozen;
mod memo;
mod moved;
mod sleeper;
mod struck;
mod worth;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::Address;
use super::owners::{Owner, Owners};
use super::reach::Known;
use super::trace::{Trace, Way};
use crate::names::{ResourceId, TaskId};
use drops::Answer;
pub use drops::know_drop;
pub(super) use drops::{DropFn, drop_in_place};
use memo::Now;
pub(super) use moved::moved;
use sleeper::Sleeper;
use struck::Word;
use worth::Asked;

/// A process that has more in memory than this is not copied: to copy the tables of its pages takes some 25 ms
/// for each GiB, in which a thread that writes is held up (`cargo bench --bench looks`).
const LARGEST: usize = 512 << 20;

/// Something of which a future may have a part, and give it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Thing {
    /// The `Arc`s and `Weak`s of a block.
    Arcs(Address),
    /// The senders of a channel, by its place in the registry.
    Senders(u32, ResourceId),
    /// Its receivers.
    Receivers(u32, ResourceId),
    /// What is registered there, itself.
    Resource(u32, ResourceId),
    /// The guards of a lock that a task has taken.
    Guards(Taken),
}

/// Which lock, by its place in the registry, and which task has taken it, by the index of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Taken {
    by: TaskId,
    record: u32,
    lock: ResourceId,
    place: u32,
}

/// Who has given back all of something.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Had {
    by: HashSet<TaskId>,
    /// With the words of others struck out.
    blindly: bool,
    /// Or has not: a guard that stays taken when the future of who took it is dropped.
    stays: bool,
}

/// Who has all of some things.
#[derive(Debug, Default)]
pub(super) struct Rehearsed {
    arcs: HashMap<Address, Had>,
    senders: HashMap<ResourceId, Had>,
    receivers: HashMap<ResourceId, Had>,
    /// Where the words lie that were struck out.
    struck: HashSet<Address>,
    /// What goes with those who wait for it.
    resources: HashSet<ResourceId>,
    /// Whether a `block_on` is among those who were asked.
    has_roots: bool,
    /// Guards that are in the future of the task that took them, and guards that are not.
    pub(super) guards: HashSet<(TaskId, ResourceId)>,
    pub(super) strays: HashSet<(TaskId, ResourceId)>,
}

impl Rehearsed {
    fn note(&mut self, thing: Thing, had: Had) {
        match thing {
            Thing::Arcs(block) => _ = self.arcs.insert(block, had),
            Thing::Senders(_, id) => _ = self.senders.insert(id, had),
            Thing::Receivers(_, id) => _ = self.receivers.insert(id, had),
            Thing::Resource(_, id) => _ = self.resources.insert(id),
            Thing::Guards(taken) if had.stays => _ = self.strays.insert((taken.by, taken.lock)),
            Thing::Guards(taken) => _ = self.guards.insert((taken.by, taken.lock)),
        }
    }

    /// For givers and for takers: whether the word was left behind where it lies.
    pub(super) fn are_left_behind(&self, trace: &Trace, way: &Way) -> (bool, bool) {
        let Some(id) = trace.resource else { return (false, false) };
        let start = way.from.start;
        let is_struck = self.struck.contains(&way.at);
        let was_left = |had: Option<&Had>| {
            had.is_some_and(|had| match way.owner() {
                _ if had.blindly && is_struck => true,
                Owner::Task(task) => !had.by.contains(&task) && has_had_one(trace, way),
                // What a root's callers have, only the root could have lent.
                Owner::Stack(..) => !self.has_roots && has_had_one(trace, way),
                _ => false,
            })
        };
        let is_left = was_left(self.arcs.get(&start));
        let is_gone = self.resources.contains(&id);
        let side = |all: &HashMap<ResourceId, Had>| {
            let had = all.get(&id);
            let is_left_handle = trace.handle() == Some(start) && was_left(had);
            is_left_handle || (is_left && (is_gone || had.is_some()))
        };
        (side(&self.senders), side(&self.receivers))
    }
}

/// Whether the word, or another one beside it, is what the block is known by. Whoever has nothing but an address
/// in there never had a part, and may have been lent it, by one who waits until that is over.
fn has_had_one(trace: &Trace, way: &Way) -> bool {
    let is_beside = |other: &Way| match (other.owner(), way.owner()) {
        (Owner::Task(other), Owner::Task(task))
        | (Owner::Stack(other, _), Owner::Stack(task, _)) => other == task,
        _ => false,
    };
    let of_block = trace.ways.iter().filter(|other| other.from.start == way.from.start);
    way.is_exact() || of_block.filter(|other| other.is_exact()).any(is_beside)
}

static MAY: AtomicBool = AtomicBool::new(true);

/// Says whether anything may be tried out from now on.
pub fn may_rehearse(may: bool) {
    MAY.store(may, Ordering::Relaxed);
}

/// Tries out what is worth it.
pub(super) fn rehearse(
    traces: &[Trace],
    known: &Known,
    owners: &Owners,
    words: &HashSet<Word>,
) -> Rehearsed {
    let mut rehearsed = Rehearsed::default();
    if !MAY.load(Ordering::Relaxed) {
        return rehearsed;
    }
    let Asked { tasks, things } = worth::asked(traces, known, owners);
    rehearsed.has_roots = tasks.values().any(|task| task.on_stack.is_some());
    let mut had = Vec::new();
    let mut asked = Vec::new();
    for &thing in &things {
        match memo::now(&thing, &tasks) {
            Now::Ask => asked.push(thing),
            Now::Wait => {}
            Now::Known(known) => had.push((thing, known)),
        }
    }
    let sleepers: Vec<Sleeper> = tasks.values().copied().collect();
    let dropped: HashSet<TaskId> = tasks.keys().copied().collect();
    let ask = |struck: &HashSet<Word>, words: &HashSet<Word>| {
        let seen =
            if asked.is_empty() { None } else { frozen::Seen::new(words, owners, Some(&dropped)) };
        let who = seen.and_then(|seen| drops::who_has_all(&sleepers, &asked, struck, &seen));
        who.unwrap_or_else(|| vec![Answer::Unknown; asked.len()])
    };
    let began = Instant::now();
    let seen = ask(&HashSet::new(), &HashSet::new());
    let is_gone = |answer: &Answer| matches!(answer, Answer::Gone(_));
    let now = asked.iter().zip(&seen).filter(|(_, seen)| is_gone(seen)).map(|(thing, _)| thing);
    let given_back = had.iter().map(|(thing, _)| thing).chain(now).copied().collect();
    let (of_asked, struck) = struck::words(traces, &tasks, &things, &given_back, words);
    rehearsed.struck = struck.iter().map(|word| word.at).collect();
    let may_tell_more = !struck.is_empty() && seen.iter().any(is_gone);
    let blindly =
        if may_tell_more { ask(&struck, &of_asked) } else { vec![Answer::Unknown; asked.len()] };
    let took = began.elapsed();
    for ((&thing, seen), blindly) in asked.iter().zip(seen).zip(blindly) {
        let blindly = is_gone(&blindly);
        let now = match (thing, seen) {
            (_, Answer::Unknown) => None,
            (Thing::Guards(taken), seen) if !seen.is_gone_with(taken.by) => {
                Some(Had { by: HashSet::from([taken.by]), blindly, stays: true })
            }
            (_, Answer::Gone(by)) => Some(Had { by, blindly, stays: false }),
            (_, Answer::Left) => None,
        };
        memo::note(thing, now.as_ref(), &tasks, took);
        had.extend(now.map(|now| (thing, now)));
    }
    had.into_iter().for_each(|(thing, had)| rehearsed.note(thing, had));
    rehearsed
}
