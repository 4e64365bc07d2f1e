//! The two directions of a stream, apart: the same for TCP and Unix.

/// Halves of `$stream`, whose addresses are `$address` and whose descriptor is `$mio`.
macro_rules! halves {
    ($stream:ident, $mio:ty, $address:ty) => {
        /// The reading direction, lent by `split`.
        #[derive(Debug)]
        pub struct ReadHalf<'a>(pub(super) &'a $stream);

        /// The writing direction, lent by `split`.
        #[derive(Debug)]
        pub struct WriteHalf<'a>(pub(super) &'a $stream);

        /// The reading direction, from `into_split`.
        #[derive(Debug)]
        pub struct OwnedReadHalf(Arc<$stream>);

        /// The writing direction, from `into_split`.
        ///
        /// Dropping it ends the direction: the other side reads the end.
        #[derive(Debug)]
        pub struct OwnedWriteHalf {
            stream: Arc<$stream>,
            ends: bool,
        }

        pub(super) fn split(stream: $stream) -> (OwnedReadHalf, OwnedWriteHalf) {
            let stream = Arc::new(stream);
            (OwnedReadHalf(Arc::clone(&stream)), OwnedWriteHalf { stream, ends: true })
        }

        fn reunite(read: OwnedReadHalf, write: OwnedWriteHalf) -> Result<$stream, ReuniteError> {
            if !Arc::ptr_eq(&read.0, &write.stream) {
                return Err(ReuniteError(read, write));
            }
            write.forget();
            let whole = Arc::into_inner(read.0);
            Ok(whole.unwrap_or_else(|| unreachable!("there are two halves, both here")))
        }

        impl OwnedReadHalf {
            /// Puts the two halves together again.
            ///
            /// # Errors
            ///
            /// They are of two connections; the error gives them back.
            pub fn reunite(self, other: OwnedWriteHalf) -> Result<$stream, ReuniteError> {
                reunite(self, other)
            }
        }

        impl OwnedWriteHalf {
            /// Puts the two halves together again.
            ///
            /// # Errors
            ///
            /// They are of two connections; the error gives them back.
            pub fn reunite(self, other: OwnedReadHalf) -> Result<$stream, ReuniteError> {
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

        half!($stream, $mio, $address, ReadHalf<'_>, self => self.0);
        half!($stream, $mio, $address, WriteHalf<'_>, self => self.0);
        half!($stream, $mio, $address, OwnedReadHalf, self => self.0);
        half!($stream, $mio, $address, OwnedWriteHalf, self => self.stream);

        impl WriteHalf<'_> {
            fn close_writing(&self) -> io::Result<()> {
                self.0.shutdown(Shutdown::Write)
            }
        }

        impl OwnedWriteHalf {
            fn close_writing(&self) -> io::Result<()> {
                self.stream.shutdown(Shutdown::Write)
            }
        }

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
    };
}

/// What every half can say of its connection; `$whole` leads to it.
macro_rules! half {
    ($stream:ident, $mio:ty, $address:ty, $half:ty, $self:ident => $whole:expr) => {
        impl HasStream for $half {
            type Io = $mio;

            fn registered(&$self) -> &Registered<Self::Io> {
                &$whole.io
            }
        }

        impl $half {
            /// The address of this side.
            ///
            /// # Errors
            ///
            /// Those of the operating system.
            pub fn local_addr(&$self) -> io::Result<$address> {
                $whole.local_addr()
            }

            /// The address of the other side.
            ///
            /// # Errors
            ///
            /// Those of the operating system.
            pub fn peer_addr(&$self) -> io::Result<$address> {
                $whole.peer_addr()
            }
        }

        impl AsRef<$stream> for $half {
            fn as_ref(&$self) -> &$stream {
                &$whole
            }
        }
    };
}

pub(super) use {half, halves};
