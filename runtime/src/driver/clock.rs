//! What time it is for the tasks of a runtime: the real time, or one that a test moves.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// While it is zero, nobody needs to ask which runtime they are in to know the time.
static FROZEN: AtomicUsize = AtomicUsize::new(0);

const RUNNING: u64 = u64::MAX;

/// The clock of a runtime.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    /// Nanoseconds since the start at which it stands still.
    frozen_at: AtomicU64,
}

impl Clock {
    /// A clock that shows the real time.
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), frozen_at: AtomicU64::new(RUNNING) }
    }

    /// Whether any clock of the process stands still.
    #[inline]
    pub(crate) fn any_is_frozen() -> bool {
        FROZEN.load(Ordering::Relaxed) != 0
    }

    /// What time it is.
    #[inline]
    #[must_use]
    pub(crate) fn now(&self) -> Instant {
        match self.frozen_at.load(Ordering::Acquire) {
            RUNNING => Instant::now(),
            nanos => self.start + Duration::from_nanos(nanos),
        }
    }

    /// Whether it stands still.
    #[must_use]
    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen_at.load(Ordering::Acquire) != RUNNING
    }

    /// Stops it: from now on it shows what it is told. There is no way back.
    pub(super) fn freeze(&self) {
        let nanos = self.start.elapsed().as_nanos() as u64;
        let was =
            self.frozen_at.compare_exchange(RUNNING, nanos, Ordering::AcqRel, Ordering::Acquire);
        if was.is_ok() {
            FROZEN.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Moves it to `moment`, if it stands still and that is later.
    pub(super) fn advance_to(&self, moment: Instant) {
        if self.is_frozen() {
            let nanos = moment.saturating_duration_since(self.start).as_nanos();
            let nanos = u64::try_from(nanos).unwrap_or(RUNNING).min(RUNNING - 1);
            self.frozen_at.fetch_max(nanos, Ordering::AcqRel);
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        if self.is_frozen() {
            FROZEN.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
