//! Which of the words that look like a handle of a channel are one, as far as their number tells.
//!
//! A move leaves its bytes behind, and a `main` that has handed on or dropped its sender looks as if it still
//! had it, for as long as it lives. But a channel knows how many there are; and a task that sends has one, if
//! there is no other way from it to the channel. Where such tasks are as many as the count says, they have
//! them all, and what lies in other futures was left behind.
//!
//! Only words in futures are passed over. What an `Arc` begins with is such a count, too, but whatever counts those
//! who use it looks the same; so of those it has to be tried out, see [`rehearsal`](super::rehearsal).

use std::collections::{HashMap, HashSet};

use super::Address;
use super::owners::{Owner, Owners};
use super::rehearsal::Rehearsed;
use super::trace::{Trace, Way};
use crate::names::{ResourceId, TaskId};

/// For each channel, the tasks that wait for it and are asleep, and for what.
pub type Needs = HashMap<ResourceId, HashMap<TaskId, Need>>;

/// What a task needs of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To put something in.
    Give,
    /// To take something out.
    Take,
}

/// Handles of one side of a channel of which it is known who has them all, by where they point to, and what was
/// tried out.
#[derive(Debug, Default)]
pub(super) struct Settled {
    senders: HashMap<Address, HashSet<TaskId>>,
    receivers: HashMap<Address, HashSet<TaskId>>,
    rehearsed: Rehearsed,
}

impl Settled {
    pub(super) fn of(
        traces: &[Trace],
        needs: &Needs,
        owners: &Owners,
        rehearsed: Rehearsed,
    ) -> Self {
        let mut this = Self { rehearsed, ..Self::default() };
        for trace in traces.iter().filter(|trace| trace.next.is_empty()) {
            let Some((handle, (senders, receivers))) = trace.handle().zip(trace.counts) else {
                continue;
            };
            let needs = trace.resource.and_then(|id| needs.get(&id));
            let who = |wanted| {
                let tasks = needs.into_iter().flatten().filter(|&(_, &need)| need == wanted);
                // A root may borrow from its caller what it does not have itself.
                let tasks = tasks.map(|(&task, _)| task).filter(|&task| !owners.is_root(task));
                tasks.filter(|&task| is_only_way(trace, handle, task, wanted)).collect()
            };
            let (give, take): (HashSet<TaskId>, HashSet<TaskId>) =
                (who(Need::Give), who(Need::Take));
            if senders > 0 && give.len() == senders as usize {
                this.senders.insert(handle, give);
            }
            if receivers > 0 && take.len() == receivers as usize {
                this.receivers.insert(handle, take);
            }
        }
        this
    }

    /// For givers and for takers: whether the word was left behind where it lies.
    pub(super) fn are_left_behind(&self, trace: &Trace, way: &Way) -> (bool, bool) {
        let is_counted = |words: &HashMap<Address, HashSet<TaskId>>| match way.owner() {
            Owner::Task(task) | Owner::Ended(task, _) => {
                words.get(&way.from.start).is_some_and(|tasks| !tasks.contains(&task))
            }
            _ => false,
        };
        let (gives, takes) = self.rehearsed.are_left_behind(trace, way);
        (gives || is_counted(&self.senders), takes || is_counted(&self.receivers))
    }
}

/// Whether all words of the task that lead to the channel on this side are handles.
fn is_only_way(trace: &Trace, handle: Address, task: TaskId, need: Need) -> bool {
    let is_on_side = |way: &&Way| match need {
        Need::Give => way.gives,
        Need::Take => way.takes,
    };
    // Nobody waits through what lies in an output that is not taken yet.
    let is_left = |way: &&Way| trace.ended.contains(&way.from.start);
    let ways = trace.ways.iter().filter(is_on_side).filter(|way| !is_left(way));
    let mut ways = ways.filter(|way| match way.owner() {
        Owner::Task(owner) | Owner::Stack(owner, _) => owner == task,
        _ => false,
    });
    let mut is_any = false;
    ways.all(|way| {
        is_any |= way.to == handle;
        way.from.start == handle
    }) && is_any
}
