//! UDP.

use std::fmt;
use std::io;
use std::net::{self, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Op, Site};
use wakeful_sync::wait::Turn;

use super::address::{Lookup, ToSocketAddrs};
use super::runtime::reactor;
use super::tcp_listener::{cannot_bind, no_addresses};
use super::traits::{descriptor, readiness};
use crate::reactor::{Direction, Place, Registered};

/// A UDP socket. Its methods take `&self`: several tasks may send and receive at once.
pub struct UdpSocket {
    io: Registered<mio::net::UdpSocket>,
}

impl UdpSocket {
    /// Binds to `address`; to the first of several that can be had. Port 0 is any free port.
    ///
    /// # Errors
    ///
    /// The address cannot be had; the error names it, and the cure if somebody else has it.
    ///
    /// # Panics
    ///
    /// The future panics outside a runtime.
    #[track_caller]
    pub fn bind(address: impl ToSocketAddrs) -> BindUdp {
        BindUdp { lookup: Lookup::of(&address), site: Site::caller() }
    }

    fn new(socket: mio::net::UdpSocket, call: &str, site: Site) -> io::Result<Self> {
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
    pub fn from_std(socket: net::UdpSocket) -> io::Result<Self> {
        let site = Site::caller();
        socket.set_nonblocking(true)?;
        Self::new(mio::net::UdpSocket::from_std(socket), "UdpSocket::from_std", site)
    }

    /// Gives the socket to the standard library. It does not block until it is told to.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn into_std(self) -> io::Result<net::UdpSocket> {
        self.io.into_inner().map(net::UdpSocket::from)
    }

    /// Sends to `address`, and receives from nobody else, from now on.
    ///
    /// # Errors
    ///
    /// Those of the look-up and of the operating system.
    pub fn connect(&self, address: impl ToSocketAddrs) -> ConnectUdp<'_> {
        ConnectUdp { socket: self, lookup: Lookup::of(&address) }
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
    pub fn send<'a>(&'a self, datagram: &'a [u8]) -> SendUdp<'a> {
        SendUdp { socket: self, datagram, to: None, place: self.place(Direction::Write) }
    }

    /// Sends a datagram to `to`.
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
    pub fn send_to<'a>(&'a self, datagram: &'a [u8], to: SocketAddr) -> SendUdp<'a> {
        SendUdp { socket: self, datagram, to: Some(to), place: self.place(Direction::Write) }
    }

    /// Receives a datagram; what `buf` has no room for is lost.
    ///
    /// # Errors
    ///
    /// Those of the operating system, such as `ConnectionRefused` for a datagram sent before.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped has received nothing.
    ///
    /// # In reports
    ///
    /// `IO read`, with the line of this call.
    #[track_caller]
    pub fn recv<'a>(&'a self, buf: &'a mut [u8]) -> RecvUdp<'a> {
        RecvUdp { socket: self, buf, place: self.place(Direction::Read) }
    }

    /// Receives a datagram and tells from whom. As [`recv`](Self::recv).
    #[track_caller]
    pub fn recv_from<'a>(&'a self, buf: &'a mut [u8]) -> RecvFromUdp<'a> {
        RecvFromUdp { socket: self, buf, peek: false, place: self.place(Direction::Read) }
    }

    /// Receives a datagram, tells from whom, and leaves it to be received again. As
    /// [`recv`](Self::recv).
    #[track_caller]
    pub fn peek_from<'a>(&'a self, buf: &'a mut [u8]) -> RecvFromUdp<'a> {
        RecvFromUdp { socket: self, buf, peek: true, place: self.place(Direction::Read) }
    }

    #[track_caller]
    fn place(&self, direction: Direction) -> Place<'_> {
        self.io.place(direction, Turn::at(direction.op(), Site::caller()))
    }

    /// Ready once the datagram is sent; of several tasks, the last that called this is woken.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.io.poll_io(Direction::Write, Op::IoWrite, cx, |io| io.send_to(datagram, to))
    }

    /// Ready with a datagram; of several tasks, the last that called this is woken.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.io.poll_io(Direction::Read, Op::IoRead, cx, |io| io.recv_from(buf))
    }
}

/// What is one call of the operating system: its name, its arguments, what it returns.
macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $returns:ty = $call:ident;)*) => {
        impl UdpSocket {$(
            $(#[$doc])*
            ///
            /// # Errors
            ///
            /// Those of the operating system.
            pub fn $name(&self, $($argument: $type),*) -> io::Result<$returns> {
                self.io.io().$call($($argument),*)
            }
        )*}
    };
}

calls! {
    /// The address it is bound to.
    local_addr() -> SocketAddr = local_addr;
    /// The address it is connected with.
    peer_addr() -> SocketAddr = peer_addr;
    /// Takes the error that the socket holds, if it holds one.
    take_error() -> Option<io::Error> = take_error;
    /// Whether it may send to everybody on a network.
    broadcast() -> bool = broadcast;
    /// Sets whether it may send to everybody on a network.
    set_broadcast(on: bool) -> () = set_broadcast;
    /// How many hops its datagrams may make.
    ttl() -> u32 = ttl;
    /// Sets how many hops its datagrams may make.
    set_ttl(hops: u32) -> () = set_ttl;
    /// Whether datagrams to a group come back to this machine.
    multicast_loop_v4() -> bool = multicast_loop_v4;
    /// Sets whether datagrams to a group come back to this machine.
    set_multicast_loop_v4(on: bool) -> () = set_multicast_loop_v4;
    /// How many hops datagrams to a group may make.
    multicast_ttl_v4() -> u32 = multicast_ttl_v4;
    /// Sets how many hops datagrams to a group may make.
    set_multicast_ttl_v4(hops: u32) -> () = set_multicast_ttl_v4;
    /// Joins a group, on the interface with this address.
    join_multicast_v4(group: &Ipv4Addr, interface: &Ipv4Addr) -> () = join_multicast_v4;
    /// Leaves a group.
    leave_multicast_v4(group: &Ipv4Addr, interface: &Ipv4Addr) -> () = leave_multicast_v4;
    /// Joins a group, on the interface with this index.
    join_multicast_v6(group: &Ipv6Addr, interface: u32) -> () = join_multicast_v6;
    /// Leaves a group.
    leave_multicast_v6(group: &Ipv6Addr, interface: u32) -> () = leave_multicast_v6;
}

impl UdpSocket {
    /// Sends a datagram if there is room for it.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; those of the operating system.
    pub fn try_send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.io.try_io(Direction::Write, |io| io.send(datagram))
    }

    /// Sends a datagram to `to` if there is room for it.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; those of the operating system.
    pub fn try_send_to(&self, datagram: &[u8], to: SocketAddr) -> io::Result<usize> {
        self.io.try_io(Direction::Write, |io| io.send_to(datagram, to))
    }

    /// Receives a datagram if there is one.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; those of the operating system.
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(Direction::Read, |io| io.recv(buf))
    }

    /// Receives a datagram, and tells from whom, if there is one.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; those of the operating system.
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(Direction::Read, |io| io.recv_from(buf))
    }
}

descriptor!(UdpSocket);
readiness!(UdpSocket, io: mio::net::UdpSocket);

/// The future of [`UdpSocket::bind`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct BindUdp {
    lookup: Lookup,
    site: Site,
}

/// The future of [`UdpSocket::connect`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct ConnectUdp<'a> {
    socket: &'a UdpSocket,
    lookup: Lookup,
}

/// The future of [`UdpSocket::send`] and [`UdpSocket::send_to`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct SendUdp<'a> {
    socket: &'a UdpSocket,
    datagram: &'a [u8],
    to: Option<SocketAddr>,
    place: Place<'a>,
}

/// The future of [`UdpSocket::recv`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct RecvUdp<'a> {
    socket: &'a UdpSocket,
    buf: &'a mut [u8],
    place: Place<'a>,
}

/// The future of [`UdpSocket::recv_from`] and [`UdpSocket::peek_from`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct RecvFromUdp<'a> {
    socket: &'a UdpSocket,
    buf: &'a mut [u8],
    peek: bool,
    place: Place<'a>,
}

impl Future for BindUdp {
    type Output = io::Result<UdpSocket>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut last = None;
        for address in ready!(self.lookup.poll(cx))? {
            match mio::net::UdpSocket::bind(address) {
                Ok(socket) => {
                    return Poll::Ready(UdpSocket::new(socket, "UdpSocket::bind", self.site));
                }
                Err(error) => last = Some(cannot_bind("UdpSocket", address, &error)),
            }
        }
        Poll::Ready(Err(last.unwrap_or_else(|| no_addresses(self.lookup.asked()))))
    }
}

impl Future for ConnectUdp<'_> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut last = None;
        for address in ready!(self.lookup.poll(cx))? {
            match self.socket.io.io().connect(address) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(error) => last = Some(error),
            }
        }
        Poll::Ready(Err(last.unwrap_or_else(|| no_addresses(self.lookup.asked()))))
    }
}

impl Future for SendUdp<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { socket, datagram, to, place } = &mut *self;
        let io = socket.io.io();
        place.poll_io(cx, || match *to {
            Some(to) => io.send_to(datagram, to),
            None => io.send(datagram),
        })
    }
}

impl Future for RecvUdp<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { socket, buf, place } = &mut *self;
        place.poll_io(cx, || socket.io.io().recv(buf))
    }
}

impl Future for RecvFromUdp<'_> {
    type Output = io::Result<(usize, SocketAddr)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { socket, buf, peek, place } = &mut *self;
        let io = socket.io.io();
        place.poll_io(cx, || if *peek { io.peek_from(buf) } else { io.recv_from(buf) })
    }
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
