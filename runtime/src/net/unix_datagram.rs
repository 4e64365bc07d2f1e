//! Datagrams over Unix sockets.

use std::fmt;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::{self, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use wakeful_diagnostics::names::Site;
use wakeful_sync::wait::Turn;

use super::runtime::reactor;
use super::tcp_listener::cannot_bind;
use super::traits::{descriptor, readiness};
use crate::reactor::{Direction, Place, Registered};

/// A Unix socket for datagrams. Its methods take `&self`: several tasks may send and receive.
pub struct UnixDatagram {
    io: Registered<mio::net::UnixDatagram>,
}

impl UnixDatagram {
    /// Binds to `path`.
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
        let bound = mio::net::UnixDatagram::bind(path)
            .map_err(|error| cannot_bind("UnixDatagram", path.display(), &error))?;
        Self::new(bound, "UnixDatagram::bind", Site::caller())
    }

    /// A socket without an address.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn unbound() -> io::Result<Self> {
        let socket = mio::net::UnixDatagram::unbound()?;
        Self::new(socket, "UnixDatagram::unbound", Site::caller())
    }

    /// Two sockets connected with each other.
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
        let (one, other) = mio::net::UnixDatagram::pair()?;
        let site = Site::caller();
        let call = "UnixDatagram::pair";
        Ok((Self::new(one, call, site)?, Self::new(other, call, site)?))
    }

    #[track_caller]
    fn new(socket: mio::net::UnixDatagram, call: &str, site: Site) -> io::Result<Self> {
        let interest = mio::Interest::READABLE | mio::Interest::WRITABLE;
        Ok(Self { io: Registered::new(socket, interest, &reactor(call, site), site)? })
    }

    /// Takes over a socket of the standard library.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn from_std(socket: net::UnixDatagram) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let socket = mio::net::UnixDatagram::from_std(socket);
        Self::new(socket, "UnixDatagram::from_std", Site::caller())
    }

    /// Gives the socket to the standard library. It does not block until it is told to.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn into_std(self) -> io::Result<net::UnixDatagram> {
        self.io.into_inner().map(|socket| std::os::fd::OwnedFd::from(socket).into())
    }

    /// Sends to `path`, and receives from nobody else, from now on.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn connect(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.io.io().connect(path)
    }

    /// Sends a datagram to whom it is connected with.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped has sent nothing.
    ///
    /// # In reports
    ///
    /// `IO write`, with the line of this call.
    #[track_caller]
    pub fn send<'a>(&'a self, datagram: &'a [u8]) -> SendUnix<'a> {
        SendUnix { socket: self, datagram, to: None, place: self.place(Direction::Write) }
    }

    /// Sends a datagram to `to`. As [`send`](Self::send).
    #[track_caller]
    pub fn send_to<'a>(&'a self, datagram: &'a [u8], to: impl AsRef<Path>) -> SendUnix<'a> {
        let to = Some(to.as_ref().to_owned());
        SendUnix { socket: self, datagram, to, place: self.place(Direction::Write) }
    }

    /// Receives a datagram; what `buf` has no room for is lost.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped has received nothing.
    ///
    /// # In reports
    ///
    /// `IO read`, with the line of this call.
    #[track_caller]
    pub fn recv<'a>(&'a self, buf: &'a mut [u8]) -> RecvUnix<'a> {
        RecvUnix(self.recv_from(buf))
    }

    /// Receives a datagram and tells from whom. As [`recv`](Self::recv).
    #[track_caller]
    pub fn recv_from<'a>(&'a self, buf: &'a mut [u8]) -> RecvFromUnix<'a> {
        RecvFromUnix { socket: self, buf, place: self.place(Direction::Read) }
    }

    #[track_caller]
    fn place(&self, direction: Direction) -> Place<'_> {
        self.io.place(direction, Turn::at(direction.op(), Site::caller()))
    }

    /// Sends a datagram if there is room for it.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; those of the operating system.
    pub fn try_send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.io.try_io(Direction::Write, |io| io.send(datagram))
    }

    /// Receives a datagram if there is one.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; those of the operating system.
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(Direction::Read, |io| io.recv(buf))
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.io().shutdown(how)
    }

    /// The address it is bound to.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
    }

    /// The address it is connected with.
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
}

descriptor!(UnixDatagram);
readiness!(UnixDatagram, io: mio::net::UnixDatagram);

/// The future of [`UnixDatagram::send`] and [`UnixDatagram::send_to`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct SendUnix<'a> {
    socket: &'a UnixDatagram,
    datagram: &'a [u8],
    to: Option<PathBuf>,
    place: Place<'a>,
}

/// The future of [`UnixDatagram::recv`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct RecvUnix<'a>(RecvFromUnix<'a>);

/// The future of [`UnixDatagram::recv_from`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct RecvFromUnix<'a> {
    socket: &'a UnixDatagram,
    buf: &'a mut [u8],
    place: Place<'a>,
}

impl Future for SendUnix<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { socket, datagram, to, place } = &mut *self;
        let io = socket.io.io();
        place.poll_io(cx, || match to {
            Some(to) => io.send_to(datagram, to),
            None => io.send(datagram),
        })
    }
}

impl Future for RecvUnix<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_ok(|(received, _)| received)
    }
}

impl Future for RecvFromUnix<'_> {
    type Output = io::Result<(usize, SocketAddr)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { socket, buf, place } = &mut *self;
        place.poll_io(cx, || socket.io.io().recv_from(buf))
    }
}

impl fmt::Debug for UnixDatagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
