//! A TCP connection.

use std::fmt;
use std::io;
use std::net::{self, Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::vec;

use socket2::SockRef;
use wakeful_diagnostics::names::{Op, Site};

use super::address::{Lookup, ToSocketAddrs};
use super::bytes::Bytes;
use super::poll;
use super::runtime::reactor;
use super::tcp_listener::no_addresses;
use super::traits::{HasStream, descriptor, readiness, reads, writes};
use super::{OwnedReadHalf, OwnedWriteHalf, Peek, ReadHalf, WriteHalf};
use crate::reactor::{Direction, Reactor, Registered};

/// A TCP connection.
///
/// Dropping it closes it; [`into_split`](Self::into_split) gives its halves to two tasks.
pub struct TcpStream {
    pub(super) io: Registered<mio::net::TcpStream>,
}

impl TcpStream {
    /// Connects to `address`; to the first of several that answers.
    ///
    /// # Errors
    ///
    /// Nobody answers there; the error names the address that was tried last.
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
    pub fn connect(address: impl ToSocketAddrs) -> Connect {
        Connect::new(Lookup::of(&address), Site::caller())
    }

    pub(super) fn new(
        stream: mio::net::TcpStream,
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
    pub fn from_std(stream: net::TcpStream) -> io::Result<Self> {
        let site = Site::caller();
        stream.set_nonblocking(true)?;
        let stream = mio::net::TcpStream::from_std(stream);
        Self::new(stream, &reactor("TcpStream::from_std", site), site)
    }

    /// Gives the connection to the standard library. It does not block until it is told to.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn into_std(self) -> io::Result<net::TcpStream> {
        self.io.into_inner().map(net::TcpStream::from)
    }

    /// Looks at the bytes that came, without taking them.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// # In reports
    ///
    /// `IO read`, with the line of this call.
    #[track_caller]
    pub fn peek<'a>(&'a self, buf: &'a mut [u8]) -> Peek<'a> {
        Peek::new(&self.io, buf, Site::caller())
    }

    /// Ready with a look at the bytes that came; of several tasks, the last that called this, or
    /// reads, is woken.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        self.io.poll_io(Direction::Read, Op::IoRead, cx, |io| io.peek(buf))
    }

    /// Lends the two directions, to be used side by side in one task.
    pub const fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        (ReadHalf(self), WriteHalf(self))
    }

    /// Takes the two directions apart, to be used by two tasks.
    #[must_use]
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        super::tcp_split::split(self)
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

    /// Whether small writes are sent at once.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.io.io().nodelay()
    }

    /// Sets whether small writes are sent at once, or gathered (Nagle's algorithm; the default).
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.io.io().set_nodelay(nodelay)
    }

    /// How many hops packets may make.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.io().ttl()
    }

    /// Sets how many hops packets may make.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.io().set_ttl(ttl)
    }

    /// How long the operating system goes on sending after the stream is dropped.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        SockRef::from(self).linger()
    }

    /// Sets how long the operating system goes on sending after the stream is dropped. Zero resets
    /// the connection. Beware: with another value, dropping the stream blocks its thread.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        SockRef::from(self).set_linger(linger)
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

impl HasStream for TcpStream {
    type Io = mio::net::TcpStream;

    fn registered(&self) -> &Registered<Self::Io> {
        &self.io
    }
}

impl TcpStream {
    fn close_writing(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

descriptor!(TcpStream);
readiness!(TcpStream, io: mio::net::TcpStream);
reads!(TcpStream);
writes!(TcpStream);

/// The future of [`TcpStream::connect`] and [`TcpSocket::connect`](super::TcpSocket::connect).
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Connect {
    lookup: Lookup,
    site: Site,
    addresses: Option<vec::IntoIter<SocketAddr>>,
    attempt: Option<(TcpStream, SocketAddr)>,
    /// What [`TcpSocket`](super::TcpSocket) has begun.
    begun: Option<(mio::net::TcpStream, SocketAddr)>,
    last: Option<io::Error>,
}

impl Connect {
    fn new(lookup: Lookup, site: Site) -> Self {
        Self { lookup, site, addresses: None, attempt: None, begun: None, last: None }
    }

    /// Waits for a connection that was begun, or says why it was not.
    pub(super) fn begun(
        begun: io::Result<mio::net::TcpStream>,
        address: SocketAddr,
        site: Site,
    ) -> Self {
        let mut this = Self::new(Lookup::of(&address), site);
        this.addresses = Some(Vec::new().into_iter());
        match begun {
            Ok(stream) => this.begun = Some((stream, address)),
            Err(error) => this.last = Some(cannot_connect(address, &error)),
        }
        this
    }

    /// Begins with the next address; `None` if there is none.
    fn begin(&mut self) -> Option<io::Result<(TcpStream, SocketAddr)>> {
        let (stream, address) = match self.begun.take() {
            Some((stream, address)) => (Ok(stream), address),
            None => {
                let address = self.addresses.as_mut()?.next()?;
                (mio::net::TcpStream::connect(address), address)
            }
        };
        let site = self.site;
        let enter = |stream| TcpStream::new(stream, &reactor("TcpStream::connect", site), site);
        let entered = stream.and_then(enter).map(|stream| (stream, address));
        Some(entered.map_err(|error| cannot_connect(address, &error)))
    }
}

impl Future for Connect {
    type Output = io::Result<TcpStream>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.addresses.is_none() {
            this.addresses = Some(ready!(this.lookup.poll(cx))?.into_iter());
        }
        loop {
            if let Some((stream, address)) = &this.attempt {
                let address = *address;
                let io = &stream.io;
                let done = ready!(io.poll_io(Direction::Write, Op::Connect, cx, is_connected));
                let (stream, _) = this.attempt.take().unwrap_or_else(|| unreachable!("just seen"));
                match done {
                    Ok(()) => return Poll::Ready(Ok(stream)),
                    Err(error) => this.last = Some(cannot_connect(address, &error)),
                }
            }
            match this.begin() {
                Some(Ok(attempt)) => this.attempt = Some(attempt),
                Some(Err(error)) => this.last = Some(error),
                None => {
                    let nobody = || no_addresses(this.lookup.asked());
                    return Poll::Ready(Err(this.last.take().unwrap_or_else(nobody)));
                }
            }
        }
    }
}

/// Whether a connection that was begun has been made; `WouldBlock` as long as nobody knows.
fn is_connected(stream: &mio::net::TcpStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        Err(error) => Err(error),
    }
}

fn cannot_connect(address: SocketAddr, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("connecting to {address}: {error}"))
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
