//! Reading and writing without blocking: the traits of `futures::io`, and what goes with them.
//!
//! The standard streams are read and written on the blocking pool: the operating system has no way
//! to say when a terminal or a file is ready.

mod copy;
mod copy_bidirectional;
mod job;
mod pooled;
mod standard;
#[cfg(test)]
#[cfg(not(loom))]
mod tests;

pub use copy::{Copy, copy};
pub use copy_bidirectional::{CopyBidirectional, copy_bidirectional};
pub use futures::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite,
    AsyncWriteExt, BufReader, BufWriter, Cursor, Empty, LineWriter, Repeat, Sink, empty, repeat,
    sink,
};
pub use job::Job;
pub use standard::{Stderr, Stdin, Stdout, stderr, stdin, stdout};
pub use std::io::{Error, ErrorKind, IoSlice, IoSliceMut, Result, SeekFrom};

pub(crate) use pooled::{Pooled, Rewind};
