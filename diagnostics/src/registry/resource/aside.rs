//! What few resources have, apart from their records: a name, and a way to take back their grants.
//!
//! Most locks have no name and are never waited for, and it is their records that there are many of.
//! Invariant: a place is 0, or the index plus one of what is kept for one resource, until it is
//! [forgotten](forget).

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::registry::grants::Recall;
use crate::registry::slab::slab;

#[derive(Debug, Default)]
struct Aside {
    name: Mutex<Option<Cow<'static, str>>>,
    recall: Mutex<Option<Arc<dyn Recall>>>,
}

slab!(Aside);

pub(super) fn set_name(place: &AtomicU32, name: Cow<'static, str>) {
    *lock(&make(place).name) = Some(name);
}

/// Waits for whoever holds it, for the length of a clone.
pub(super) fn name(place: &AtomicU32) -> Option<Cow<'static, str>> {
    lock(&get(place)?.name).clone()
}

/// The same, for whoever must not wait: a busy name is left out.
pub(super) fn try_name(place: &AtomicU32) -> Option<Cow<'static, str>> {
    get(place)?.name.try_lock().ok()?.clone()
}

pub(super) fn set_recall(place: &AtomicU32, recall: Arc<dyn Recall>) {
    *lock(&make(place).recall) = Some(recall);
}

pub(super) fn recall(place: &AtomicU32) -> Option<Arc<dyn Recall>> {
    lock(&get(place)?.recall).clone()
}

/// Returns what is to be dropped once the record has been given back.
pub(super) fn forget(place: &AtomicU32) -> Option<Arc<dyn Recall>> {
    let index = place.swap(0, Ordering::AcqRel).checked_sub(1)?;
    let aside = SLAB.get(index)?;
    *lock(&aside.name) = None;
    let recall = lock(&aside.recall).take();
    give(index, aside);
    recall
}

fn get(place: &AtomicU32) -> Option<&'static Aside> {
    SLAB.get(place.load(Ordering::Acquire).checked_sub(1)?)
}

fn make(place: &AtomicU32) -> &'static Aside {
    get(place).unwrap_or_else(|| {
        let (index, aside) = take();
        let made = place.compare_exchange(0, index + 1, Ordering::AcqRel, Ordering::Acquire);
        match made {
            Ok(_) => aside,
            Err(other) => {
                give(index, aside);
                SLAB.get(other - 1).unwrap_or_else(|| unreachable!("it is never given back"))
            }
        }
    })
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn stretches() -> impl Iterator<Item = (usize, usize)> {
    SLAB.stretches()
}
