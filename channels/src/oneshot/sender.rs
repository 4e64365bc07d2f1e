//! The sending half of a oneshot.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::Op;
use wakeful_sync::shim::Arc;
use wakeful_sync::wait::{Turn, budget};

use super::shared::Shared;

/// Sends one value. Dropping it unsent ends the receiver's wait with an error.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
    /// Whether it has sent, and so has nothing left to tell the receiver.
    has_sent: bool,
}

/// The future of [`Sender::closed`].
#[must_use = "it does nothing unless you `.await` it"]
pub struct Closed<'a, T> {
    shared: &'a Shared<T>,
    turn: Turn,
    is_parked: bool,
}

impl<T> Sender<T> {
    pub(super) const fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared, has_sent: false }
    }

    /// Sends the value. It does not wait.
    ///
    /// Success means that the value is there to be received, not that it will be: the receiver may
    /// go away without looking.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone or has closed the channel.
    pub fn send(mut self, value: T) -> Result<(), T> {
        self.shared.send(value)?;
        self.has_sent = true;
        Ok(())
    }

    /// Waits until the receiver is gone or has closed the channel: nobody wants the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use wakeful_channels::{oneshot, select};
    /// # futures_executor::block_on(async {
    /// let (mut tx, rx) = oneshot::<u8>();
    /// drop(rx);
    /// select! {
    ///     _ = std::future::pending::<()>() => unreachable!(),
    ///     () = tx.closed() => {}
    /// }
    /// assert!(tx.is_closed());
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    ///
    /// # In reports
    ///
    /// `[channel closed]`
    #[track_caller]
    pub fn closed(&mut self) -> Closed<'_, T> {
        Closed { shared: &self.shared, turn: Turn::new(Op::Closed), is_parked: false }
    }

    /// Whether nobody wants the value.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if !self.has_sent {
            self.shared.leave_sender();
        }
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(budget::proceed(cx));
        let is_closed = self.shared.poll_closed(&self.turn, cx);
        self.is_parked = !is_closed;
        if !is_closed {
            return Poll::Pending;
        }
        budget::spend();
        Poll::Ready(())
    }
}

impl<T> Drop for Closed<'_, T> {
    fn drop(&mut self) {
        if self.is_parked {
            drop(self.shared.give_up_closed());
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("is_closed", &self.is_closed()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed").field("turn", &self.turn).finish_non_exhaustive()
    }
}
