//! One word that each lock and each wait looks at: the coarse time, and whether anything is asked for
//! that mostly is not.
//!
//! Apart they would be two or three loads, each after that of an address; so the one that is made anyway,
//! for the time, brings the rest.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::clock::Tick;

/// The order of locks is asked for. The sign of the word, which needs no mask.
pub(crate) const ORDER: u64 = 1 << 63;
/// The block profile counts.
pub(crate) const WAITS: u64 = 1 << 62;

const TICK: u64 = u32::MAX as u64;

/// Alone in its cache line: it is read all the time, and written once in a tick.
#[repr(align(64))]
struct Line(AtomicU64);

static NOW: Line = Line(AtomicU64::new(0));

/// The word as it stood when somebody looked.
#[derive(Debug, Clone, Copy)]
pub struct Pulse(u64);

/// A look at it.
#[inline]
#[must_use]
pub fn now() -> Pulse {
    Pulse(NOW.0.load(Relaxed))
}

impl Pulse {
    /// The last tick anybody read.
    #[inline]
    #[must_use]
    pub const fn tick(self) -> Tick {
        Tick(self.0 as u32)
    }

    /// Whether anybody asks for the order of locks.
    #[inline]
    #[must_use]
    pub const fn has_order(self) -> bool {
        !cfg!(loom) && self.0 & ORDER != 0
    }

    /// Whether nothing is asked for.
    #[inline]
    #[must_use]
    pub const fn is_plain(self) -> bool {
        self.0 <= TICK
    }
}

/// It is this tick, unless it is later already.
pub(crate) fn beat(tick: Tick) {
    let mut seen = NOW.0.load(Relaxed);
    // Few moments begin a tick, and the line is everybody's.
    while tick > Pulse(seen).tick() {
        match NOW.0.compare_exchange(seen, seen & !TICK | u64::from(tick.0), Relaxed, Relaxed) {
            Ok(_) => return,
            Err(now) => seen = now,
        }
    }
}

/// Asks for something, or not any more.
pub(crate) fn switch(flag: u64, is_on: bool) {
    if is_on {
        NOW.0.fetch_or(flag, Relaxed);
    } else {
        NOW.0.fetch_and(!flag, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_leave_the_tick_alone_and_ticks_the_flags() {
        let before = now().tick();
        switch(WAITS, true);
        assert!(!now().is_plain() && now().tick() >= before);
        beat(Tick(before.0 + 2));
        beat(Tick(before.0 + 1));
        assert!(!now().is_plain() && now().tick() >= Tick(before.0 + 2));
        switch(WAITS, false);
        assert!(now().tick() >= Tick(before.0 + 2));
    }
}
