//! The receiving half, and its future.

use std::fmt;
use std::pin::Pin;
// Not the shim's: only the handle it belongs to uses it, so there is nothing to model.
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

use futures::stream::{FusedStream, Stream};
use wakeful_diagnostics::memory::{Trace, side};
use wakeful_diagnostics::names::Op;
use wakeful_sync::shim::Arc;
use wakeful_sync::wait::{Turn, budget};

use crate::chan::{Chan, Side};
use crate::error::TryRecvError;
use crate::select::{Alone, How, NotYet, Operation};

/// The receiving half of a channel.
///
/// Clones receive from the same channel: each value goes to one of them. When the last one is
/// dropped the channel is closed: values in it are dropped, and senders get theirs back.
///
/// It is a [`Stream`] as well, which ends when [`recv`](Self::recv) would return `None`. A stream
/// that was polled keeps its place in line between polls; a value that is handed to it meanwhile is
/// the next one it yields, unless the same handle receives in another way before that.
///
/// A `Receiver` is 24 bytes.
#[repr(C)]
pub struct Receiver<T> {
    chan: Arc<Chan<T>>,
    /// The stream's place in line, or [`NOWHERE`].
    place: AtomicU32,
    /// The rest is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    _side: u32,
    trace: Trace,
}

const NOWHERE: u32 = u32::MAX;

/// The future of [`Receiver::recv`]: 32 bytes.
#[must_use = "a receive does nothing unless you `.await` it"]
pub struct Recv<'a, T> {
    chan: &'a Arc<Chan<T>>,
    turn: Turn,
}

impl<T> Receiver<T> {
    pub(crate) fn new(chan: Arc<Chan<T>>) -> Self {
        let place = AtomicU32::new(NOWHERE);
        Self { chan, place, _side: side::RECEIVER, trace: Trace::new() }
    }

    pub(crate) const fn chan(&self) -> &Arc<Chan<T>> {
        &self.chan
    }

    /// Waits for a value. `None` means the end: the channel is closed, and nothing is left in it.
    ///
    /// Values come in the order in which they were sent. Receivers that wait are served in the
    /// order in which they came.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, rx) = wakeful_channels::channel(1);
    /// tx.send(7).await.unwrap();
    /// drop(tx);
    /// assert_eq!(rx.recv().await, Some(7));
    /// assert_eq!(rx.recv().await, None);
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// No value is lost. One that was already handed to this receive goes to the next receiver in
    /// line, or back to the front of the channel; so a channel can for a moment hold more than its
    /// capacity. In a `select!` it receives only if its arm wins.
    ///
    /// # In reports
    ///
    /// `[channel receive]`
    #[inline]
    #[track_caller]
    pub fn recv(&self) -> Recv<'_, T> {
        self.leave_stream();
        Recv { chan: &self.chan, turn: Turn::new(Op::Recv) }
    }

    /// Receives a value if there is one, or if a sender waits.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is no value yet, [`TryRecvError::Closed`] if there will be
    /// none.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.leave_stream();
        self.chan.try_recv()
    }

    /// Closes the channel, for all its senders. `false` if it was closed already (in Go: a panic).
    ///
    /// Sends that wait get their value back. What is in the channel can still be received.
    /// This is how senders are told to stop.
    ///
    /// # In reports
    ///
    /// A call on a channel that a receiver has closed already is a finding of the kind `misuse`, a
    /// hint, once for each line of source.
    #[allow(clippy::must_use_candidate, reason = "closing is done for its effect")]
    #[track_caller]
    pub fn close(&self) -> bool {
        self.chan.close(Side::Receiver)
    }

    /// Whether the channel is closed. There may be values left in it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.chan.is_closed()
    }

    /// How many values are in the channel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.leave_stream();
        self.chan.len()
    }

    /// Whether no value is in the channel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values fit in; `None` if there is no limit.
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.chan.capacity()
    }

    /// Whether both receive from the same channel.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.chan, &other.chan)
    }

    /// Gives up the place the stream has in line, with what was handed to it: what this handle does
    /// next would otherwise come after itself, and wait for a value it already has.
    #[inline]
    fn leave_stream(&self) {
        if self.place.load(Ordering::Relaxed) != NOWHERE {
            self.leave_place();
        }
    }

    #[cold]
    #[inline(never)]
    fn leave_place(&self) {
        let place = self.place.swap(NOWHERE, Ordering::AcqRel);
        let mut turn = self.stream_turn(place);
        if turn.is_in_line() {
            self.chan.give_up_recv(&mut turn);
        }
    }

    /// The stream's turn. Nobody calls a stream's `poll_next` from a line worth naming, so it is on
    /// behalf of the line that made the channel.
    fn stream_turn(&self, place: u32) -> Turn {
        let site = self.chan.made_at();
        Turn::resume(Op::Recv, site, (place != NOWHERE).then_some(place))
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.chan.enter(Side::Receiver);
        self.trace.cloned(self.chan.points_to());
        Self::new(Arc::clone(&self.chan))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.leave_stream();
        self.trace.dropped(self.chan.points_to());
        self.chan.leave(Side::Receiver);
    }
}

impl<T> Future for Recv<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { chan, turn } = &mut *self;
        match turn.is_in_line() {
            true => Chan::poll_recv_again(chan, turn, cx),
            false => Chan::poll_recv(chan, turn, cx),
        }
    }
}

impl<T> Operation for Recv<'_, T> {
    fn is_in_line(&self) -> bool {
        self.turn.is_in_line()
    }

    fn may_be_ready(&self) -> bool {
        self.chan.may_recv()
    }

    fn poll_arm(&mut self, how: impl How, cx: &Context<'_>) -> Result<Self::Output, NotYet> {
        Chan::recv(self.chan, &mut self.turn, how, cx)
    }
}

impl<T> Drop for Recv<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.turn.is_in_line() {
            self.chan.give_up_recv(&mut self.turn);
        }
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        let place = *this.place.get_mut();
        let mut turn = this.stream_turn(place);
        ready!(budget::proceed_if(cx, || turn.is_in_line() || this.chan.may_recv()));
        let step = Chan::recv(&this.chan, &mut turn, Alone, cx);
        *this.place.get_mut() = turn.suspend().unwrap_or(NOWHERE);
        match step {
            Ok(end) => {
                budget::spend();
                Poll::Ready(end)
            }
            Err(NotYet { .. }) => Poll::Pending,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.chan.len(), None)
    }
}

impl<T> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.place.load(Ordering::Relaxed) == NOWHERE && self.chan.is_drained()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("len", &self.chan.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").field("turn", &self.turn).finish_non_exhaustive()
    }
}
