//! From frame to frame, by frame pointers.
//!
//! Invariants: nothing is loaded but between the stack pointer and the thread's [`bounds`]; each
//! frame lies above the one before. A chain that breaks either ends there, so the walk is safe in a
//! program that uses the register for something else.
//!
//! [`bounds`]: super::bounds

use std::hint::black_box;
use std::sync::OnceLock;

use super::bounds::{self, Bounds};
use super::machine;

/// The most calls of one stack: what is further out is left off.
pub(super) const DEEPEST: usize = 96;

/// Addresses of calls, the innermost first.
#[derive(Debug)]
pub(super) struct Walked {
    calls: [usize; DEEPEST],
    len: usize,
}

impl Walked {
    pub(super) const fn new() -> Self {
        Self { calls: [0; DEEPEST], len: 0 }
    }

    pub(super) fn calls(&self) -> &[usize] {
        &self.calls[..self.len]
    }

    #[inline]
    pub(super) fn push(&mut self, call: usize) -> bool {
        let Some(place) = self.calls.get_mut(self.len) else { return false };
        *place = call;
        self.len += 1;
        true
    }
}

/// The calls that led here, from the caller on.
#[inline(never)]
pub(super) fn walk(to: &mut Walked) {
    let mark = 0_usize;
    let here = (&raw const mark).addr();
    follow(machine::frame_pointer(), here, bounds::here(), to);
}

/// The calls from the frame at `fp` on, on the calling thread; `here` is an address of its stack
/// that is in use.
#[expect(unsafe_code, reason = "the calling thread's own stack is read, within its bounds")]
#[inline]
pub(super) fn follow(mut fp: usize, here: usize, bounds: Bounds, to: &mut Walked) {
    const WORD: usize = size_of::<usize>();
    let readable = bounds.readable(here);
    while readable.contains(&fp) && fp % WORD == 0 {
        // SAFETY: `readable` says that both words lie within the stack of the calling thread, above
        // what is in use.
        let next = unsafe { machine::load(fp) };
        // SAFETY: as above.
        let back = unsafe { machine::load(fp + WORD) };
        let back = without_signature(back);
        // The first page is nobody's code.
        if back < 4096 || !to.push(back - 1) || next <= fp {
            return;
        }
        fp = next;
    }
}

/// Some processors sign return addresses in their top bits.
const fn without_signature(address: usize) -> usize {
    if cfg!(target_arch = "aarch64") { address & ((1 << 48) - 1) } else { address }
}

/// Whether this program has frame pointers: found out once, with calls made for it. What the user's
/// code is compiled with is what this crate is compiled with, but for what is precompiled.
pub(super) fn has_frame_pointers() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| machine::IS_KNOWN && outer_probe())
}

#[inline(never)]
fn outer_probe() -> bool {
    let _base = bounds::base();
    black_box(middle_probe(black_box(1)) > 1)
}

#[inline(never)]
fn middle_probe(n: usize) -> usize {
    black_box(inner_probe(n) + black_box(0))
}

/// How many of the calls that led here are found, when there are at least two.
#[inline(never)]
fn inner_probe(n: usize) -> usize {
    let mut walked = Walked::new();
    walk(&mut walked);
    let lies_in = |call: usize, function: usize| (function..function + 512).contains(&call);
    let [own, caller, ..] = walked.calls() else { return 0 };
    let found = lies_in(*own, inner_probe as fn(usize) -> usize as usize)
        && lies_in(*caller, middle_probe as fn(usize) -> usize as usize);
    black_box(n) + usize::from(found)
}
