//! Rouses the thread that sleeps in the driver, if it sleeps and would sleep too long.
//!
//! Invariants:
//! * a ring is kept until the next sleep, which it ends at once;
//! * the operating system is asked only if somebody sleeps, and once per sleep;
//! * whoever enters a deadline publishes it before looking at `wakes_at`; whoever goes to sleep
//!   publishes "later than everything" there before looking at deadlines. One sees the other.

use std::sync::atomic::Ordering;

use wakeful_sync::shim::{AtomicU32, AtomicU64, fence};

use super::Ticks;

const AWAKE: u32 = 0;
const ASLEEP: u32 = 1;
const RUNG: u32 = 2;

/// The driver's bell.
#[derive(Debug)]
pub(crate) struct Bell {
    state: AtomicU32,
    /// The tick at which the sleeper wakes by itself; 0 while nobody sleeps.
    wakes_at: AtomicU64,
    /// What the sleeper sleeps in; a model has none.
    rope: Option<mio::Waker>,
}

impl Bell {
    /// A bell for whoever sleeps in the poll of `rope`.
    #[must_use]
    pub(crate) const fn new(rope: Option<mio::Waker>) -> Self {
        Self { state: AtomicU32::new(AWAKE), wakes_at: AtomicU64::new(0), rope }
    }

    /// Ends the sleep of the driver, or its next one.
    pub(crate) fn ring(&self) {
        if self.state.swap(RUNG, Ordering::AcqRel) != ASLEEP {
            return;
        }
        if let Some(rope) = &self.rope {
            // An eventfd that is full is readable already: the sleeper wakes.
            let _ = rope.wake();
        }
    }

    /// Rings if the sleeper would wake after `tick`; called once `tick` is published.
    #[inline]
    pub(crate) fn ring_before(&self, tick: Ticks) {
        fence(Ordering::SeqCst);
        if tick.0 < self.wakes_at.load(Ordering::Relaxed) {
            self.ring();
        }
    }

    /// Announces a sleep; deadlines are to be looked at after this. `false`: it was rung.
    #[must_use]
    pub(crate) fn lie_down(&self) -> bool {
        self.wakes_at.store(u64::MAX, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        self.state.compare_exchange(AWAKE, ASLEEP, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Tells at which tick the sleeper will wake by itself; 0 if nothing could make it earlier.
    pub(crate) fn set_alarm(&self, tick: Ticks) {
        self.wakes_at.store(tick.0, Ordering::Relaxed);
    }

    /// Ends the sleep that [`lie_down`](Self::lie_down) announced.
    pub(crate) fn get_up(&self) {
        self.wakes_at.store(0, Ordering::Relaxed);
        self.state.swap(AWAKE, Ordering::AcqRel);
    }

    /// Whether it was rung and nobody has slept since.
    #[cfg(all(test, loom))]
    pub(crate) fn is_rung(&self) -> bool {
        self.state.load(Ordering::Acquire) == RUNG
    }
}
