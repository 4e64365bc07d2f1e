//! Reads into memory that nobody has written to, as tokio's and hyper's buffers offer it.
//!
//! Invariant: a buffer is told of so many bytes as the operating system says it has written.

use std::io;
use std::os::fd::AsFd;
use std::task::{Context, Poll, ready};

use socket2::SockRef;

use super::bytes::Bytes;
use crate::reactor::{Direction, Registered};

#[cfg(feature = "tokio-io")]
pub(super) fn read_tokio<E: Bytes + AsFd>(
    stream: &Registered<E>,
    cx: &Context<'_>,
    buf: &mut tokio::io::ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    // SAFETY: `recv` writes only bytes, and makes none uninitialized that was initialized.
    let room = unsafe { buf.unfilled_mut() };
    let asked = room.len();
    let receive = |io: &E| SockRef::from(io).recv(room);
    let read = ready!(stream.poll_bytes(Direction::Read, cx, asked, receive))?;
    // SAFETY: `recv` has written this many bytes to the unfilled part.
    unsafe { buf.assume_init(read) };
    buf.advance(read);
    Poll::Ready(Ok(()))
}

#[cfg(feature = "hyper")]
pub(super) fn read_hyper<E: Bytes + AsFd>(
    stream: &Registered<E>,
    cx: &Context<'_>,
    mut buf: hyper::rt::ReadBufCursor<'_>,
) -> Poll<io::Result<()>> {
    // SAFETY: `recv` writes only bytes, and makes none uninitialized that was initialized.
    let room = unsafe { buf.as_mut() };
    let asked = room.len();
    let receive = |io: &E| SockRef::from(io).recv(room);
    let read = ready!(stream.poll_bytes(Direction::Read, cx, asked, receive))?;
    // SAFETY: `recv` has written this many bytes to the unfilled part.
    unsafe { buf.advance(read) };
    Poll::Ready(Ok(()))
}
