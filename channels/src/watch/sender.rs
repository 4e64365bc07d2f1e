//! The side of a watch that changes the value.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::memory::{Mark, side};
use wakeful_diagnostics::names::Op;
use wakeful_sync::shim::Arc;
use wakeful_sync::wait::{Turn, budget};

use super::Receiver;
use super::shared::{Ref, Shared, Side};
use crate::error::SendError;

/// Changes the value of a watch. Clones change the same value; when the last one is dropped,
/// receivers that have seen the last value get an error.
#[repr(C)]
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
    /// It is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    mark: Mark,
}

/// The future of [`Sender::closed`].
#[must_use = "it does nothing unless you `.await` it"]
pub struct Closed<'a, T> {
    shared: &'a Shared<T>,
    turn: Turn,
}

impl<T> Sender<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared, mark: Mark::new(side::SENDER) }
    }

    /// Replaces the value, and wakes all receivers that wait for a change.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the value, if no receiver is left. The old value stays; to replace it
    /// all the same, use [`send_replace`](Self::send_replace).
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.is_closed() {
            return Err(SendError(value));
        }
        drop(self.send_replace(value));
        Ok(())
    }

    /// Replaces the value, also without receivers, and returns the old one.
    #[allow(clippy::must_use_candidate, reason = "the old value is a by-product")]
    pub fn send_replace(&self, mut value: T) -> T {
        self.send_modify(|old| mem::swap(old, &mut value));
        value
    }

    /// Changes the value in place, also without receivers.
    ///
    /// # Panics
    ///
    /// If `modify` panics. Nobody is woken then; the value stays as `modify` left it.
    pub fn send_modify(&self, modify: impl FnOnce(&mut T)) {
        self.shared.modify(|value| {
            modify(value);
            true
        });
    }

    /// Changes the value in place, and wakes receivers only if `modify` returns `true`. Returns
    /// what `modify` did.
    ///
    /// # Panics
    ///
    /// As [`send_modify`](Self::send_modify).
    #[allow(clippy::must_use_candidate, reason = "it is called for its effect")]
    pub fn send_if_modified(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        self.shared.modify(modify)
    }

    /// Borrows the value. Until the borrow is dropped, sends block their threads.
    #[must_use]
    pub fn borrow(&self) -> Ref<'_, T> {
        self.shared.borrow(u64::MAX).0
    }

    /// Makes another receiver; the current value counts as seen.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<T> {
        self.shared.enter(Side::Receiver);
        let (_, version) = self.shared.borrow(0);
        Receiver::new(Arc::clone(&self.shared), version)
    }

    /// Waits until no receiver is left.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    ///
    /// # In reports
    ///
    /// `[channel closed]`
    #[track_caller]
    pub fn closed(&self) -> Closed<'_, T> {
        Closed { shared: &self.shared, turn: Turn::new(Op::Closed) }
    }

    /// Whether no receiver is left.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.receiver_count() == 0
    }

    /// How many receivers there are.
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.shared.receivers()
    }

    /// Whether both change the same value.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.enter(Side::Sender);
        self.mark.cloned(self.shared.points_to());
        Self::new(Arc::clone(&self.shared))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.mark.dropped(self.shared.points_to());
        self.shared.leave(Side::Sender);
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(budget::proceed(cx));
        let Self { shared, turn } = &mut *self;
        if !shared.poll_closed(turn, cx) {
            return Poll::Pending;
        }
        budget::spend();
        Poll::Ready(())
    }
}

impl<T> Drop for Closed<'_, T> {
    fn drop(&mut self) {
        self.shared.give_up_closed(&mut self.turn);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("receivers", &self.receiver_count()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed").field("turn", &self.turn).finish_non_exhaustive()
    }
}
