//! Copies in both directions.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::io::{AsyncRead, AsyncWrite};

use super::copy::Pipe;

/// Copies between `a` and `b` until both have ended, and says how many bytes went from `a` to `b`
/// and from `b` to `a`.
///
/// When one side ends, writing to the other is closed; the direction back goes on.
///
/// # Errors
///
/// The first of either direction; what was read and not yet written is lost.
///
/// # Cancel safety
///
/// Not safe: what was read and not yet written is lost with the future.
pub fn copy_bidirectional<'a, A, B>(a: &'a mut A, b: &'a mut B) -> CopyBidirectional<'a, A, B>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    CopyBidirectional { a, b, there: OneWay::new(), back: OneWay::new() }
}

/// The future of [`copy_bidirectional`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct CopyBidirectional<'a, A: ?Sized, B: ?Sized> {
    a: &'a mut A,
    b: &'a mut B,
    there: OneWay,
    back: OneWay,
}

#[derive(Debug)]
struct OneWay {
    pipe: Pipe,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Copying,
    Closing,
    Done,
}

impl OneWay {
    const fn new() -> Self {
        Self { pipe: Pipe::new(), state: State::Copying }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        from: Pin<&mut (impl AsyncRead + ?Sized)>,
        mut to: Pin<&mut (impl AsyncWrite + ?Sized)>,
    ) -> Poll<io::Result<()>> {
        if let State::Copying = self.state {
            ready!(self.pipe.poll_copy(cx, from, to.as_mut()))?;
            self.state = State::Closing;
        }
        if let State::Closing = self.state {
            ready!(to.poll_close(cx))?;
            self.state = State::Done;
        }
        Poll::Ready(Ok(()))
    }
}

impl<A, B> Future for CopyBidirectional<'_, A, B>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    type Output = io::Result<(u64, u64)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { a, b, there, back } = &mut *self;
        let one = there.poll(cx, Pin::new(&mut **a), Pin::new(&mut **b))?;
        let other = back.poll(cx, Pin::new(&mut **b), Pin::new(&mut **a))?;
        ready!(one);
        ready!(other);
        Poll::Ready(Ok((there.pipe.copied, back.pipe.copied)))
    }
}
