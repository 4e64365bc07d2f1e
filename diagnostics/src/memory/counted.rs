//! Which of the words that look like an `Arc` are one, as far as its count tells.
//!
//! A move leaves its bytes behind, and a `main` that has handed on or dropped its `Arc` of the state
//! looks as if it still had it, for as long as it lives. But an `Arc` begins with how many there are;
//! and a task that waits for something in it, or holds a lock in it, has one, if there is no other way
//! from the task to that. Where such tasks are as many as the count says, they have them all, and
//! what lies in other futures was left behind.
//!
//! Only words in futures are passed over. The task may have left its own word behind, too, and wait
//! through a static or another block: from those words the search goes on. What is not known is that
//! a block is an `Arc`'s: two numbers at the beginning of another one that is never freed may say by
//! chance what such a count would. So no proof rests on it: who has a reference to a lock is told without.

use std::collections::{HashMap, HashSet};

use super::Address;
use super::handle::{COUNTS, counts};
use super::owners::{Owner, Owners};
use super::trace::{Trace, Way};
use crate::names::{ResourceId, TaskId};

/// For each resource, the tasks that wait for it or hold it and are asleep, and for what.
pub type Needs = HashMap<ResourceId, HashMap<TaskId, Need>>;

/// What a task needs of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To put something in.
    Give,
    /// To take something out.
    Take,
    /// Anything else.
    Have,
}

/// Words to a block, or handles of one side of a channel, of which it is known who has them all.
#[derive(Debug, Default)]
pub(super) struct Settled {
    blocks: HashMap<Address, HashSet<TaskId>>,
    senders: HashMap<Address, HashSet<TaskId>>,
    receivers: HashMap<Address, HashSet<TaskId>>,
}

impl Settled {
    pub(super) fn of(traces: &[Trace], needs: &Needs, owners: &Owners) -> Self {
        let mut this = Self::default();
        for trace in traces.iter().filter(|trace| trace.next.is_empty()) {
            for (&task, &need) in trace.resource.and_then(|id| needs.get(&id)).into_iter().flatten()
            {
                // A root may borrow from its caller what it does not have itself.
                let Some(block) = only_way(trace, task, need).filter(|_| !owners.is_root(task))
                else {
                    continue;
                };
                let is_handle = trace.handle() == Some(block);
                match need {
                    Need::Give if is_handle => this.senders.entry(block).or_default().insert(task),
                    Need::Take if is_handle => {
                        this.receivers.entry(block).or_default().insert(task)
                    }
                    _ => this.blocks.entry(block).or_default().insert(task),
                };
            }
        }
        let counts: HashMap<Address, (u32, u32)> =
            traces.iter().filter_map(|trace| trace.handle().zip(trace.counts)).collect();
        let are_all = |count: Option<u32>, tasks: &HashSet<TaskId>| {
            count.is_some_and(|count| count as usize == tasks.len())
        };
        this.blocks.retain(|block, tasks| arcs(owners, *block) == Some(tasks.len()));
        this.senders.retain(|at, tasks| are_all(counts.get(at).map(|count| count.0), tasks));
        this.receivers.retain(|at, tasks| are_all(counts.get(at).map(|count| count.1), tasks));
        this
    }

    /// For givers and for takers: whether the word lies in a future, and was left behind there.
    pub(super) fn are_left_behind(&self, way: &Way) -> (bool, bool) {
        let (Owner::Task(task) | Owner::Ended(task, _)) = way.owner else { return (false, false) };
        let is_in = |words: &HashMap<Address, HashSet<TaskId>>| {
            words.get(&way.from.start).is_some_and(|tasks| !tasks.contains(&task))
        };
        let is_everywhere = is_in(&self.blocks);
        (is_everywhere || is_in(&self.senders), is_everywhere || is_in(&self.receivers))
    }
}

/// The beginning of the block to which all words of the task lead that lead to the resource, if one of
/// them is its address.
fn only_way(trace: &Trace, task: TaskId, need: Need) -> Option<Address> {
    // At the beginning of an `Arc` of the house's own, it is what waits and permits borrow from that.
    let is_lent = |way: &&Way| {
        let first = way.from.start.get() + COUNTS;
        way.to == trace.anchor && first == trace.anchor.get()
    };
    let is_owner = |way: &&Way| match (trace.lock, need) {
        // A reference to a lock is no reason why there is that lock.
        (Some(lock), _) => way.takes && way.to != lock,
        (None, Need::Give) => way.gives,
        (None, Need::Take) => way.takes,
        (None, Need::Have) => true,
    };
    // Nobody waits through what lies in an output that is not taken yet.
    let is_left = |way: &&Way| trace.ended.contains(&way.from.start);
    let owners = trace.ways.iter().filter(is_owner).filter(|way| !is_lent(way) && !is_left(way));
    let mut ways = owners.filter(|way| match way.owner {
        Owner::Task(owner) | Owner::Stack(owner, _) => owner == task,
        _ => false,
    });
    let first = ways.next()?;
    let block = first.from.start;
    let mut is_exact = first.to == block;
    for way in ways {
        if way.from.start != block {
            return None;
        }
        is_exact |= way.to == block;
    }
    is_exact.then_some(block)
}

/// How many `Arc`s there are of the block, if it is one and there is no `Weak`.
fn arcs(owners: &Owners, block: Address) -> Option<usize> {
    let (strong, weak) = counts(&owners.reader, block)?;
    (weak == 1).then_some(strong)
}
