//! Who may touch what a worker has almost always to itself.
//!
//! The owner goes in and out at every wake, and takes no locked instruction for it; a raider comes once
//! in 10 ms at the most, and only if the owner seems to be stuck elsewhere. Invariants:
//! * the owner says that it is inside before it looks for a raider; a raider says that it is there before
//!   it looks for the owner, with a barrier in between on both sides: one of them sees the other;
//! * who sees the other steps back: a raider for good, the owner until the raider has left.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use wakeful_sync::shim::{AtomicBool, thread};

use super::barrier;

/// One owner, and now and then a raider.
#[derive(Debug)]
pub(super) struct Latch {
    is_owner_inside: AtomicBool,
    is_raided: AtomicBool,
}

impl Default for Latch {
    fn default() -> Self {
        Self { is_owner_inside: AtomicBool::new(false), is_raided: AtomicBool::new(false) }
    }
}

impl Latch {
    /// Runs `f`, which does not panic, as the owner.
    #[inline]
    pub(super) fn own<R>(&self, f: impl FnOnce() -> R) -> R {
        self.is_owner_inside.store(true, Relaxed);
        barrier::light();
        if self.is_raided.load(Acquire) {
            self.step_back();
        }
        let result = f();
        self.is_owner_inside.store(false, Release);
        result
    }

    #[cold]
    fn step_back(&self) {
        loop {
            self.is_owner_inside.store(false, Release);
            while self.is_raided.load(Acquire) {
                thread::yield_now();
            }
            self.is_owner_inside.store(true, Relaxed);
            barrier::light();
            if !self.is_raided.load(Acquire) {
                return;
            }
        }
    }

    /// Runs `f`, which does not panic, as a raider, if nobody else is there.
    pub(super) fn raid<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
        if self.is_raided.swap(true, Acquire) {
            return None;
        }
        let result = (barrier::heavy() && !self.is_owner_inside.load(Acquire)).then(f);
        self.is_raided.store(false, Release);
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
