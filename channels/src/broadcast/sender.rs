//! The side of a broadcast that sends.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::memory::{Mark, side};
use wakeful_diagnostics::names::Op;
use wakeful_sync::shim::Arc;
use wakeful_sync::wait::{Turn, budget};

use super::Receiver;
use super::shared::Shared;
use crate::error::SendError;

/// Sends values to all receivers. Clones send into the same channel; when the last one is dropped,
/// receivers get what is left for them, and then an error.
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

    /// Sends `value`, and returns how many receivers there are to see it. It never waits.
    ///
    /// Some of them may lose it, if they are too far behind, or go away without looking.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the value, if there is no receiver. A later send may find one, made by
    /// [`subscribe`](Self::subscribe).
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        self.shared.send(value).map_err(SendError)
    }

    /// Makes another receiver, for the values that are sent from now on.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<T> {
        let position = self.shared.enter_receiver();
        Receiver::new(Arc::clone(&self.shared), position)
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

    /// How many values are kept for receivers that have not seen them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Whether every receiver has seen every value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many receivers there are.
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.shared.receivers()
    }

    /// Whether both send into the same channel.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.enter_sender();
        self.mark.cloned(self.shared.points_to());
        Self::new(Arc::clone(&self.shared))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.mark.dropped(self.shared.points_to());
        self.shared.leave_sender();
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
        f.debug_struct("Sender").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed").field("turn", &self.turn).finish_non_exhaustive()
    }
}
