//! A descriptor that is entered with the reactor of a runtime.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use mio::{Interest, Token};
use wakeful_diagnostics::current;
use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::TaskRecord;
use wakeful_sync::wait::{Turn, budget};

use super::{Direction, Place, Reactor, Source};

/// What can be entered: it has a descriptor.
pub(crate) trait Descriptor: mio::event::Source {
    /// Its number, for reports.
    fn number(&self) -> u32;
}

#[cfg(unix)]
impl<E: mio::event::Source + std::os::fd::AsRawFd> Descriptor for E {
    fn number(&self) -> u32 {
        self.as_raw_fd() as u32
    }
}

#[cfg(windows)]
impl<E: mio::event::Source + std::os::windows::io::AsRawSocket> Descriptor for E {
    fn number(&self) -> u32 {
        self.as_raw_socket() as u32
    }
}

/// A descriptor and its readiness; dropped, it leaves the reactor.
pub(crate) struct Registered<E: Descriptor> {
    io: Option<E>,
    token: Token,
    source: Arc<Source>,
    reactor: Arc<Reactor>,
    site: Site,
}

impl<E: Descriptor> Registered<E> {
    /// Enters `io`. `site` is where the user's code made it: a `poll_` method knows no better.
    ///
    /// # Errors
    ///
    /// The runtime has ended, or the operating system refuses.
    pub(crate) fn new(
        mut io: E,
        interest: Interest,
        reactor: &Arc<Reactor>,
        site: Site,
    ) -> io::Result<Self> {
        let number = io.number();
        let (token, source) = reactor.enter(&mut io, number, interest)?;
        Ok(Self { io: Some(io), token, source, reactor: Arc::clone(reactor), site })
    }

    /// The reactor it is entered with.
    pub(crate) const fn reactor(&self) -> &Arc<Reactor> {
        &self.reactor
    }

    /// The descriptor.
    pub(crate) fn io(&self) -> &E {
        self.io.as_ref().unwrap_or_else(|| unreachable!("taken out only by `into_inner`"))
    }

    /// Where it was made.
    pub(crate) const fn site(&self) -> Site {
        self.site
    }

    /// A place for a future that waits for `op` from the line in `turn`.
    pub(crate) fn place(&self, direction: Direction, turn: Turn) -> Place<'_> {
        Place::new(&self.source, direction, turn)
    }

    /// Takes the descriptor out of the reactor.
    ///
    /// # Errors
    ///
    /// The operating system refuses; the descriptor is closed.
    pub(crate) fn into_inner(mut self) -> io::Result<E> {
        let mut io =
            self.io.take().unwrap_or_else(|| unreachable!("taken out only by `into_inner`"));
        self.reactor.leave(&mut io, self.token)?;
        Ok(io)
    }

    /// Does `operation` now, unless it is known to block.
    ///
    /// # Errors
    ///
    /// Those of `operation`; [`WouldBlock`](io::ErrorKind::WouldBlock); the runtime has ended.
    pub(crate) fn try_io<R>(
        &self,
        direction: Direction,
        operation: impl FnOnce(&E) -> io::Result<R>,
    ) -> io::Result<R> {
        let event = self.source.ready(direction)?.ok_or(io::ErrorKind::WouldBlock)?;
        let result = operation(self.io());
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.source.clear(direction, event);
        }
        result
    }

    /// Does `operation` as soon as it does not block, for a `poll_` method.
    ///
    /// # Errors
    ///
    /// Those of `operation`, or the runtime has ended.
    pub(crate) fn poll_io<R>(
        &self,
        direction: Direction,
        op: Op,
        cx: &Context<'_>,
        mut operation: impl FnMut(&E) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        ready!(budget::proceed(cx));
        let turn = Turn::at(op, self.site);
        loop {
            let event = ready!(self.source.poll_ready_last(direction, &turn, cx))?;
            let operation = || operation(self.io());
            if let Some(result) = self.source.attempt(direction, event, operation) {
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
        &self,
        direction: Direction,
        cx: &Context<'_>,
        asked: usize,
        mut operation: impl FnMut(&E) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        ready!(budget::proceed(cx));
        let turn = Turn::at(polled_for(direction), self.site);
        loop {
            let event = ready!(self.source.poll_ready_last(direction, &turn, cx))?;
            let operation = || operation(self.io());
            if let Some(result) = self.source.attempt_bytes(direction, event, asked, operation) {
                return Poll::Ready(result);
            }
        }
    }
}

/// What is read in a task that handles a request, and not by its handler, is that of its client.
fn polled_for(direction: Direction) -> Op {
    match direction {
        Direction::Read if current::task().is_some_and(TaskRecord::reads_beside_handler) => {
            Op::Client
        }
        direction => direction.op(),
    }
}

impl<E: Descriptor> Drop for Registered<E> {
    fn drop(&mut self) {
        if let Some(mut io) = self.io.take() {
            // Closing it takes it out as well, unless somebody has duplicated it.
            let _ = self.reactor.leave(&mut io, self.token);
        }
    }
}

impl<E: Descriptor> fmt::Debug for Registered<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered").field("fd", &self.io().number()).finish_non_exhaustive()
    }
}
