//! The side of a broadcast that receives.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::memory::{Mark, side};
use wakeful_diagnostics::names::Op;
use wakeful_sync::shim::Arc;
use wakeful_sync::wait::{Turn, budget};

use super::error::{RecvError, TryRecvError};
use super::shared::{Cast, Shared};

/// Receives every value that is sent after it was made.
///
/// It is not `Clone`, as it would not be clear which values the clone gets: use
/// [`resubscribe`](Self::resubscribe), or [`Sender::subscribe`](super::Sender::subscribe).
#[repr(C)]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// It is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    mark: Mark,
    /// The position of the value it receives next.
    position: u64,
}

/// The future of [`Receiver::recv`].
#[must_use = "a receive does nothing unless you `.await` it"]
pub struct Recv<'a, T> {
    receiver: &'a mut Receiver<T>,
    turn: Turn,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, position: u64) -> Self {
        Self { shared, mark: Mark::new(side::RECEIVER), position }
    }

    /// Waits for the next value.
    ///
    /// # Examples
    ///
    /// ```
    /// use wakeful_channels::broadcast::{self, RecvError};
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = wakeful_channels::broadcast(2);
    /// for n in 1..=3 {
    ///     tx.send(n).unwrap();
    /// }
    /// drop(tx);
    /// assert_eq!(rx.recv().await, Err(RecvError::Lagged(1)));
    /// assert_eq!(rx.recv().await, Ok(2));
    /// assert_eq!(rx.recv().await, Ok(3));
    /// assert_eq!(rx.recv().await, Err(RecvError::Closed));
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`RecvError::Lagged`] if values are lost to this receiver, [`RecvError::Closed`] if it has
    /// received everything and no sender is left.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it was ready it has received nothing.
    ///
    /// # In reports
    ///
    /// `[broadcast receive]`
    #[track_caller]
    pub fn recv(&mut self) -> Recv<'_, T> {
        Recv { receiver: self, turn: Turn::new(Op::BroadcastRecv) }
    }

    /// Receives the next value if there is one.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv), and [`TryRecvError::Empty`] if there is no value yet.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError>
    where
        T: Clone,
    {
        self.shared.try_recv(&mut self.position).map(Cast::into_value)
    }

    /// Makes another receiver, for the values that are sent from now on.
    #[must_use]
    pub fn resubscribe(&self) -> Self {
        let position = self.shared.enter_receiver();
        self.mark.cloned(self.shared.points_to());
        Self::new(Arc::clone(&self.shared), position)
    }

    /// How many values were sent that it has not received, lost ones among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.behind(self.position)
    }

    /// Whether it has received everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether no sender is left. There may be values left to receive.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.shared.has_senders()
    }

    /// Whether both receive from the same channel.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.mark.dropped(self.shared.points_to());
        self.shared.leave_receiver(self.position);
    }
}

impl<T: Clone> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(budget::proceed(cx));
        let Self { receiver, turn } = &mut *self;
        match receiver.shared.poll_recv(&mut receiver.position, turn, cx) {
            Some(end) => {
                budget::spend();
                Poll::Ready(end.map(Cast::into_value))
            }
            None => Poll::Pending,
        }
    }
}

impl<T> Drop for Recv<'_, T> {
    fn drop(&mut self) {
        self.receiver.shared.give_up_recv(&mut self.turn);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").field("turn", &self.turn).finish_non_exhaustive()
    }
}
