//! The sending half, and its future.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use wakeful_diagnostics::memory::{Mark, side};
use wakeful_diagnostics::names::Op;
use wakeful_sync::shim::Arc;
use wakeful_sync::wait::Turn;

use crate::chan::{Chan, Side};
use crate::error::{SendError, TrySendError};
use crate::select::{How, NotYet, Operation};

/// The sending half of a channel.
///
/// Clones send into the same channel. When the last one is dropped the channel is closed:
/// receivers take what is left in it, and then get `None`.
///
/// A `Sender` is 24 bytes.
#[repr(C)]
pub struct Sender<T> {
    chan: Arc<Chan<T>>,
    /// It is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    mark: Mark,
}

/// The future of [`Sender::send`]: 32 bytes and an `Option` of the value.
#[must_use = "a send does nothing unless you `.await` it"]
pub struct Send<'a, T> {
    chan: &'a Chan<T>,
    turn: Turn,
    /// `None` while it waits in line, and once it is sent.
    value: Option<T>,
}

impl<T> Sender<T> {
    pub(crate) fn new(chan: Arc<Chan<T>>) -> Self {
        Self { chan, mark: Mark::new(side::SENDER) }
    }

    /// Waits until `value` is on its way: taken by a receiver, or in the channel.
    ///
    /// A receiver that waits gets the value directly. Otherwise, if there is room, it stays in the
    /// channel; and if there is none, the send waits its turn, first come first served.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, rx) = wakeful_channels::channel(1);
    /// tx.send(7).await.unwrap();
    /// rx.close();
    /// assert_eq!(tx.send(8).await.unwrap_err().into_inner(), 8);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError`], with the value, if the channel is closed or becomes so during the wait. In
    /// Go this is a panic; here, after a call of `close`, it is counted as a misuse in the registry.
    /// After [`Receiver::close`](crate::Receiver::close) it means that the senders are to stop, and
    /// nothing is said.
    ///
    /// # Cancel safety
    ///
    /// A send that is dropped before it was ready has not sent: nothing of it stays in the channel,
    /// and the value is dropped with it. In a `select!` it sends only if its arm wins.
    ///
    /// # In reports
    ///
    /// `[channel send]`. A send into a channel that a sender has closed is a finding of the kind
    /// `misuse`, a hint, once for each line of source.
    #[inline]
    #[track_caller]
    pub fn send(&self, value: T) -> Send<'_, T> {
        Send { chan: &self.chan, turn: Turn::new(Op::Send), value: Some(value) }
    }

    /// Sends `value` if a receiver waits or there is room.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] or [`TrySendError::Closed`], with the value.
    ///
    /// # In reports
    ///
    /// As [`send`](Self::send) into a channel that a sender has closed.
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.chan.try_send(value)
    }

    /// Closes the channel, for all its senders. `false` if it was closed already (in Go: a panic).
    ///
    /// Receivers take what is left in the channel, and then get `None`. Sends that wait get their
    /// value back.
    ///
    /// # In reports
    ///
    /// A call on a channel that a sender has closed already is a finding of the kind `misuse`, a
    /// hint, once for each line of source.
    #[allow(clippy::must_use_candidate, reason = "closing is done for its effect")]
    #[track_caller]
    pub fn close(&self) -> bool {
        self.chan.close(Side::Sender)
    }

    /// Whether the channel is closed: by a call, or because a side is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.chan.is_closed()
    }

    /// How many values are in the channel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chan.len()
    }

    /// Whether no value is in the channel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room. A channel of capacity 0 is always full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.chan.is_full()
    }

    /// How many values fit in; `None` if there is no limit.
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.chan.capacity()
    }

    /// Whether both send into the same channel.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.chan, &other.chan)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.chan.enter(Side::Sender);
        self.mark.cloned(self.chan.points_to());
        Self::new(Arc::clone(&self.chan))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.mark.dropped(self.chan.points_to());
        self.chan.leave(Side::Sender);
    }
}

/// A send that is in line no more, and has its value no more, was ready.
#[inline]
fn assert_unsent(is_unsent: bool) {
    assert!(is_unsent, "Send::poll: polled after it was ready; make a new `send` for each value");
}

// The value is moved, never pinned.
impl<T> Unpin for Send<'_, T> {}

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { chan, turn, value } = &mut *self;
        if turn.is_in_line() {
            return chan.poll_send_again(turn, value, cx);
        }
        assert_unsent(value.is_some());
        chan.poll_send(turn, value, cx)
    }
}

impl<T> Operation for Send<'_, T> {
    fn is_in_line(&self) -> bool {
        self.turn.is_in_line()
    }

    fn may_be_ready(&self) -> bool {
        self.chan.may_send()
    }

    fn poll_arm(&mut self, how: impl How, cx: &Context<'_>) -> Result<Self::Output, NotYet> {
        assert_unsent(self.value.is_some() || self.turn.is_in_line());
        self.chan.send(&mut self.turn, &mut self.value, how, cx)
    }
}

impl<T> Drop for Send<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.turn.is_in_line() {
            drop(self.chan.give_up_send(&mut self.turn));
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Send<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Send").field("turn", &self.turn).finish_non_exhaustive()
    }
}
