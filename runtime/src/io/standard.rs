//! The standard streams of the process.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::io::{AsyncRead, AsyncWrite};
use wakeful_diagnostics::names::Site;

use super::Pooled;
use super::pooled::Rewind;

/// The standard input of the process.
///
/// A read that has begun cannot be stopped: its bytes are kept for the next read of this value, and
/// the end of the runtime does not wait for it.
///
/// # In reports
///
/// `join`: the task waits for the job that reads, which is listed with the line of this call.
#[track_caller]
#[must_use]
pub fn stdin() -> Stdin {
    Stdin(Pooled::new(io::stdin(), Site::caller()))
}

/// The standard output of the process. What is written arrives in order; flush to be sure that it
/// has.
#[track_caller]
#[must_use]
pub fn stdout() -> Stdout {
    Stdout(Pooled::new(io::stdout(), Site::caller()))
}

/// The standard error output of the process. What is written arrives in order; flush to be sure
/// that it has.
#[track_caller]
#[must_use]
pub fn stderr() -> Stderr {
    Stderr(Pooled::new(io::stderr(), Site::caller()))
}

/// The standard input of the process; made by [`stdin`].
#[derive(Debug)]
pub struct Stdin(Pooled<io::Stdin>);

/// The standard output of the process; made by [`stdout`].
#[derive(Debug)]
pub struct Stdout(Pooled<io::Stdout>);

/// The standard error output of the process; made by [`stderr`].
#[derive(Debug)]
pub struct Stderr(Pooled<io::Stderr>);

impl AsyncRead for Stdin {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_read(cx, buf)
    }
}

/// They are never read.
macro_rules! output {
    ($($stream:ty, $std:ty;)*) => {$(
        impl Rewind for $std {
            fn rewind_by(&mut self, _: usize) -> io::Result<()> {
                Ok(())
            }
        }

        impl AsyncWrite for $stream {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.0.poll_write(cx, buf)
            }

            fn poll_flush(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                self.0.poll_flush(cx)
            }

            fn poll_close(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                self.0.poll_flush(cx)
            }
        }
    )*};
}
output! { Stdout, io::Stdout; Stderr, io::Stderr; }
