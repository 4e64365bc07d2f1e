//! Stacks of tasks that fall asleep: whether they are taken, and which are known.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use super::table::Table;
use super::walk::{self, Walked};
use crate::config::Stacks;

/// So many stacks are kept, and so many addresses in all: 4.25 MB of memory at the most.
const STACKS: usize = 1 << 15;
const ADDRESSES: usize = 1 << 19;

static TABLE: Table<STACKS, ADDRESSES> = Table::new();

/// One in so many stacks is taken; 0: none.
static ONE_IN: AtomicU32 = AtomicU32::new(0);
/// What was asked for, though it may not be had.
static ASKED: AtomicU32 = AtomicU32::new(0);

/// A stack that is known: which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StackId(pub(crate) u32);

impl StackId {
    /// No stack was taken.
    pub const NONE: Self = Self(0);

    /// Whether there is none.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// An address in each of its calls, the innermost first; empty if there is none.
    #[must_use]
    pub fn addresses(self) -> Vec<usize> {
        TABLE.get(self.0).unwrap_or_default()
    }
}

/// Takes stacks as the most curious of those who run wants it.
pub(crate) fn switch(wanted: impl Iterator<Item = Stacks>) {
    let asked = wanted.filter_map(Stacks::one_in).min().unwrap_or(0);
    let can = cfg!(feature = "stacks") && asked > 0 && walk::has_frame_pointers();
    ASKED.store(asked, Ordering::Relaxed);
    ONE_IN.store(if can { asked } else { 0 }, Ordering::Relaxed);
}

/// Whether stacks were asked for, and cannot be taken for want of frame pointers.
pub(super) fn is_blind() -> bool {
    ASKED.load(Ordering::Relaxed) > 0 && ONE_IN.load(Ordering::Relaxed) == 0
}

/// How many stacks were not kept, for want of room.
pub(super) fn lost() -> u64 {
    TABLE.lost()
}

/// Where the table lies; there are no references in it.
pub(super) fn stretch() -> (usize, usize) {
    TABLE.stretch()
}

/// Whether any stacks are taken.
pub(super) fn is_on() -> bool {
    ONE_IN.load(Ordering::Relaxed) != 0
}

/// The stack of the caller.
#[inline(never)]
pub(crate) fn take() -> StackId {
    let mut walked = Walked::new();
    walk::walk(&mut walked);
    match walked.calls() {
        [] => StackId::NONE,
        calls => StackId(TABLE.enter(calls).unwrap_or(0)),
    }
}

thread_local! {
    /// How many are left out still.
    static LEFT: Cell<i32> = const { Cell::new(0) };
    /// Where chance has come to.
    static CHANCE: Cell<u32> = const { Cell::new(0x9e37_79b9) };
}

/// Whether stacks are taken, and this one of this thread is due: a count that goes down. Where it ends
/// it is asked whether any are wanted; if not, it stays there.
#[inline]
pub(crate) fn is_due() -> bool {
    let left = LEFT.get() - 1;
    LEFT.set(left);
    left < 0 && draw_next()
}

/// The distance between two varies, so that a program that waits in turns is not always seen at the
/// same one.
#[cold]
fn draw_next() -> bool {
    LEFT.set(0);
    let one_in = ONE_IN.load(Ordering::Relaxed);
    if one_in == 0 {
        return false;
    }
    let mut chance = CHANCE.get();
    chance ^= chance << 13;
    chance ^= chance >> 17;
    chance ^= chance << 5;
    CHANCE.set(chance);
    // From 0 to twice as many: on average as many as asked for.
    LEFT.set((chance % (2 * one_in - 1)) as i32);
    true
}
