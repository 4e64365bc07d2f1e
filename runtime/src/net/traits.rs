//! What streams and their halves have in common: own methods, and three families of traits.
//!
//! The families are `futures::io`, tokio's traits and hyper's. All of them end in the few functions
//! of [`poll`](super::poll).

use super::bytes::Bytes;
use crate::reactor::Registered;

/// A stream, or a half of one.
pub(super) trait HasStream {
    /// What the operating system knows it as.
    type Io: Bytes;

    /// Its descriptor.
    fn registered(&self) -> &Registered<Self::Io>;
}

/// The descriptor of a socket, for what this crate has no method for.
macro_rules! descriptor {
    ($socket:ty) => {
        #[cfg(unix)]
        impl std::os::fd::AsFd for $socket {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                self.io.io().as_fd()
            }
        }

        #[cfg(unix)]
        impl std::os::fd::AsRawFd for $socket {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                self.io.io().as_raw_fd()
            }
        }

        #[cfg(windows)]
        impl std::os::windows::io::AsSocket for $socket {
            fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
                self.io.io().as_socket()
            }
        }
    };
}

/// Waiting until a socket is ready, and trying without waiting. `$io` is its field.
macro_rules! readiness {
    ($socket:ty, $io:ident: $mio:ty) => {
        impl $socket {
            /// Waits until it is ready for anything of `interest`.
            ///
            /// It may turn out not to be: only trying tells.
            ///
            /// # Errors
            ///
            /// The runtime has ended.
            ///
            /// # Cancel safety
            ///
            /// Nothing is lost.
            ///
            /// # In reports
            ///
            /// `IO read` and `IO write`, with the line of this call.
            #[track_caller]
            pub fn ready(&self, interest: crate::net::Interest) -> crate::net::WaitReady<'_> {
                let site = wakeful_diagnostics::names::Site::caller();
                crate::net::WaitReady::new(&self.$io, interest, site)
            }

            /// Waits until a read may not block. As [`ready`](Self::ready).
            #[track_caller]
            pub fn readable(&self) -> crate::net::WaitReady<'_> {
                self.ready(crate::net::Interest::READABLE)
            }

            /// Waits until a write may not block. As [`ready`](Self::ready).
            #[track_caller]
            pub fn writable(&self) -> crate::net::WaitReady<'_> {
                self.ready(crate::net::Interest::WRITABLE)
            }

            /// Does `operation` on the socket, unless it is known that it would block. It must say
            /// `WouldBlock` if it does, and only then.
            ///
            /// # Errors
            ///
            /// Those of `operation`; `WouldBlock`; the runtime has ended.
            pub fn try_io<R>(
                &self,
                interest: crate::net::Interest,
                operation: impl FnOnce() -> std::io::Result<R>,
            ) -> std::io::Result<R> {
                let direction = if interest.is_readable() {
                    crate::reactor::Direction::Read
                } else {
                    crate::reactor::Direction::Write
                };
                self.$io.try_io(direction, |_: &$mio| operation())
            }
        }
    };
}

/// Reading from a stream, or a half of one.
macro_rules! reads {
    ($stream:ty) => {
        impl $stream {
            /// Reads some bytes; none if the other side writes no more.
            ///
            /// # Errors
            ///
            /// Those of the operating system, such as `ConnectionReset`.
            ///
            /// # Cancel safety
            ///
            /// A future that is dropped has read nothing.
            ///
            /// # In reports
            ///
            /// `IO read`, with the line of this call.
            #[track_caller]
            pub fn read<'a>(&'a mut self, buf: &'a mut [u8]) -> crate::net::Read<'a> {
                let site = wakeful_diagnostics::names::Site::caller();
                crate::net::Read::new(HasStream::registered(self), buf, site)
            }

            /// Reads until `buf` is full.
            ///
            /// # Errors
            ///
            /// `UnexpectedEof` if the other side writes no more before that; those of the operating
            /// system.
            ///
            /// # Cancel safety
            ///
            /// Not safe: what a dropped future has read is in `buf`, and nobody knows how much.
            ///
            /// # In reports
            ///
            /// `IO read`, with the line of this call.
            #[track_caller]
            pub fn read_exact<'a>(&'a mut self, buf: &'a mut [u8]) -> crate::net::ReadExact<'a> {
                let site = wakeful_diagnostics::names::Site::caller();
                crate::net::ReadExact::new(HasStream::registered(self), buf, site)
            }

            /// Reads what is there.
            ///
            /// # Errors
            ///
            /// `WouldBlock` if nothing is there; those of the operating system.
            pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                let read = |io: &<Self as HasStream>::Io| Bytes::read(io, buf);
                HasStream::registered(self).try_io(Direction::Read, read)
            }

            /// Reads what is there into several buffers.
            ///
            /// # Errors
            ///
            /// `WouldBlock` if nothing is there; those of the operating system.
            pub fn try_read_vectored(
                &self,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> std::io::Result<usize> {
                let read = |io: &<Self as HasStream>::Io| Bytes::read_vectored(io, bufs);
                HasStream::registered(self).try_io(Direction::Read, read)
            }
        }

        impl futures::io::AsyncRead for $stream {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut [u8],
            ) -> Poll<std::io::Result<usize>> {
                poll::read(HasStream::registered(&*self), cx, buf)
            }

            fn poll_read_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> Poll<std::io::Result<usize>> {
                poll::read_vectored(HasStream::registered(&*self), cx, bufs)
            }
        }

        #[cfg(feature = "tokio-io")]
        impl tokio::io::AsyncRead for $stream {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut tokio::io::ReadBuf<'_>,
            ) -> Poll<std::io::Result<()>> {
                crate::net::uninit::read_tokio(HasStream::registered(&*self), cx, buf)
            }
        }

        #[cfg(feature = "hyper")]
        impl hyper::rt::Read for $stream {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: hyper::rt::ReadBufCursor<'_>,
            ) -> Poll<std::io::Result<()>> {
                crate::net::uninit::read_hyper(HasStream::registered(&*self), cx, buf)
            }
        }
    };
}

/// Writing to a stream, or a half of one; `$close` ends the direction.
macro_rules! writes {
    ($stream:ty) => {
        impl $stream {
            /// Writes some bytes.
            ///
            /// # Errors
            ///
            /// Those of the operating system, such as `BrokenPipe`.
            ///
            /// # Cancel safety
            ///
            /// A future that is dropped has written nothing.
            ///
            /// # In reports
            ///
            /// `IO write`, with the line of this call.
            #[track_caller]
            pub fn write<'a>(&'a mut self, buf: &'a [u8]) -> crate::net::Write<'a> {
                let site = wakeful_diagnostics::names::Site::caller();
                crate::net::Write::new(HasStream::registered(self), buf, site)
            }

            /// Writes all of `buf`.
            ///
            /// # Errors
            ///
            /// Those of the operating system, such as `BrokenPipe`.
            ///
            /// # Cancel safety
            ///
            /// Not safe: a dropped future may have written a part, and nobody knows how much.
            ///
            /// # In reports
            ///
            /// `IO write`, with the line of this call.
            #[track_caller]
            pub fn write_all<'a>(&'a mut self, buf: &'a [u8]) -> crate::net::WriteAll<'a> {
                let site = wakeful_diagnostics::names::Site::caller();
                crate::net::WriteAll::new(HasStream::registered(self), buf, site)
            }

            /// Writes as much as there is room for.
            ///
            /// # Errors
            ///
            /// `WouldBlock` if there is no room; those of the operating system.
            pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
                let write = |io: &<Self as HasStream>::Io| Bytes::write(io, buf);
                HasStream::registered(self).try_io(Direction::Write, write)
            }

            /// Writes as much of several buffers as there is room for.
            ///
            /// # Errors
            ///
            /// `WouldBlock` if there is no room; those of the operating system.
            pub fn try_write_vectored(
                &self,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::io::Result<usize> {
                let write = |io: &<Self as HasStream>::Io| Bytes::write_vectored(io, bufs);
                HasStream::registered(self).try_io(Direction::Write, write)
            }
        }

        impl futures::io::AsyncWrite for $stream {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<std::io::Result<usize>> {
                poll::write(HasStream::registered(&*self), cx, buf)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> Poll<std::io::Result<usize>> {
                poll::write_vectored(HasStream::registered(&*self), cx, bufs)
            }

            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
                Poll::Ready(self.close_writing())
            }
        }

        #[cfg(feature = "tokio-io")]
        impl tokio::io::AsyncWrite for $stream {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<std::io::Result<usize>> {
                poll::write(HasStream::registered(&*self), cx, buf)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> Poll<std::io::Result<usize>> {
                poll::write_vectored(HasStream::registered(&*self), cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<std::io::Result<()>> {
                Poll::Ready(self.close_writing())
            }
        }

        #[cfg(feature = "hyper")]
        impl hyper::rt::Write for $stream {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<std::io::Result<usize>> {
                poll::write(HasStream::registered(&*self), cx, buf)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> Poll<std::io::Result<usize>> {
                poll::write_vectored(HasStream::registered(&*self), cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<std::io::Result<()>> {
                Poll::Ready(self.close_writing())
            }
        }
    };
}

pub(super) use {descriptor, readiness, reads, writes};
