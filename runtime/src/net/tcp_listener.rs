//! Accepts TCP connections.

use std::fmt;
use std::io;
use std::net::{self, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::stream::Stream;
use wakeful_diagnostics::names::{Op, Site};
use wakeful_sync::wait::Turn;

use super::address::{Lookup, ToSocketAddrs};
use super::runtime::reactor;
use super::{TcpSocket, TcpStream};
use crate::reactor::{Direction, Place, Registered};

/// A socket that accepts TCP connections.
///
/// Several tasks may accept from it at once, through an `Arc`.
///
/// # Examples
///
/// ```no_run
/// # async fn serve() -> std::io::Result<()> {
/// let listener = wakeful_runtime::net::TcpListener::bind("127.0.0.1:8080").await?;
/// loop {
///     let (mut stream, _peer) = listener.accept().await?;
///     stream.write_all(b"hello\n").await?;
/// }
/// # }
/// ```
pub struct TcpListener {
    io: Registered<mio::net::TcpListener>,
}

impl TcpListener {
    /// Listens on `address`; on the first of several that can be had.
    ///
    /// Port 0 is any free port. The address of a listener that has ended can be had again at once.
    ///
    /// # Errors
    ///
    /// The address cannot be had; the error names it, and the cure if somebody else has it.
    ///
    /// # Panics
    ///
    /// The future panics outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped has bound nothing.
    #[track_caller]
    pub fn bind(address: impl ToSocketAddrs) -> Bind {
        Bind { lookup: Lookup::of(&address), site: Site::caller() }
    }

    /// Waits for a connection.
    ///
    /// # Errors
    ///
    /// Those of the operating system. Most concern one connection (`ConnectionAborted`) or pass
    /// (too many open files): they are no reason to stop accepting.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped has taken no connection.
    ///
    /// # In reports
    ///
    /// `IO accept`, with the line of this call.
    #[track_caller]
    pub fn accept(&self) -> Accept<'_> {
        let place = self.io.place(Direction::Read, Turn::new(Op::Accept));
        Accept { listener: self, place, site: Site::caller() }
    }

    /// Ready with a connection; of several tasks, the last that called this is woken.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accepted =
            ready!(self.io.poll_io(Direction::Read, Op::Accept, cx, mio::net::TcpListener::accept));
        Poll::Ready(accepted.and_then(|accepted| self.welcome(accepted, self.io.site())))
    }

    /// The connections, one after the other; the stream never ends.
    #[track_caller]
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { accept: self.accept() }
    }

    fn welcome(
        &self,
        (stream, peer): (mio::net::TcpStream, SocketAddr),
        site: Site,
    ) -> io::Result<(TcpStream, SocketAddr)> {
        Ok((TcpStream::new(stream, self.io.reactor(), site)?, peer))
    }

    pub(super) fn new(listener: net::TcpListener, call: &str, site: Site) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = mio::net::TcpListener::from_std(listener);
        let reactor = reactor(call, site);
        Ok(Self { io: Registered::new(listener, mio::Interest::READABLE, &reactor, site)? })
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
    pub fn from_std(listener: net::TcpListener) -> io::Result<Self> {
        Self::new(listener, "TcpListener::from_std", Site::caller())
    }

    /// Gives the listener to the standard library. It does not block until it is told to.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn into_std(self) -> io::Result<net::TcpListener> {
        self.io.into_inner().map(net::TcpListener::from)
    }

    /// The address it listens on.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
    }

    /// How many hops packets of its connections may make.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.io().ttl()
    }

    /// Sets how many hops packets of its connections may make.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.io().set_ttl(ttl)
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

/// The future of [`TcpListener::bind`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Bind {
    lookup: Lookup,
    site: Site,
}

impl Future for Bind {
    type Output = io::Result<TcpListener>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let addresses = ready!(self.lookup.poll(cx))?;
        let mut last = None;
        for address in addresses {
            match TcpSocket::listener(address) {
                Ok(listener) => {
                    return Poll::Ready(TcpListener::new(listener, "TcpListener::bind", self.site));
                }
                Err(error) => last = Some(cannot_bind("TcpListener", address, &error)),
            }
        }
        Poll::Ready(Err(last.unwrap_or_else(|| no_addresses(self.lookup.asked()))))
    }
}

/// Names the address, and the cure if there is one.
pub(super) fn cannot_bind(what: &str, address: impl fmt::Display, error: &io::Error) -> io::Error {
    let cure = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another socket has it: stop its process, or bind port 0 for any free one"
        }
        io::ErrorKind::PermissionDenied => {
            "; ports below 1024 need a privilege: choose a higher one"
        }
        io::ErrorKind::AddrNotAvailable => "; no interface of this machine has it",
        _ => "",
    };
    io::Error::new(error.kind(), format!("wakeful::net::{what}::bind: {address}: {error}{cure}"))
}

pub(super) fn no_addresses(asked: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{asked:?} has no addresses"))
}

/// The future of [`TcpListener::accept`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Accept<'a> {
    listener: &'a TcpListener,
    place: Place<'a>,
    site: Site,
}

impl Future for Accept<'_> {
    type Output = io::Result<(TcpStream, SocketAddr)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { listener, place, site } = &mut *self;
        let accepted = ready!(place.poll_io(cx, || listener.io.io().accept()))?;
        Poll::Ready(listener.welcome(accepted, *site))
    }
}

/// The connections of a [`TcpListener`], one after the other.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct Incoming<'a> {
    accept: Accept<'a>,
}

impl Stream for Incoming<'_> {
    type Item = io::Result<TcpStream>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let accepted = ready!(Pin::new(&mut self.accept).poll(cx));
        Poll::Ready(Some(accepted.map(|(stream, _)| stream)))
    }
}

super::traits::descriptor!(TcpListener);

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
