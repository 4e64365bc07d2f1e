//! Futures are dropped, one after another, and what they share is counted before and after.
//!
//! A destructor may hand on what it has, as a pool's does: then who is dropped later gives it back, unless that one
//! is dropped first. So all are dropped in one order, and in another copy in the other; whoever has given
//! anything back in one of them had it.
//!
//! Of what looks like an `Arc`'s two counts that of the `Weak`s is made larger first, in the copy: then its block
//! stays, whatever is dropped in it, and the counts can be read to the end. In one more copy the other one is: an
//! `Arc` that is never the last one leaves the second number alone, and what only counts its users does not.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use super::copy::in_a_copy;
use super::{Sleeper, Taken, Thing, Word, frozen};
use crate::memory::Address;
use crate::names::TaskId;
use crate::registry::{self, Target, TaskRecord, word};

/// Larger than any count that is asked about.
const MORE: usize = 1 << 24;

/// Which of the two counts is made larger.
#[derive(Debug, Clone, Copy)]
enum Raised {
    Strong,
    Weak,
}

/// Drops a future where it lies.
pub(in crate::memory) type DropFn = unsafe fn(*mut ());

/// How the future of a task is dropped that is in its cell.
static DROP: OnceLock<unsafe fn(&'static TaskRecord)> = OnceLock::new();

/// Says how the future of a task is dropped.
///
/// # Safety
///
/// - `drop` may be called, once for a task, if that is asleep and nobody else will touch its future.
pub unsafe fn know_drop(drop: unsafe fn(&'static TaskRecord)) {
    DROP.get_or_init(|| drop);
}

/// See [`DropFn`].
///
/// # Safety
///
/// - there is an `F` that is not dropped yet, and nobody else will touch it.
pub(in crate::memory) unsafe fn drop_in_place<F>(future: *mut ()) {
    // SAFETY: the caller's promise.
    unsafe { ptr::drop_in_place(future.cast::<F>()) };
}

/// What came of asking about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Unknown,
    /// Something of it is left.
    Left,
    /// Nothing is, and these have had parts of it.
    Gone(HashSet<TaskId>),
}

impl Answer {
    /// Whether nothing is left, and this one has had a part.
    pub(super) fn is_gone_with(&self, task: TaskId) -> bool {
        matches!(self, Self::Gone(by) if by.contains(&task))
    }

    /// That of both orders.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Gone(one), Self::Gone(other)) => Self::Gone(&one | &other),
            _ => Self::Left,
        }
    }
}

/// Who has all of these things, among these tasks, where these words are struck out, and none are there but those
/// that were seen: an answer for each.
pub(super) fn who_has_all(
    tasks: &[Sleeper],
    things: &[Thing],
    struck: &HashSet<Word>,
    seen: &frozen::Seen<'_>,
) -> Option<Vec<Answer>> {
    let &drop = DROP.get()?;
    let before: Vec<_> = tasks.iter().map(Sleeper::moment).collect();
    let reversed: Vec<Sleeper> = tasks.iter().rev().copied().collect();
    let one_way = in_order(drop, tasks, things, struck, seen, Raised::Weak)?;
    let other_way = in_order(drop, &reversed, things, struck, seen, Raised::Weak)?;
    let mut answers: Vec<Answer> =
        one_way.into_iter().zip(other_way).map(|(a, b)| a.and(b)).collect();
    let is_gone_arc = |(thing, answer): (&Thing, &Answer)| {
        matches!((thing, answer), (Thing::Arcs(_), Answer::Gone(_)))
    };
    if things.iter().zip(&answers).any(is_gone_arc) {
        let are_arcs = in_order(drop, tasks, things, struck, seen, Raised::Strong)?;
        for ((thing, answer), is_arc) in things.iter().zip(&mut answers).zip(are_arcs) {
            if is_gone_arc((thing, answer)) && !matches!(is_arc, Answer::Gone(_)) {
                *answer = is_arc;
            }
        }
    }
    // Whoever has run meanwhile may have been half done.
    if before != tasks.iter().map(Sleeper::moment).collect::<Vec<_>>() {
        return None;
    }
    Some(answers)
}

/// Who gives back all of these things, if the tasks are dropped in this order.
fn in_order(
    drop: unsafe fn(&'static TaskRecord),
    tasks: &[Sleeper],
    things: &[Thing],
    struck: &HashSet<Word>,
    seen: &frozen::Seen<'_>,
    raised: Raised,
) -> Option<Vec<Answer>> {
    let answer = in_a_copy((tasks.len() + 1) * things.len(), |words| {
        let (ends, given_back) = words.split_at(things.len());
        if seen.are_all() {
            struck.iter().for_each(strike_out);
            try_out(drop, tasks, things, ends, given_back, raised);
        }
    })?;
    let (ends, given_back) = answer.split_at(things.len());
    let who = |n: usize| {
        let of_thing = given_back.iter().skip(n).step_by(things.len());
        let who = tasks.iter().zip(of_thing).filter(|&(_, &parts)| parts > 0);
        who.map(|(task, _)| task.id()).collect()
    };
    let answer = |(n, &end)| match end {
        GONE => Answer::Gone(who(n)),
        LEFT => Answer::Left,
        _ => Answer::Unknown,
    };
    Some(ends.iter().enumerate().map(answer).collect())
}

/// What is left of a thing, if that can be said.
const GONE: u32 = 1;
const LEFT: u32 = 2;

/// No address, and not nothing: who follows it gets no further.
const NOWHERE: usize = 0x00de_ad00_dead_0000;

/// In the copy: strikes out a word that says still what it said.
fn strike_out(word: &Word) {
    let place = ptr::with_exposed_provenance::<AtomicUsize>(word.at.get());
    // SAFETY: a word that was there when the memory was searched; if it is not any more, the copy ends here. It
    // has no other thread, and who looks there gets an address that ends it.
    let place = unsafe { &*place };
    let (says, nowhere) = (word.says.get(), NOWHERE);
    let _ = place.compare_exchange(says, nowhere, Ordering::Relaxed, Ordering::Relaxed);
}

/// In the copy: drops these futures. Nothing is said to be gone where one of them ends other tasks.
fn try_out(
    drop: unsafe fn(&'static TaskRecord),
    tasks: &[Sleeper],
    things: &[Thing],
    ends: &[AtomicU32],
    given_back: &[AtomicU32],
    raised: Raised,
) {
    // One that is dropped may wake the next.
    if !tasks.iter().all(|task| task.record.is_asleep()) {
        return;
    }
    for thing in things {
        if let Thing::Arcs(block) = *thing {
            arcs(block)[raised as usize].fetch_add(MORE, Ordering::Relaxed);
        }
    }
    let alive = others(tasks);
    let mut parts: Vec<usize> = things.iter().map(Thing::parts).collect();
    for (task, given_back) in tasks.iter().zip(given_back.chunks(things.len())) {
        match task.on_stack {
            // SAFETY: it is asleep, it is dropped once, and no other thread is here; what others did to it
            // while the copy was made is seen there, and then nothing is made of the answer.
            None => unsafe { drop(task.record) },
            Some(place) => {
                let future = ptr::with_exposed_provenance_mut(place.start.get());
                // SAFETY: as above; it lies there as long as that is noted.
                let act = AssertUnwindSafe(|| unsafe { (place.drop)(future) });
                // What a destructor's panic leaves undropped is still had.
                let _ = catch_unwind(act);
            }
        }
        for ((thing, parts), given_back) in things.iter().zip(&mut parts).zip(given_back) {
            let before = std::mem::replace(parts, thing.parts());
            given_back.store(before.saturating_sub(*parts) as u32, Ordering::Relaxed);
        }
    }
    if others(tasks) == alive {
        for ((thing, &parts), end) in things.iter().zip(&parts).zip(ends) {
            let is_gone = match (raised, *thing) {
                // Whoever has counted down the second number as well is no `Arc`: its own one stays.
                (Raised::Strong, Thing::Arcs(block)) => arcs(block)[1].load(Ordering::Relaxed) > 0,
                _ => parts == 0,
            };
            end.store(if is_gone { GONE } else { LEFT }, Ordering::Relaxed);
        }
    }
}

impl Thing {
    /// How many parts there are now.
    fn parts(&self) -> usize {
        let resource = |index, id| registry::resource(index).filter(|view| view.id == id);
        match *self {
            Self::Arcs(block) => {
                let [strong, weak] = arcs(block).map(|count| count.load(Ordering::Relaxed));
                // Whoever has a `Weak` can make an `Arc` of it, as long as there is one.
                strong.saturating_add(weak.saturating_sub(MORE))
            }
            Self::Senders(index, id) => resource(index, id).map_or(0, |view| view.givers as usize),
            Self::Receivers(index, id) => {
                resource(index, id).map_or(0, |view| view.takers as usize)
            }
            Self::Resource(index, id) => resource(index, id).is_some().into(),
            Self::Guards(taken) => {
                resource(taken.place, taken.lock).map_or(0, |view| guards(taken, &view))
            }
        }
    }
}

/// The strong and the weak count of what looks like an `Arc`'s block.
fn arcs(block: Address) -> [&'static AtomicUsize; 2] {
    let first = ptr::with_exposed_provenance::<[AtomicUsize; 2]>(block.get());
    // SAFETY: two words that were there when the memory was searched; if they are not any more, the copy
    // ends here. It has no other thread, so they are as good as atomic.
    unsafe { &*first }.each_ref()
}

/// How many guards of the lock the task is noted to have.
fn guards(taken: Taken, lock: &registry::ResourceView) -> usize {
    let signed = lock.holder.is_some_and(|holder| holder.task == taken.by);
    let is_guard = |edge: &registry::EdgeView| {
        edge.op.is_hold() && edge.target == Target::Resource(lock.index, lock.generation)
    };
    let view = registry::task(taken.record).filter(|view| view.id == taken.by);
    let own = view.iter().flat_map(|view| &view.edges).filter(|edge| is_guard(edge)).count();
    let spilled = registry::spilled().filter(|(of, edge)| *of == taken.record && is_guard(edge));
    usize::from(signed) + own + spilled.count()
}

/// The tasks that go on, but for these.
fn others(tasks: &[Sleeper]) -> Vec<TaskId> {
    let these: HashSet<TaskId> = tasks.iter().map(|task| task.id()).collect();
    let goes_on = |record: &&TaskRecord| {
        record.generation() % 2 == 1 && record.word.load(Ordering::Acquire) & word::DONE == 0
    };
    let ids = registry::records().filter(goes_on).map(TaskRecord::id);
    ids.filter(|id| !these.contains(id)).collect()
}
