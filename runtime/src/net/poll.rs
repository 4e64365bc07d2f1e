//! Where the three families of traits meet.

use std::io::{self, IoSlice, IoSliceMut};
use std::task::{Context, Poll};

use super::bytes::Bytes;
use crate::reactor::{Direction, Registered};

pub(super) fn read<E: Bytes>(
    stream: &Registered<E>,
    cx: &Context<'_>,
    buf: &mut [u8],
) -> Poll<io::Result<usize>> {
    stream.poll_bytes(Direction::Read, cx, buf.len(), |io| io.read(buf))
}

pub(super) fn read_vectored<E: Bytes>(
    stream: &Registered<E>,
    cx: &Context<'_>,
    bufs: &mut [IoSliceMut<'_>],
) -> Poll<io::Result<usize>> {
    let asked = bufs.iter().map(|buf| buf.len()).sum();
    stream.poll_bytes(Direction::Read, cx, asked, |io| io.read_vectored(bufs))
}

pub(super) fn write<E: Bytes>(
    stream: &Registered<E>,
    cx: &Context<'_>,
    buf: &[u8],
) -> Poll<io::Result<usize>> {
    stream.poll_bytes(Direction::Write, cx, buf.len(), |io| io.write(buf))
}

pub(super) fn write_vectored<E: Bytes>(
    stream: &Registered<E>,
    cx: &Context<'_>,
    bufs: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    let asked = bufs.iter().map(|buf| buf.len()).sum();
    stream.poll_bytes(Direction::Write, cx, asked, |io| io.write_vectored(bufs))
}
