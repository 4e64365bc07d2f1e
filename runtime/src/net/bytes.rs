//! Reading and writing bytes: the futures of the streams' own methods.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Op, Site};
use wakeful_sync::wait::Turn;

use crate::reactor::{Descriptor, Direction, Place, Registered};

/// A descriptor that moves bytes through a shared reference, and never blocks.
pub(super) trait Bytes: Descriptor + fmt::Debug + Send + Sync {
    fn read(&self, buf: &mut [u8]) -> io::Result<usize>;
    fn read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
    fn write(&self, buf: &[u8]) -> io::Result<usize>;
    fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize>;
}

macro_rules! bytes {
    ($($io:ty),*) => {$(
        impl Bytes for $io {
            fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
                (&mut &*self).read(buf)
            }

            fn read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                (&mut &*self).read_vectored(bufs)
            }

            fn write(&self, buf: &[u8]) -> io::Result<usize> {
                (&mut &*self).write(buf)
            }

            fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
                (&mut &*self).write_vectored(bufs)
            }
        }
    )*};
}
bytes!(mio::net::TcpStream);
#[cfg(unix)]
bytes!(mio::net::UnixStream);

/// A stream and a future's place at it.
#[derive(Debug)]
struct Stream<'a> {
    io: &'a dyn Bytes,
    place: Place<'a>,
}

impl<'a> Stream<'a> {
    fn new<E: Bytes>(stream: &'a Registered<E>, direction: Direction, site: Site) -> Self {
        let turn = Turn::at(direction.op(), site);
        Self { io: stream.io(), place: stream.place(direction, turn) }
    }

    fn poll_read(&mut self, cx: &Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let Self { io, place } = self;
        place.poll_bytes(cx, buf.len(), || io.read(buf))
    }

    fn poll_write(&mut self, cx: &Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Self { io, place } = self;
        place.poll_bytes(cx, buf.len(), || io.write(buf))
    }
}

/// Reads some bytes; the future of a stream's `read`.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Read<'a> {
    stream: Stream<'a>,
    buf: &'a mut [u8],
}

/// Fills a buffer; the future of a stream's `read_exact`.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct ReadExact<'a> {
    stream: Stream<'a>,
    buf: &'a mut [u8],
    filled: usize,
}

/// Writes some bytes; the future of a stream's `write`.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Write<'a> {
    stream: Stream<'a>,
    buf: &'a [u8],
}

/// Writes all of a buffer; the future of a stream's `write_all`.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct WriteAll<'a> {
    stream: Stream<'a>,
    rest: &'a [u8],
}

/// Looks at bytes without taking them; the future of [`TcpStream::peek`](super::TcpStream::peek).
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Peek<'a> {
    io: &'a mio::net::TcpStream,
    place: Place<'a>,
    buf: &'a mut [u8],
}

impl<'a> Read<'a> {
    pub(super) fn new<E: Bytes>(io: &'a Registered<E>, buf: &'a mut [u8], site: Site) -> Self {
        Self { stream: Stream::new(io, Direction::Read, site), buf }
    }
}

impl<'a> ReadExact<'a> {
    pub(super) fn new<E: Bytes>(io: &'a Registered<E>, buf: &'a mut [u8], site: Site) -> Self {
        Self { stream: Stream::new(io, Direction::Read, site), buf, filled: 0 }
    }
}

impl<'a> Write<'a> {
    pub(super) fn new<E: Bytes>(io: &'a Registered<E>, buf: &'a [u8], site: Site) -> Self {
        Self { stream: Stream::new(io, Direction::Write, site), buf }
    }
}

impl<'a> WriteAll<'a> {
    pub(super) fn new<E: Bytes>(io: &'a Registered<E>, rest: &'a [u8], site: Site) -> Self {
        Self { stream: Stream::new(io, Direction::Write, site), rest }
    }
}

impl<'a> Peek<'a> {
    pub(super) fn new(
        io: &'a Registered<mio::net::TcpStream>,
        buf: &'a mut [u8],
        site: Site,
    ) -> Self {
        Self { io: io.io(), place: io.place(Direction::Read, Turn::at(Op::IoRead, site)), buf }
    }
}

impl Future for Read<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { stream, buf } = &mut *self;
        stream.poll_read(cx, buf)
    }
}

impl Future for ReadExact<'_> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { stream, buf, filled } = &mut *self;
        while *filled < buf.len() {
            match ready!(stream.poll_read(cx, &mut buf[*filled..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                read => *filled += read,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Future for Write<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { stream, buf } = &mut *self;
        stream.poll_write(cx, buf)
    }
}

impl Future for WriteAll<'_> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { stream, rest } = &mut *self;
        while !rest.is_empty() {
            match ready!(stream.poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => *rest = &rest[written..],
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Future for Peek<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { io, place, buf } = &mut *self;
        place.poll_io(cx, || io.peek(buf))
    }
}
