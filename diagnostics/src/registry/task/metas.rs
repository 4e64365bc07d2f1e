//! Names and labels, apart from the records because few tasks have them.

use std::sync::{Arc, Mutex, PoisonError};

use super::Meta;

#[derive(Debug, Default)]
struct Held(Mutex<Option<Arc<Meta>>>);

super::slab::slab!(Held);

pub(super) fn keep(meta: Arc<Meta>) -> u32 {
    let (index, held) = take();
    *held.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(meta);
    index + 1
}

pub(super) fn get(place: u32) -> Option<Arc<Meta>> {
    let held = SLAB.get(place.checked_sub(1)?)?;
    // Held for the length of a clone by whoever holds it; a busy name is left out.
    held.0.try_lock().ok()?.clone()
}

pub(super) fn forget(place: u32) {
    let Some(index) = place.checked_sub(1) else { return };
    if let Some(held) = SLAB.get(index) {
        *held.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
        give(index, held);
    }
}
