//! Which part of a thread's stack may be read.

use std::cell::Cell;
use std::ops::Range;

use super::machine;

const WORD: usize = size_of::<usize>();

/// Of a thread's stack, with the lowest address 0 if it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bounds {
    low: usize,
    high: usize,
    /// What lies above is nobody's business.
    pub(super) limit: usize,
}

impl Bounds {
    /// Where a word and the next can be read by the thread whose bounds these are, and which uses the
    /// stack at `here`: at each address of this range that is a word's.
    #[inline]
    pub(super) const fn readable(self, here: usize) -> Range<usize> {
        match self.are_of(here) {
            true => here..self.limit.saturating_sub(2 * WORD),
            false => 0..0,
        }
    }

    /// Whether `here` is an address of this stack, below the limit.
    #[inline]
    pub(super) const fn are_of(self, here: usize) -> bool {
        self.low != 0 && self.low <= here && here < self.limit && self.limit <= self.high
    }
}

thread_local! {
    static BOUNDS: Cell<Bounds> = const { Cell::new(Bounds { low: 0, high: 0, limit: 0 }) };
}

/// Those of the calling thread; async-signal-safe.
#[inline]
pub(super) fn here() -> Bounds {
    BOUNDS.try_with(Cell::get).unwrap_or_default()
}

/// From where to where the calling thread's stack reaches, and up to where it is the house's; if its
/// [`base`] was ever set.
pub(crate) fn known() -> Option<(usize, usize, usize)> {
    let Bounds { low, high, limit } = here();
    (low != 0).then_some((low, limit, high))
}

/// From here down on this thread's stack the house polls tasks; until the value is dropped.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Base {
    limit: usize,
}

/// Lets stacks of this thread end at the caller.
#[inline(never)]
pub fn base() -> Base {
    let mark = 0_usize;
    let here = (&raw const mark).addr();
    let Bounds { mut low, mut high, limit: before } = self::here();
    if low == 0 {
        (low, high) = machine::this_stack().unwrap_or_default();
    }
    let limit = callers_frame(here, high).unwrap_or(here);
    let _ = BOUNDS.try_with(|bounds| bounds.set(Bounds { low, high, limit }));
    Base { limit: before }
}

/// Where the frame of the caller's caller ends, in a program with frame pointers.
#[expect(unsafe_code, reason = "the caller's frame pointer is read from this thread's stack")]
#[inline(always)]
fn callers_frame(here: usize, high: usize) -> Option<usize> {
    let inside = |address: &usize| {
        *address >= here && *address < high.saturating_sub(WORD) && *address % WORD == 0
    };
    let own = Some(machine::frame_pointer()).filter(inside)?;
    // SAFETY: aligned, above what is in use, and below the end of this thread's stack.
    let callers = unsafe { machine::load(own) };
    Some(callers).filter(inside)
}

impl Drop for Base {
    fn drop(&mut self) {
        // What is known of the thread's stack stays known.
        let _ = BOUNDS.try_with(|bounds| bounds.set(Bounds { limit: self.limit, ..here() }));
    }
}
