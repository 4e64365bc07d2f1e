//! The side of a watch that looks at the value.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::memory::{Mark, side};
use wakeful_diagnostics::names::Op;
use wakeful_sync::shim::Arc;
use wakeful_sync::wait::{Turn, budget};

use super::shared::{Ref, Shared, Side};
use crate::error::RecvError;

/// Looks at the value of a watch, and waits for it to change. A clone has seen what its original
/// has seen.
#[repr(C)]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// It is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    mark: Mark,
    /// The version it has seen last.
    seen: u64,
}

/// The future of [`Receiver::changed`].
#[must_use = "it does nothing unless you `.await` it"]
pub struct Changed<'a, T> {
    receiver: &'a mut Receiver<T>,
    turn: Turn,
}

/// The future of [`Receiver::wait_for`].
#[must_use = "it does nothing unless you `.await` it"]
pub struct WaitFor<'a, T, F> {
    shared: &'a Shared<T>,
    seen: &'a mut u64,
    turn: Turn,
    fits: F,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, seen: u64) -> Self {
        Self { shared, mark: Mark::new(side::RECEIVER), seen }
    }

    /// Borrows the value, and leaves it unseen if it was. Until the borrow is dropped, sends block
    /// their threads.
    #[must_use]
    pub fn borrow(&self) -> Ref<'_, T> {
        self.shared.borrow(self.seen).0
    }

    /// Borrows the value, and marks it as seen.
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        let (value, version) = self.shared.borrow(self.seen);
        self.seen = version;
        value
    }

    /// Whether there is a value that was not seen yet.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if there is none, and no sender is left.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        self.shared.changed(self.seen).map(|version| version.is_some())
    }

    /// Takes the current value for one that was not seen yet.
    pub fn mark_changed(&mut self) {
        self.seen = self.seen.saturating_sub(1);
    }

    /// Takes the current value for seen.
    pub fn mark_unchanged(&mut self) {
        drop(self.borrow_and_update());
    }

    /// Waits for a value that was not seen yet, and marks it as seen.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = wakeful_channels::watch(1);
    /// tx.send(2).unwrap();
    /// while rx.changed().await.is_ok() {
    ///     assert_eq!(*rx.borrow(), 2);
    /// #   drop(tx); break;
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the last value was seen and no sender is left.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it was ready it has marked nothing as seen.
    ///
    /// # In reports
    ///
    /// `[watch changed]`
    #[track_caller]
    pub fn changed(&mut self) -> Changed<'_, T> {
        Changed { receiver: self, turn: Turn::new(Op::WatchChanged) }
    }

    /// Waits until the value fits, and borrows it. Looks at the current value first, seen or not;
    /// each value it looks at is marked as seen.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the last value does not fit and no sender is left.
    ///
    /// # Panics
    ///
    /// If `fits` panics.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    ///
    /// # In reports
    ///
    /// `[watch changed]`
    #[track_caller]
    pub fn wait_for<F: FnMut(&T) -> bool>(&mut self, fits: F) -> WaitFor<'_, T, F> {
        let turn = Turn::new(Op::WatchChanged);
        WaitFor { shared: &self.shared, seen: &mut self.seen, turn, fits }
    }

    /// Whether both look at the same value.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.shared.enter(Side::Receiver);
        self.mark.cloned(self.shared.points_to());
        Self::new(Arc::clone(&self.shared), self.seen)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.mark.dropped(self.shared.points_to());
        self.shared.leave(Side::Receiver);
    }
}

impl<T> Future for Changed<'_, T> {
    type Output = Result<(), RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(budget::proceed(cx));
        let Self { receiver, turn } = &mut *self;
        match receiver.shared.poll_changed(receiver.seen, turn, cx) {
            Some(end) => {
                budget::spend();
                Poll::Ready(end.map(|version| receiver.seen = version))
            }
            None => Poll::Pending,
        }
    }
}

impl<T> Drop for Changed<'_, T> {
    fn drop(&mut self) {
        self.receiver.shared.give_up_changed(&mut self.turn);
    }
}

// `fits` is called, never pinned.
impl<T, F> Unpin for WaitFor<'_, T, F> {}

impl<'a, T, F: FnMut(&T) -> bool> Future for WaitFor<'a, T, F> {
    type Output = Result<Ref<'a, T>, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(budget::proceed(cx));
        let Self { shared, seen, turn, fits } = &mut *self;
        loop {
            let (value, version) = shared.borrow(**seen);
            **seen = version;
            if fits(&value) {
                budget::spend();
                return Poll::Ready(Ok(value));
            }
            drop(value);
            match shared.poll_changed(version, turn, cx) {
                Some(Ok(_)) => {}
                Some(Err(end)) => return Poll::Ready(Err(end)),
                None => return Poll::Pending,
            }
        }
    }
}

impl<T, F> Drop for WaitFor<'_, T, F> {
    fn drop(&mut self) {
        self.shared.give_up_changed(&mut self.turn);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("seen", &self.seen).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Changed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changed").field("turn", &self.turn).finish_non_exhaustive()
    }
}

impl<T, F> fmt::Debug for WaitFor<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFor").field("turn", &self.turn).finish_non_exhaustive()
    }
}
