//! How many may ask for what takes room: a snapshot is as large as the program.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// So many snapshots are in memory at once.
const MOST: usize = 2;
/// A further one waits for so long.
const PATIENCE: Duration = Duration::from_secs(5);

#[expect(clippy::mutex_atomic, reason = "a Condvar waits for it")]
static INSIDE: Mutex<usize> = Mutex::new(0);
static LEFT: Condvar = Condvar::new();

/// One of those inside.
#[derive(Debug)]
pub(super) struct Pass(());

impl Pass {
    /// Goes in, or gives up.
    pub(super) fn take() -> Option<Self> {
        let inside = INSIDE.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut inside, _) = LEFT
            .wait_timeout_while(inside, PATIENCE, |inside| *inside >= MOST)
            .unwrap_or_else(PoisonError::into_inner);
        (*inside < MOST).then(|| {
            *inside += 1;
            Self(())
        })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        *INSIDE.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        LEFT.notify_one();
    }
}
