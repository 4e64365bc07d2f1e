//! Many tasks, and one that waits until all have come so far.

use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Waker};

/// Counts the tasks that have come to a point, and wakes the one that waits for that.
#[derive(Default)]
pub(super) struct Crowd {
    come: AtomicU64,
    wanted: AtomicU64,
    waits: Mutex<Option<Waker>>,
}

impl Crowd {
    /// One more has come.
    pub(super) fn come(&self) {
        let come = self.come.fetch_add(1, Ordering::SeqCst) + 1;
        if come == self.wanted.load(Ordering::SeqCst)
            && let Some(waker) = self.waits.lock().expect("no panic").take()
        {
            waker.wake();
        }
    }

    /// Until so many have come, of all times together.
    pub(super) async fn wait(&self, count: u64) {
        poll_fn(|cx| {
            *self.waits.lock().expect("no panic") = Some(cx.waker().clone());
            self.wanted.store(count, Ordering::SeqCst);
            match self.come.load(Ordering::SeqCst) >= count {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}
