//! Accepts connections on a Unix socket.

use std::fmt;
use std::io;
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Op, Site};
use wakeful_sync::wait::Turn;

use super::UnixStream;
use super::runtime::reactor;
use super::tcp_listener::cannot_bind;
use super::traits::descriptor;
use crate::reactor::{Direction, Place, Registered};

/// A Unix socket that accepts connections.
///
/// The file stays when it is dropped, and must be removed before the path can be bound again.
pub struct UnixListener {
    io: Registered<mio::net::UnixListener>,
}

impl UnixListener {
    /// Listens at `path`.
    ///
    /// # Errors
    ///
    /// The path cannot be had; the error names it.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        match mio::net::UnixListener::bind(path) {
            Ok(listener) => Self::new(listener, "UnixListener::bind", Site::caller()),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                let text = format!(
                    "wakeful::net::UnixListener::bind: {}: {error}; remove the file if nobody \
                     listens there",
                    path.display()
                );
                Err(io::Error::new(error.kind(), text))
            }
            Err(error) => Err(cannot_bind("UnixListener", path.display(), &error)),
        }
    }

    #[track_caller]
    fn new(listener: mio::net::UnixListener, call: &str, site: Site) -> io::Result<Self> {
        let reactor = reactor(call, site);
        Ok(Self { io: Registered::new(listener, mio::Interest::READABLE, &reactor, site)? })
    }

    /// Waits for a connection.
    ///
    /// # Errors
    ///
    /// Those of the operating system. Most pass (too many open files): they are no reason to stop
    /// accepting.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped has taken no connection.
    ///
    /// # In reports
    ///
    /// `IO accept`, with the line of this call.
    #[track_caller]
    pub fn accept(&self) -> AcceptUnix<'_> {
        let place = self.io.place(Direction::Read, Turn::new(Op::Accept));
        AcceptUnix { listener: self, place, site: Site::caller() }
    }

    /// Ready with a connection; of several tasks, the last that called this is woken.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
        let accepted = ready!(self.io.poll_io(
            Direction::Read,
            Op::Accept,
            cx,
            mio::net::UnixListener::accept
        ));
        Poll::Ready(accepted.and_then(|accepted| self.welcome(accepted, self.io.site())))
    }

    fn welcome(
        &self,
        (stream, peer): (mio::net::UnixStream, SocketAddr),
        site: Site,
    ) -> io::Result<(UnixStream, SocketAddr)> {
        Ok((UnixStream::new(stream, self.io.reactor(), site)?, peer))
    }

    /// Takes over a listener of the standard library.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn from_std(listener: net::UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = mio::net::UnixListener::from_std(listener);
        Self::new(listener, "UnixListener::from_std", Site::caller())
    }

    /// Gives the listener to the standard library. It does not block until it is told to.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn into_std(self) -> io::Result<net::UnixListener> {
        self.io.into_inner().map(|listener| std::os::fd::OwnedFd::from(listener).into())
    }

    /// The address it listens at.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
    }

    /// Takes the error that the socket holds, if it holds one.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.io().take_error()
    }
}

/// The future of [`UnixListener::accept`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct AcceptUnix<'a> {
    listener: &'a UnixListener,
    place: Place<'a>,
    site: Site,
}

impl Future for AcceptUnix<'_> {
    type Output = io::Result<(UnixStream, SocketAddr)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { listener, place, site } = &mut *self;
        let accepted = ready!(place.poll_io(cx, || listener.io.io().accept()))?;
        Poll::Ready(listener.welcome(accepted, *site))
    }
}

descriptor!(UnixListener);

impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
