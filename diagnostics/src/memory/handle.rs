//! What handles carry, so that a search of the memory can tell them from what they leave behind.
//!
//! A move leaves the bytes of what was moved where they were, and a future keeps that place if the
//! handle was ever borrowed there, as `clone` does. So `clone` notes in the handle it was called on
//! where that was. A copy that lies where it says, while another copy with the same trace lies
//! elsewhere, has been moved since: it is what was left behind. So it is where no other copy is left,
//! because the handle was dropped elsewhere: such traces are remembered for a while. A handle that is
//! dropped where it lies says so: a vector that was cleared is full of them.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Address;
use super::reader::Reader;

/// Which side of a channel a handle is on: the upper half of its second word.
pub mod side {
    /// It can send, or cancel.
    pub const SENDER: u32 = 0x5ead_7e21;
    /// It can receive.
    pub const RECEIVER: u32 = 0x2ece_17e3;
    /// It can do everything.
    pub const BOTH: u32 = 0xb074_51d5;
    /// It is a lock's or a semaphore's: a guard that borrows nothing.
    pub const GUARD: u32 = 0x6a4d_3ed1;
    /// It is no channel's: it is that by which a task's output is taken.
    pub const JOINS: u32 = 0x701e_5a5f;
}

/// What follows the pointer in a handle: its second and third word.
#[derive(Debug)]
#[repr(C)]
pub struct Mark {
    _spare: u32,
    _side: u32,
    trace: Trace,
}

impl Mark {
    /// That of a new handle on this [`side`].
    #[inline]
    #[must_use]
    pub fn new(side: u32) -> Self {
        Self { _spare: 0, _side: side, trace: Trace::new() }
    }

    /// As [`Trace::cloned`].
    #[inline]
    pub fn cloned(&self, to: usize) {
        self.trace.cloned(to);
    }

    /// As [`Trace::dropped`].
    #[inline]
    pub fn dropped(&self, to: usize) {
        self.trace.dropped(to);
    }
}

/// What follows the pointer in a guard that borrows nothing, which is never cloned: its second word.
#[derive(Debug)]
#[repr(C)]
pub struct GuardMark {
    _spare: u32,
    _side: u32,
}

impl GuardMark {
    /// That of a new guard.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { _spare: 0, _side: side::GUARD }
    }
}

impl Default for GuardMark {
    fn default() -> Self {
        Self::new()
    }
}

/// Where a handle was when it was last cloned: the third word of a handle.
///
/// The lower 48 bits are the address, as far as an address reaches on today's machines; the upper
/// 16 tell handles that were at one place after each other.
#[derive(Debug)]
#[repr(transparent)]
pub struct Trace(AtomicU64);

const PLACE: u64 = (1 << 48) - 1;

/// The trace of a handle that was dropped where it lies.
const GONE: u64 = u64::MAX;

/// Of so many handles that were dropped elsewhere than they were cloned the traces are remembered.
const MOST_DROPPED: usize = 1024;

/// Those traces, each where a later one may take its place.
static DROPPED: [AtomicU64; MOST_DROPPED] = [const { AtomicU64::new(0) }; MOST_DROPPED];

/// What is remembered of a trace, which nothing else looks like, and where; `to` is what the handle points to.
const fn remembered(trace: u64, to: u64) -> (u64, usize) {
    let mixed = (trace ^ to.rotate_left(24)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (mixed, (mixed >> 48) as usize % MOST_DROPPED)
}

thread_local! {
    static NEXT: Cell<u16> = const { Cell::new(0) };
}

impl Trace {
    /// The trace of a new handle.
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        // Threads begin at numbers of their own, as far apart as their stacks.
        let number = NEXT.try_with(|next| {
            let number = next.replace(next.get().wrapping_add(1));
            number.wrapping_add((ptr::from_ref(next).addr() >> 12) as u16)
        });
        Self(AtomicU64::new(u64::from(number.unwrap_or(0)) << 48))
    }

    /// The handle, which points there, is cloned where it is now.
    #[inline]
    pub fn cloned(&self, to: usize) {
        let here = ptr::from_ref(self).addr() as u64 & PLACE;
        let before = self.0.load(Ordering::Relaxed);
        let now = (before & !PLACE) | here;
        if now != before {
            self.0.store(now, Ordering::Relaxed);
            // One that said the same may have been dropped.
            let (trace, place) = remembered(now, to as u64);
            if DROPPED[place].load(Ordering::Relaxed) == trace {
                DROPPED[place].store(0, Ordering::Relaxed);
            }
        }
    }

    /// The handle, which points there, is dropped where it is now.
    #[inline]
    pub fn dropped(&self, to: usize) {
        let here = ptr::from_ref(self).addr() as u64 & PLACE;
        let before = self.0.load(Ordering::Relaxed);
        if before & PLACE != 0 && before & PLACE != here {
            let (trace, place) = remembered(before, to as u64);
            DROPPED[place].store(trace, Ordering::Relaxed);
        }
        self.0.store(GONE, Ordering::Relaxed);
    }
}

impl Default for Trace {
    fn default() -> Self {
        Self::new()
    }
}

/// How long the two numbers are that an `Arc` begins with.
pub(super) const COUNTS: usize = 2 * size_of::<usize>();

/// The counts with which the block begins if it is an `Arc`'s: strong and weak ones.
pub(super) fn counts(reader: &Reader, block: Address) -> Option<(usize, usize)> {
    reader.word(block.get()).zip(reader.word(block.get() + COUNTS / 2))
}

/// What the pointer of an `Arc` says that shares this value: its two counts lie before it.
#[inline]
#[must_use]
pub fn points_to<T>(shared: &T) -> usize {
    ptr::from_ref(shared).addr() - COUNTS.max(align_of::<T>())
}

/// Whether a handle whose first word is at `first` and whose trace says this was cloned there.
pub(super) fn was_cloned_at(first: Address, trace: u64) -> bool {
    trace & PLACE == (first.get() as u64 + 16) & PLACE
}

/// Whether a handle with this first word and this trace was dropped: here, or, if it was cloned here, elsewhere.
pub(super) fn was_dropped(first: Address, to: Address, trace: u64) -> bool {
    let is_remembered = || {
        let (trace, place) = remembered(trace, to.get() as u64);
        DROPPED[place].load(Ordering::Relaxed) == trace
    };
    trace == GONE || (was_cloned_at(first, trace) && is_remembered())
}

/// Whether a second word's upper half is that of a handle.
pub(super) const fn is_side(upper: u32) -> bool {
    matches!(upper, side::SENDER | side::RECEIVER | side::BOTH)
}
