//! Locks taken in both orders, before they meet.
//!
//! A task that holds one lock and asks for another shows an order. Orders are kept by what the locks
//! are (their class), and by which they are; a ring of orders that can all stand still at the same
//! time is a deadlock that has not happened yet, and is told before the task waits.
//!
//! What is no order: a lock that `try_lock` takes (who holds it has one all the same), or that is
//! waited for in an arm of a `select!` or under a time limit; locks of two branches of one `join!`;
//! what was held while its guard was another task's. Two orders that hold a third lock in common do
//! not meet. Channels, groups and the like are no locks: nothing is foretold of them.
//!
//! What is no proof: an order with a suspension between its locks, after which a join that is not the
//! house's may have gone on with another future of the task. One place that the task sleeps in, at
//! something of the house's, leaves no doubt; several places, a yield, a wait for something foreign
//! and a branch of a `join!` do, and so does anybody who keeps the task's waker. Such an order is told
//! as likely; one that is seen without a doubt later on makes a proof of it. See `fresh`.
//!
//! What cannot be seen: a guard that was moved into a future which a foreign join polls later, and a
//! foreign select or time limit around the second lock.
//!
//! While no runtime asks for the order, all this costs is the question whether one does.

mod cache;
mod check;
mod class;
mod dump;
mod fresh;
mod graph;
mod guards;
mod links;
mod search;
#[cfg(test)]
mod tests;
mod told;
mod witness;

use std::ptr;
use std::task::Waker;

pub(crate) use cache::mix;
pub use dump::{merge, write_to};
pub(crate) use fresh::{
    Aside, Fresh, may_be_asked_for, put_back, set_aside, suspended, suspensions, taken,
};

use crate::names::{Op, ResourceId, Site};
use crate::registry::{Resource, Slot, TaskRecord};
use crate::{current, pulse};

/// Whether anybody asks for the order of locks.
#[inline]
#[must_use]
pub fn is_on() -> bool {
    pulse::now().has_order()
}

/// Whether any open runtime asks for the order; [`policy`](crate::policy) keeps it.
pub(crate) fn switch(is_on: bool) {
    pulse::switch(pulse::ORDER, is_on);
}

/// Notes that a future of the current task goes to sleep, or sleeps on: what the task holds may be
/// another future's from here on.
#[inline]
pub fn suspends() {
    if is_on() {
        suspended();
    }
}

/// How a lock is asked for.
#[derive(Debug)]
pub struct Wish<'a> {
    /// To lock, to read or to write.
    pub op: Op,
    /// The line that asks.
    pub site: Site,
    /// Whether it is one of several that are taken in an order of the house's.
    pub is_sorted: bool,
    /// Whom the one who polls wants to be woken.
    pub waker: &'a Waker,
}

impl Wish<'_> {
    /// Whether the task itself is to be woken, and not a part of it that somebody polls for it: of
    /// several such parts it is not known which holds what.
    fn is_of(&self, task: &'static TaskRecord) -> bool {
        ptr::eq(self.waker.data(), ptr::from_ref(task).cast())
    }
}

/// Something that has not been judged yet.
#[derive(Debug, Clone, Copy)]
pub struct News {
    task: &'static TaskRecord,
    chain: u64,
}

/// Whether the current task, about to take this lock, shows an order that has not been judged yet;
/// then it is to be [judged](judge). To be called only if the order [is asked for](is_on).
#[inline]
#[must_use]
pub fn news(lock: &Resource, op: Op, is_sorted: bool) -> Option<News> {
    let task = current::task().filter(|task| task.holds())?;
    let how = (op as u64) << 48 | u64::from(is_sorted) << 47;
    check::is_news(task, lock, how).map(|chain| News { task, chain })
}

/// Judges an order, before the task waits.
///
/// # Panics
///
/// If that closes a ring for certain, and the task's runtime wants a panic.
#[cold]
pub fn judge(News { task, chain }: News, lock: &Resource, wish: &Wish<'_>) {
    check::judge(task, lock, wish, chain);
}

/// Somebody asked for the first time to write a lock that has a class.
pub(crate) fn written(class: u32, lock: ResourceId) {
    check::written(class, lock.0);
}

/// A lock that has a class is gone.
pub(crate) fn forget(lock: ResourceId) {
    check::forget(lock.0);
}

/// A possession that was marked is over.
#[cold]
pub(crate) fn released(slot: &Slot, head: u64) {
    guards::released(slot, head);
}
