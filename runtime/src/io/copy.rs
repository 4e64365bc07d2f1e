//! Copies what is read to where it is written.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::io::{AsyncRead, AsyncWrite};

/// How much is copied at once.
const PORTION: usize = 16 * 1024;

/// Copies all of `reader` to `writer`, flushes, and says how many bytes that were.
///
/// # Errors
///
/// Those of `reader` and `writer`; what was read and not yet written is lost.
///
/// # Cancel safety
///
/// Not safe: what was read and not yet written is lost with the future.
pub fn copy<'a, R, W>(reader: &'a mut R, writer: &'a mut W) -> Copy<'a, R, W>
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    Copy { reader, writer, pipe: Pipe::new() }
}

/// The future of [`copy`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Copy<'a, R: ?Sized, W: ?Sized> {
    reader: &'a mut R,
    writer: &'a mut W,
    pipe: Pipe,
}

impl<R, W> Future for Copy<'_, R, W>
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    type Output = io::Result<u64>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { reader, writer, pipe } = &mut *self;
        ready!(pipe.poll_copy(cx, Pin::new(&mut **reader), Pin::new(&mut **writer)))?;
        Poll::Ready(Ok(pipe.copied))
    }
}

/// Bytes on their way, in one direction.
#[derive(Debug)]
pub(super) struct Pipe {
    /// Made when there is something to read, so that idle pipes cost nothing.
    room: Vec<u8>,
    from: usize,
    to: usize,
    pub(super) copied: u64,
    ended: bool,
    unflushed: bool,
}

impl Pipe {
    pub(super) const fn new() -> Self {
        Self { room: Vec::new(), from: 0, to: 0, copied: 0, ended: false, unflushed: false }
    }

    /// Ready once `reader` has ended and all of it is written and flushed.
    ///
    /// What is written is flushed before it waits for more, so that nothing lies in a buffer that
    /// the other side waits for.
    pub(super) fn poll_copy(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut (impl AsyncRead + ?Sized)>,
        mut writer: Pin<&mut (impl AsyncWrite + ?Sized)>,
    ) -> Poll<io::Result<()>> {
        loop {
            while self.from < self.to {
                let bytes = &self.room[self.from..self.to];
                match ready!(writer.as_mut().poll_write(cx, bytes))? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    written => self.from += written,
                }
                self.unflushed = true;
            }
            if self.ended {
                return writer.poll_flush(cx);
            }
            if self.room.is_empty() {
                self.room = vec![0; PORTION];
            }
            match reader.as_mut().poll_read(cx, &mut self.room)? {
                Poll::Ready(0) => self.ended = true,
                Poll::Ready(read) => {
                    (self.from, self.to) = (0, read);
                    self.copied += read as u64;
                }
                Poll::Pending => {
                    if self.unflushed {
                        ready!(writer.as_mut().poll_flush(cx))?;
                        self.unflushed = false;
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}
