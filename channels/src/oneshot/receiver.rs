//! The receiving half of a oneshot: the future of its value.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::future::FusedFuture;
use wakeful_sync::shim::Arc;
use wakeful_sync::wait::budget;

use super::shared::Shared;
use crate::error::{RecvError, TryRecvError};

/// Receives one value: `.await` it, or a `&mut` reference to it.
///
/// # Errors
///
/// [`RecvError`] if the sender was dropped without sending, or if the channel was
/// [closed](Self::close) before, or if the value was received already.
///
/// # Cancel safety
///
/// Waiting on `&mut receiver` can be given up and begun again; the value stays in the channel until
/// it is received. Dropping the receiver drops a value that was sent.
///
/// # In reports
///
/// `[oneshot receive]`, with the line that made the channel.
#[must_use = "a receiver is a future: it does nothing unless you `.await` it"]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Receiver<T> {
    pub(super) const fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// Receives the value if it is there.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if it was not sent yet, [`TryRecvError::Closed`] if it never will be.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.shared.try_recv()
    }

    /// Closes the channel: a value that was not sent yet goes back to its sender. One that was sent
    /// can still be received.
    pub fn close(&mut self) {
        self.shared.close();
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(budget::proceed(cx));
        match self.shared.poll_recv(cx) {
            Some(end) => {
                budget::spend();
                Poll::Ready(end)
            }
            None => Poll::Pending,
        }
    }
}

impl<T> FusedFuture for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.shared.is_terminated()
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        drop(self.shared.leave_receiver());
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
