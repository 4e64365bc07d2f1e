//! A future's place at a descriptor.

use std::io;
use std::task::{Context, Poll, ready};

use wakeful_sync::wait::{Turn, budget};

use super::{Direction, Event, Source, Ticket};

/// What a future that waits at a descriptor keeps; dropped, it waits no more.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    source: &'a Source,
    direction: Direction,
    turn: Turn,
    ticket: Option<Ticket>,
}

impl<'a> Place<'a> {
    /// A place that is not taken yet.
    #[must_use]
    pub(crate) const fn new(source: &'a Source, direction: Direction, turn: Turn) -> Self {
        Self { source, direction, turn, ticket: None }
    }

    /// Ready as soon as an operation may not block.
    ///
    /// # Errors
    ///
    /// The runtime has ended.
    pub(crate) fn poll_ready(&mut self, cx: &Context<'_>) -> Poll<io::Result<Event>> {
        let event =
            ready!(self.source.poll_ready(self.direction, &mut self.ticket, &self.turn, cx))?;
        self.leave();
        Poll::Ready(Ok(event))
    }

    /// Does `operation` as soon as it does not block.
    ///
    /// # Errors
    ///
    /// Those of `operation`, or the runtime has ended.
    pub(crate) fn poll_io<R>(
        &mut self,
        cx: &Context<'_>,
        mut operation: impl FnMut() -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        ready!(budget::proceed(cx));
        loop {
            let event = ready!(self.poll_ready(cx))?;
            if let Some(result) = self.source.attempt(self.direction, event, &mut operation) {
                return Poll::Ready(result);
            }
        }
    }

    /// The same for an `operation` that moves up to `asked` bytes.
    ///
    /// # Errors
    ///
    /// Those of `operation`, or the runtime has ended.
    pub(crate) fn poll_bytes(
        &mut self,
        cx: &Context<'_>,
        asked: usize,
        mut operation: impl FnMut() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        ready!(budget::proceed(cx));
        loop {
            let event = ready!(self.poll_ready(cx))?;
            let Self { source, direction, .. } = *self;
            if let Some(result) = source.attempt_bytes(direction, event, asked, &mut operation) {
                return Poll::Ready(result);
            }
        }
    }

    fn leave(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.source.leave(self.direction, ticket);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}
