//! A connection over a Unix socket.

use std::fmt;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::{self, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Op, Site};

use super::bytes::Bytes;
use super::poll;
use super::runtime::reactor;
use super::traits::{HasStream, descriptor, readiness, reads, writes};
use super::unix_split::{self, OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use crate::reactor::{Direction, Reactor, Registered};

/// A connection over a Unix socket.
///
/// Dropping it closes it; [`into_split`](Self::into_split) gives its halves to two tasks.
pub struct UnixStream {
    pub(super) io: Registered<mio::net::UnixStream>,
}

impl UnixStream {
    /// Connects to whoever listens at `path`.
    ///
    /// # Errors
    ///
    /// Nobody listens there; the error names the path.
    ///
    /// # Panics
    ///
    /// The future panics outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped closes the connection it was making.
    ///
    /// # In reports
    ///
    /// `IO connect`, with the line of this call.
    #[track_caller]
    pub fn connect(path: impl AsRef<Path>) -> ConnectUnix {
        let path = path.as_ref().to_owned();
        ConnectUnix { path, site: Site::caller(), stream: None }
    }

    /// Two streams connected with each other.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)> {
        let site = Site::caller();
        let reactor = reactor("UnixStream::pair", site);
        let (one, other) = mio::net::UnixStream::pair()?;
        Ok((Self::new(one, &reactor, site)?, Self::new(other, &reactor, site)?))
    }

    pub(super) fn new(
        stream: mio::net::UnixStream,
        reactor: &Arc<Reactor>,
        site: Site,
    ) -> io::Result<Self> {
        let interest = mio::Interest::READABLE | mio::Interest::WRITABLE;
        Ok(Self { io: Registered::new(stream, interest, reactor, site)? })
    }

    /// Takes over a connection of the standard library.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn from_std(stream: net::UnixStream) -> io::Result<Self> {
        let site = Site::caller();
        stream.set_nonblocking(true)?;
        let stream = mio::net::UnixStream::from_std(stream);
        Self::new(stream, &reactor("UnixStream::from_std", site), site)
    }

    /// Gives the connection to the standard library. It does not block until it is told to.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn into_std(self) -> io::Result<net::UnixStream> {
        self.io.into_inner().map(|stream| std::os::fd::OwnedFd::from(stream).into())
    }

    /// Lends the two directions, to be used side by side in one task.
    pub const fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        (ReadHalf(self), WriteHalf(self))
    }

    /// Takes the two directions apart, to be used by two tasks.
    #[must_use]
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        unix_split::split(self)
    }

    /// Ends one direction or both, at once; bytes that were written still arrive.
    ///
    /// # Errors
    ///
    /// Those of the operating system; not that it had ended already.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self.io.io().shutdown(how) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        }
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().peer_addr()
    }

    /// Takes the error that the socket holds, if it holds one.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.io().take_error()
    }

    fn close_writing(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl HasStream for UnixStream {
    type Io = mio::net::UnixStream;

    fn registered(&self) -> &Registered<Self::Io> {
        &self.io
    }
}

descriptor!(UnixStream);
readiness!(UnixStream, io: mio::net::UnixStream);
reads!(UnixStream);
writes!(UnixStream);

/// The future of [`UnixStream::connect`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct ConnectUnix {
    path: PathBuf,
    site: Site,
    stream: Option<UnixStream>,
}

impl ConnectUnix {
    fn poll_stream(&mut self, cx: &Context<'_>) -> Poll<io::Result<UnixStream>> {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = mio::net::UnixStream::connect(&self.path)?;
                UnixStream::new(stream, &reactor("UnixStream::connect", self.site), self.site)?
            }
        };
        let stream = self.stream.insert(stream);
        ready!(stream.io.poll_io(Direction::Write, Op::Connect, cx, |io| {
            match io.take_error()? {
                Some(error) => Err(error),
                None => Ok(()),
            }
        }))?;
        Poll::Ready(Ok(self.stream.take().unwrap_or_else(|| unreachable!("just put there"))))
    }
}

impl Future for ConnectUnix {
    type Output = io::Result<UnixStream>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_stream(cx).map_err(|error| {
            let text = format!("connecting to {}: {error}", self.path.display());
            io::Error::new(error.kind(), text)
        })
    }
}

impl fmt::Debug for UnixStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
