//! A TCP socket before it listens or connects.

use std::io;
use std::net::{self, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use wakeful_diagnostics::names::Site;

use super::{Connect, TcpListener};

/// Connections that wait to be accepted; the operating system caps it (`somaxconn`).
const BACKLOG: i32 = 1024;

/// A TCP socket before it listens or connects: the place to set options that matter by then.
///
/// What has no method here can be set through [`AsFd`](std::os::fd::AsFd) with a crate such as
/// socket2.
#[derive(Debug)]
pub struct TcpSocket {
    socket: Socket,
}

impl TcpSocket {
    /// A socket for addresses of version 4.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn new_v4() -> io::Result<Self> {
        Self::new(Domain::IPV4)
    }

    /// A socket for addresses of version 6.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn new_v6() -> io::Result<Self> {
        Self::new(Domain::IPV6)
    }

    fn new(domain: Domain) -> io::Result<Self> {
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket })
    }

    /// A listener on `address`.
    pub(super) fn listener(address: SocketAddr) -> io::Result<net::TcpListener> {
        let socket = Self::new(Domain::for_address(address))?;
        // On Unix this means: an address of connections that linger can be had again. On Windows
        // it would mean: an address can be taken from somebody else.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.socket.listen(BACKLOG)?;
        Ok(socket.socket.into())
    }

    /// Binds it to an address of this machine.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn bind(&self, address: SocketAddr) -> io::Result<()> {
        self.socket.bind(&address.into())
    }

    /// Listens, and lets so many connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        self.socket.listen(backlog)?;
        TcpListener::new(self.socket.into(), "TcpSocket::listen", Site::caller())
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// Nobody answers there; the error names the address.
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
    pub fn connect(self, address: SocketAddr) -> Connect {
        let site = Site::caller();
        let begun = match self.socket.connect(&address.into()) {
            Err(error) if !is_in_progress(&error) => Err(error),
            _ => Ok(mio::net::TcpStream::from_std(self.socket.into())),
        };
        Connect::begun(begun, address, site)
    }

    /// Takes over a socket of the standard library that neither listens nor connects yet.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn from_std_stream(socket: net::TcpStream) -> io::Result<Self> {
        let socket = Socket::from(socket);
        socket.set_nonblocking(true)?;
        Ok(Self { socket })
    }

    /// The address it is bound to.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let address = self.socket.local_addr()?;
        address.as_socket().ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
    }

    /// Takes the error that the socket holds, if it holds one.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }
}

/// Options: a getter and a setter each, of socket2.
macro_rules! options {
    ($($(#[$cfg:meta])* $name:ident, $set:ident, $value:ty => $get_by:ident, $set_by:ident, $what:literal;)*) => {
        impl TcpSocket {$(
            #[doc = concat!("Whether, or what: ", $what, ".")]
            ///
            /// # Errors
            ///
            /// Those of the operating system.
            $(#[$cfg])*
            pub fn $name(&self) -> io::Result<$value> {
                self.socket.$get_by()
            }

            #[doc = concat!("Sets ", $what, ".")]
            ///
            /// # Errors
            ///
            /// Those of the operating system.
            $(#[$cfg])*
            pub fn $set(&self, value: $value) -> io::Result<()> {
                self.socket.$set_by(value)
            }
        )*}
    };
}

options! {
    reuseaddr, set_reuseaddr, bool => reuse_address, set_reuse_address,
        "reuse of an address whose connections linger (`SO_REUSEADDR`)";
    #[cfg(all(unix, not(target_os = "solaris"), not(target_os = "illumos")))]
    reuseport, set_reuseport, bool => reuse_port, set_reuse_port,
        "sharing of an address by several listeners (`SO_REUSEPORT`)";
    keepalive, set_keepalive, bool => keepalive, set_keepalive,
        "probes of connections that are silent (`SO_KEEPALIVE`)";
    nodelay, set_nodelay, bool => tcp_nodelay, set_tcp_nodelay,
        "sending of small writes at once (`TCP_NODELAY`)";
    linger, set_linger, Option<std::time::Duration> => linger, set_linger,
        "how long sending goes on after the socket is dropped (`SO_LINGER`)";
}

/// Buffer sizes; socket2 counts in `usize`.
macro_rules! sizes {
    ($($name:ident, $set:ident, $what:literal;)*) => {
        impl TcpSocket {$(
            #[doc = concat!("The size in bytes of ", $what, ".")]
            ///
            /// # Errors
            ///
            /// Those of the operating system.
            pub fn $name(&self) -> io::Result<u32> {
                self.socket.$name().map(|size| u32::try_from(size).unwrap_or(u32::MAX))
            }

            #[doc = concat!("Asks for a size in bytes of ", $what, "; the operating system may give another.")]
            ///
            /// # Errors
            ///
            /// Those of the operating system.
            pub fn $set(&self, size: u32) -> io::Result<()> {
                self.socket.$set(size as usize)
            }
        )*}
    };
}

sizes! {
    send_buffer_size, set_send_buffer_size, "what was written and not yet sent";
    recv_buffer_size, set_recv_buffer_size, "what has come and was not yet read";
}

fn is_in_progress(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}

#[cfg(unix)]
impl std::os::fd::AsFd for TcpSocket {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(unix)]
impl std::os::fd::AsRawFd for TcpSocket {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.socket.as_raw_fd()
    }
}
