//! The two directions of a TCP connection, apart.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::TcpStream;
use super::bytes::Bytes;
use super::traits::{HasStream, poll, reads, writes};
use crate::reactor::{Direction, Registered};

/// The reading direction, lent by [`TcpStream::split`].
#[derive(Debug)]
pub struct ReadHalf<'a>(pub(super) &'a TcpStream);

/// The writing direction, lent by [`TcpStream::split`].
#[derive(Debug)]
pub struct WriteHalf<'a>(pub(super) &'a TcpStream);

/// The reading direction, from [`TcpStream::into_split`].
#[derive(Debug)]
pub struct OwnedReadHalf(Arc<TcpStream>);

/// The writing direction, from [`TcpStream::into_split`].
///
/// Dropping it ends the direction: the other side reads the end.
#[derive(Debug)]
pub struct OwnedWriteHalf {
    stream: Arc<TcpStream>,
    ends: bool,
}

pub(super) fn split(stream: TcpStream) -> (OwnedReadHalf, OwnedWriteHalf) {
    let stream = Arc::new(stream);
    (OwnedReadHalf(Arc::clone(&stream)), OwnedWriteHalf { stream, ends: true })
}

fn reunite(read: OwnedReadHalf, write: OwnedWriteHalf) -> Result<TcpStream, ReuniteError> {
    if !Arc::ptr_eq(&read.0, &write.stream) {
        return Err(ReuniteError(read, write));
    }
    write.forget();
    Ok(Arc::into_inner(read.0).unwrap_or_else(|| unreachable!("there are two halves, both here")))
}

impl OwnedReadHalf {
    /// Puts the two halves together again.
    ///
    /// # Errors
    ///
    /// They are of two connections; the error gives them back.
    pub fn reunite(self, other: OwnedWriteHalf) -> Result<TcpStream, ReuniteError> {
        reunite(self, other)
    }
}

impl OwnedWriteHalf {
    /// Puts the two halves together again.
    ///
    /// # Errors
    ///
    /// They are of two connections; the error gives them back.
    pub fn reunite(self, other: OwnedReadHalf) -> Result<TcpStream, ReuniteError> {
        reunite(other, self)
    }

    /// Drops this half without ending its direction.
    pub fn forget(mut self) {
        self.ends = false;
    }
}

impl Drop for OwnedWriteHalf {
    fn drop(&mut self) {
        if self.ends {
            let _ = self.stream.shutdown(Shutdown::Write);
        }
    }
}

/// What every half can say of its connection, and do; `$stream` leads to it.
macro_rules! half {
    ($half:ty, $self:ident => $stream:expr) => {
        impl HasStream for $half {
            type Io = mio::net::TcpStream;

            fn registered(&$self) -> &Registered<Self::Io> {
                &$stream.io
            }
        }

        impl $half {
            /// The address of this side.
            ///
            /// # Errors
            ///
            /// Those of the operating system.
            pub fn local_addr(&$self) -> io::Result<SocketAddr> {
                $stream.local_addr()
            }

            /// The address of the other side.
            ///
            /// # Errors
            ///
            /// Those of the operating system.
            pub fn peer_addr(&$self) -> io::Result<SocketAddr> {
                $stream.peer_addr()
            }
        }

        impl AsRef<TcpStream> for $half {
            fn as_ref(&$self) -> &TcpStream {
                &$stream
            }
        }
    };
}

half!(ReadHalf<'_>, self => self.0);
half!(WriteHalf<'_>, self => self.0);
half!(OwnedReadHalf, self => self.0);
half!(OwnedWriteHalf, self => self.stream);

macro_rules! closes {
    ($($half:ty),*) => {$(
        impl $half {
            fn close_writing(&self) -> io::Result<()> {
                AsRef::<TcpStream>::as_ref(self).shutdown(Shutdown::Write)
            }
        }
    )*};
}
closes!(WriteHalf<'_>, OwnedWriteHalf);

reads!(ReadHalf<'_>);
reads!(OwnedReadHalf);
writes!(WriteHalf<'_>);
writes!(OwnedWriteHalf);

/// Two halves that are not of one connection.
pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

impl fmt::Debug for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReuniteError(..)")
    }
}

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reuniting halves of different connections")
    }
}

impl Error for ReuniteError {}
