//! What handles carry, so that a search of the memory can tell them from what they leave behind.
//!
//! A move leaves the bytes of what was moved where they were, and a future keeps that place if the
//! handle was ever borrowed there, as `clone` does. So `clone` notes in the handle it was called on
//! where that was. A copy that lies where it says, while another copy with the same trace lies
//! elsewhere, has been moved since: it is what was left behind.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Address;

/// Which side of a channel a handle is on: the upper half of its second word.
pub mod side {
    /// It can send.
    pub const SENDER: u32 = 0x5ead_7e21;
    /// It can receive.
    pub const RECEIVER: u32 = 0x2ece_17e3;
    /// It can do everything.
    pub const BOTH: u32 = 0xb074_51d5;
}

/// Where a handle was when it was last cloned: the third word of a handle.
///
/// The lower 48 bits are the address, as far as an address reaches on today's machines; the upper
/// 16 tell handles that were at one place after each other.
#[derive(Debug)]
#[repr(transparent)]
pub struct Trace(AtomicU64);

const PLACE: u64 = (1 << 48) - 1;

thread_local! {
    static NEXT: Cell<u16> = const { Cell::new(0) };
}

impl Trace {
    /// The trace of a new handle.
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        let number = NEXT.try_with(|next| next.replace(next.get().wrapping_add(1)));
        Self(AtomicU64::new(u64::from(number.unwrap_or(0)) << 48))
    }

    /// The handle is cloned where it is now.
    #[inline]
    pub fn cloned(&self) {
        let here = ptr::from_ref(self).addr() as u64 & PLACE;
        let number = self.0.load(Ordering::Relaxed) & !PLACE;
        self.0.store(number | here, Ordering::Relaxed);
    }
}

impl Default for Trace {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a handle whose first word is at `first` and whose trace says this was cloned there.
pub(super) fn was_cloned_at(first: Address, trace: u64) -> bool {
    trace & PLACE == (first.get() as u64 + 16) & PLACE
}

/// Whether a second word's upper half is that of a handle.
pub(super) const fn is_side(upper: u32) -> bool {
    matches!(upper, side::SENDER | side::RECEIVER | side::BOTH)
}
