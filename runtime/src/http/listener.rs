//! Where a server's connections come from.

use std::io;
use std::task::{Context, Poll, ready};

use crate::net::{TcpListener, TcpStream};
#[cfg(unix)]
use crate::net::{UnixListener, UnixStream};

/// Where a server's connections come from.
pub trait Listener: Send + 'static {
    /// A connection.
    type Io: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static;

    /// Ready with a connection.
    ///
    /// # Errors
    ///
    /// Those of one connection, or such as pass: the server goes on.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Io>>;
}

impl Listener for TcpListener {
    type Io = TcpStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        let (stream, _) = ready!(Self::poll_accept(self, cx))?;
        // hyper writes whole responses; waiting for more to send would only delay them.
        stream.set_nodelay(true)?;
        Poll::Ready(Ok(stream))
    }
}

#[cfg(unix)]
impl Listener for UnixListener {
    type Io = UnixStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<UnixStream>> {
        let (stream, _) = ready!(Self::poll_accept(self, cx))?;
        Poll::Ready(Ok(stream))
    }
}
