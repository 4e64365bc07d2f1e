//! Polls by hand, and counts how often it was woken.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Somebody who polls.
pub(crate) struct Hand {
    count: Arc<Count>,
    waker: Waker,
}

impl Hand {
    pub(crate) fn new() -> Self {
        let count = Arc::<Count>::default();
        Self { waker: Arc::clone(&count).into(), count }
    }

    /// How often it was woken so far.
    pub(crate) fn wakes(&self) -> usize {
        self.count.0.load(Ordering::SeqCst)
    }

    pub(crate) fn poll<F: Future + Unpin>(&self, future: &mut F) -> Poll<F::Output> {
        Pin::new(future).poll(&mut Context::from_waker(&self.waker))
    }

    #[track_caller]
    pub(crate) fn parks<F: Future + Unpin>(&self, future: &mut F) {
        assert!(self.poll(future).is_pending(), "it did not have to wait");
    }

    #[track_caller]
    pub(crate) fn gets<F: Future + Unpin>(&self, future: &mut F) -> F::Output {
        match self.poll(future) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it waits"),
        }
    }
}

/// Polls once, as somebody who is never woken.
#[track_caller]
pub(crate) fn now<F: Future + Unpin>(mut future: F) -> F::Output {
    Hand::new().gets(&mut future)
}
