//! Who may touch what a worker has almost always to itself.
//!
//! The owner goes in and out at every wake, and takes no locked instruction for it; a raider comes once
//! in 10 ms at the most, and only if the owner seems to be stuck elsewhere. Invariants:
//! * the owner says that it is inside before it looks for a raider; a raider says that it is there before
//!   it looks for the owner, with a barrier in between on both sides: one of them sees the other;
//! * who sees the other steps back: a raider for good, the owner until the raider has left.
//!
//! Whether the owner's barrier has to be a fence is a flag beside that of the raider, so that the owner asks
//! for both at once.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::compiler_fence;

use wakeful_sync::shim::{AtomicBool, AtomicU32, thread};

use super::barrier;

/// A raider is there.
const RAIDED: u32 = 1;
/// The owner needs a fence, or has not asked yet whether it does.
const FENCED: u32 = 2;

/// One owner, and now and then a raider.
#[derive(Debug)]
pub(super) struct Latch {
    is_owner_inside: AtomicBool,
    flags: AtomicU32,
}

impl Default for Latch {
    fn default() -> Self {
        Self { is_owner_inside: AtomicBool::new(false), flags: AtomicU32::new(FENCED) }
    }
}

impl Latch {
    /// Runs `f`, which does not panic, as the owner.
    #[inline]
    pub(super) fn own<R>(&self, f: impl FnOnce() -> R) -> R {
        self.is_owner_inside.store(true, Relaxed);
        compiler_fence(SeqCst);
        if self.flags.load(Acquire) != 0 {
            self.come_in();
        }
        let result = f();
        self.is_owner_inside.store(false, Release);
        result
    }

    /// As [`own`](Self::own), if there is nothing to be seen to; else `f` is not run.
    #[inline]
    pub(super) fn own_at_once(&self, f: impl FnOnce()) {
        self.is_owner_inside.store(true, Relaxed);
        compiler_fence(SeqCst);
        if self.flags.load(Acquire) == 0 {
            f();
        }
        self.is_owner_inside.store(false, Release);
    }

    /// The owner, who has said that it is inside, waits until no raider is there.
    #[cold]
    #[inline(never)]
    fn come_in(&self) {
        if barrier::is_light() {
            self.flags.fetch_and(!FENCED, Relaxed);
        }
        loop {
            barrier::light();
            if self.flags.load(Acquire) & RAIDED == 0 {
                return;
            }
            self.is_owner_inside.store(false, Release);
            while self.flags.load(Acquire) & RAIDED != 0 {
                thread::yield_now();
            }
            self.is_owner_inside.store(true, Relaxed);
        }
    }

    /// Runs `f`, which does not panic, as a raider, if nobody else is there.
    pub(super) fn raid<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
        if self.flags.fetch_or(RAIDED, Acquire) & RAIDED != 0 {
            return None;
        }
        let result = (barrier::heavy() && !self.is_owner_inside.load(Acquire)).then(f);
        self.flags.fetch_and(!RAIDED, Release);
        result
    }
}

#[cfg(all(test, loom))]
mod tests {
    use wakeful_sync::shim::{Arc, AtomicUsize, model};

    use super::*;

    struct Place {
        latch: Latch,
        value: AtomicUsize,
    }

    impl Place {
        /// Takes the value as nobody may who is not alone: by a load and a store.
        fn take(&self) -> usize {
            let value = self.value.load(Relaxed);
            self.value.store(0, Relaxed);
            value
        }
    }

    #[test]
    fn what_is_taken_by_the_owner_or_a_raider_is_taken_once() {
        model(|| {
            let place = Arc::new(Place { latch: Latch::default(), value: AtomicUsize::new(0) });
            place.latch.own(|| place.value.store(7, Relaxed));
            assert_eq!(place.latch.raid(|| place.value.load(Relaxed)), Some(7));
            let raider = {
                let place = Arc::clone(&place);
                thread::spawn(move || place.latch.raid(|| place.take()).unwrap_or(0))
            };
            let own = place.latch.own(|| place.take());
            let put = place.latch.own(|| place.value.load(Relaxed));
            assert_eq!(put, 0, "the owner sees what the raider has done");
            assert_eq!(own + raider.join().unwrap(), 7);
        });
    }
}
