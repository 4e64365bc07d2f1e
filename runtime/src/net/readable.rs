//! Waits until a socket is ready, without doing anything.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::Site;
use wakeful_sync::wait::{Turn, budget};

use super::Interest;
use crate::reactor::{Descriptor, Direction, Place, Ready, Registered};

/// The future of a socket's `ready`, `readable` and `writable`.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct WaitReady<'a> {
    places: [Option<Place<'a>>; 2],
}

impl<'a> WaitReady<'a> {
    pub(super) fn new<E: Descriptor>(
        socket: &'a Registered<E>,
        interest: Interest,
        site: Site,
    ) -> Self {
        let place = |direction: Direction, wanted: bool| {
            wanted.then(|| socket.place(direction, Turn::at(direction.op(), site)))
        };
        let read = place(Direction::Read, interest.is_readable());
        let write = place(Direction::Write, interest.is_writable());
        Self { places: [read, write] }
    }
}

impl Future for WaitReady<'_> {
    type Output = io::Result<Ready>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(budget::proceed(cx));
        let mut ready = Ready::EMPTY;
        for place in self.places.iter_mut().flatten() {
            if let Poll::Ready(event) = place.poll_ready(cx)? {
                ready |= event.ready;
            }
        }
        if ready.is_empty() {
            return Poll::Pending;
        }
        budget::spend();
        Poll::Ready(Ok(ready))
    }
}
