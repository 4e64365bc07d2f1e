//! Polls of a receive or a send by itself, which is no arm of a select.
//!
//! The first and the further ones are functions of their own, from the budget on: the first one is mostly
//! ready or parks, a further one mostly collects, and neither keeps in registers what only the other one needs.

use std::task::{Context, Poll, ready};

use wakeful_sync::shim::Arc;
use wakeful_sync::wait::{Turn, budget};

use super::Chan;
use super::tie::Kept;
use crate::error::SendError;
use crate::select::{Alone, NotYet};

impl<T> Chan<T> {
    /// The first poll of a receive.
    #[inline(never)]
    pub(crate) fn poll_recv(
        chan: &Arc<Self>,
        turn: &mut Turn,
        cx: &Context<'_>,
    ) -> Poll<Option<T>> {
        ready!(budget::proceed_if(cx, || chan.may_recv()));
        let end = match chan.recv_at_once(chan.lock()) {
            Ok(value) => Some(value),
            Err(state) => match Self::recv_in_turn(chan, state, turn, Alone, cx) {
                Ok(end) => end,
                Err(NotYet { .. }) => return Poll::Pending,
            },
        };
        budget::spend();
        Poll::Ready(end)
    }

    /// A further poll of a receive, which is in line. To collect what it was served with changes nothing for
    /// others.
    #[inline(never)]
    pub(crate) fn poll_recv_again(
        chan: &Arc<Self>,
        turn: &mut Turn,
        cx: &Context<'_>,
    ) -> Poll<Option<T>> {
        ready!(budget::proceed(cx));
        turn.settle();
        let mut state = chan.lock();
        let end = match state.receivers.collect(turn) {
            Some(value) => {
                state.disarm_if_idle();
                value.map(Kept::open)
            }
            None => match Self::recv_in_turn(chan, state, turn, Alone, cx) {
                Ok(end) => end,
                Err(NotYet { .. }) => return Poll::Pending,
            },
        };
        budget::spend();
        Poll::Ready(end)
    }

    /// The first poll of a send.
    #[inline(never)]
    pub(crate) fn poll_send(
        &self,
        turn: &mut Turn,
        value: &mut Option<T>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), SendError<T>>> {
        ready!(budget::proceed_if(cx, || self.may_send()));
        let end = match self.send_at_once(self.lock(), value) {
            Ok(()) => Ok(()),
            Err(state) => match self.send_in_turn(state, turn, value, Alone, cx) {
                Ok(end) => end,
                Err(NotYet { .. }) => return Poll::Pending,
            },
        };
        budget::spend();
        Poll::Ready(end)
    }

    /// A further poll of a send, which is in line.
    #[inline(never)]
    pub(crate) fn poll_send_again(
        &self,
        turn: &mut Turn,
        value: &mut Option<T>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), SendError<T>>> {
        ready!(budget::proceed(cx));
        turn.settle();
        match self.send_again(self.lock(), turn, value, Alone, cx) {
            Ok(end) => {
                budget::spend();
                Poll::Ready(end)
            }
            Err(NotYet { .. }) => Poll::Pending,
        }
    }
}
