//! TCP, UDP and Unix sockets.
//!
//! An operation asks the operating system first and waits only if that would block. Streams
//! implement the traits of `futures::io`, and those of tokio and hyper under the features
//! `tokio-io` and `hyper`. Their own methods `read`, `write` and so on do the same, and a task that
//! waits in one of them is shown in reports with the line that called it; one that waits in a trait
//! method is shown with the line that made the stream.

mod address;
mod bytes;
mod interest;
mod poll;
mod readable;
mod runtime;
mod split;
mod tcp_listener;
mod tcp_socket;
mod tcp_split;
mod tcp_stream;
#[cfg(test)]
#[cfg(not(loom))]
mod tests;
mod traits;
mod udp;
#[cfg(any(feature = "tokio-io", feature = "hyper"))]
#[expect(unsafe_code, reason = "tokio's and hyper's buffers are told what was written to them")]
mod uninit;
#[cfg(unix)]
mod unix_datagram;
#[cfg(unix)]
mod unix_listener;
#[cfg(unix)]
mod unix_split;
#[cfg(unix)]
mod unix_stream;

pub use address::{LookupHost, ToSocketAddrs, lookup_host};
pub use bytes::{Peek, Read, ReadExact, Write, WriteAll};
pub use interest::Interest;
pub use readable::WaitReady;
pub use tcp_listener::{Accept, Bind, Incoming, TcpListener};
pub use tcp_socket::TcpSocket;
pub use tcp_split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
pub use tcp_stream::{Connect, TcpStream};
pub use udp::{BindUdp, ConnectUdp, RecvFromUdp, RecvUdp, SendUdp, UdpSocket};
#[cfg(unix)]
pub use unix_datagram::{RecvFromUnix, RecvUnix, SendUnix, UnixDatagram};
#[cfg(unix)]
pub use unix_listener::{AcceptUnix, UnixListener};
#[cfg(unix)]
pub use unix_split::{
    OwnedReadHalf as UnixOwnedReadHalf, OwnedWriteHalf as UnixOwnedWriteHalf,
    ReadHalf as UnixReadHalf, ReuniteError as UnixReuniteError, WriteHalf as UnixWriteHalf,
};
#[cfg(unix)]
pub use unix_stream::{ConnectUnix, UnixStream};

pub use crate::reactor::Ready;
