//! An open file.

use std::fs::{self, Metadata, Permissions};
use std::io::{self, Seek, SeekFrom};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::io::{AsyncRead, AsyncSeek, AsyncWrite};
use wakeful_diagnostics::names::Site;

use super::OpenOptions;
use crate::io::{Job, Pooled, Rewind};

/// An open file, read and written through the traits of `futures::io`.
///
/// A write is over when its bytes are on their way; flush before the file is dropped, or an error
/// of the last write is never heard of. [`sync_all`](Self::sync_all) waits for the disk.
#[derive(Debug)]
pub struct File {
    pooled: Pooled<Shared>,
    file: Arc<fs::File>,
}

/// The file as a job takes it along.
#[derive(Debug)]
struct Shared(Arc<fs::File>);

impl File {
    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    #[track_caller]
    pub fn open(path: impl AsRef<Path>) -> Job<Self> {
        OpenOptions::new().read(true).open(path)
    }

    /// Opens a file for writing; makes it if it is missing, removes what it held if it is not.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    #[track_caller]
    pub fn create(path: impl AsRef<Path>) -> Job<Self> {
        OpenOptions::new().write(true).create(true).truncate(true).open(path)
    }

    /// What [`open`](Self::open) and [`create`](Self::create) do, in detail.
    #[must_use]
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// Takes over a file of the standard library.
    #[track_caller]
    #[must_use]
    pub fn from_std(file: fs::File) -> Self {
        Self::at(file, Site::caller())
    }

    pub(super) fn at(file: fs::File, site: Site) -> Self {
        let file = Arc::new(file);
        Self { pooled: Pooled::new(Shared(Arc::clone(&file)), site), file }
    }

    /// Waits until what was written is on the disk, with all that is known of the file.
    ///
    /// # Errors
    ///
    /// Those of the operating system, and of writes before this.
    #[track_caller]
    pub fn sync_all(&mut self) -> Flushed<'_, ()> {
        self.after_flush(|file| file.sync_all())
    }

    /// Waits until what was written is on the disk.
    ///
    /// # Errors
    ///
    /// Those of the operating system, and of writes before this.
    #[track_caller]
    pub fn sync_data(&mut self) -> Flushed<'_, ()> {
        self.after_flush(|file| file.sync_data())
    }

    /// Cuts the file off after so many bytes, or fills it up with zeros.
    ///
    /// # Errors
    ///
    /// Those of the operating system, and of writes before this.
    #[track_caller]
    pub fn set_len(&mut self, bytes: u64) -> Flushed<'_, ()> {
        self.after_flush(move |file| file.set_len(bytes))
    }

    /// Tells what is known of the file.
    ///
    /// # Errors
    ///
    /// Those of the operating system, and of writes before this.
    #[track_caller]
    pub fn metadata(&mut self) -> Flushed<'_, Metadata> {
        self.after_flush(|file| file.metadata())
    }

    /// Sets who may do what.
    ///
    /// # Errors
    ///
    /// Those of the operating system, and of writes before this.
    #[track_caller]
    pub fn set_permissions(&mut self, permissions: Permissions) -> Flushed<'_, ()> {
        self.after_flush(move |file| file.set_permissions(permissions))
    }

    #[track_caller]
    fn after_flush<T>(
        &mut self,
        call: impl FnOnce(&fs::File) -> io::Result<T> + Send + 'static,
    ) -> Flushed<'_, T> {
        let file = Arc::clone(&self.file);
        Flushed { pooled: Some(&mut self.pooled), job: Job::new(move || call(&file)) }
    }
}

/// A job that waits for the writes before it; the future of [`File::sync_all`] and others.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Flushed<'a, T> {
    pooled: Option<&'a mut Pooled<Shared>>,
    job: Job<T>,
}

impl<T: Send + 'static> Future for Flushed<'_, T> {
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(pooled) = &mut self.pooled {
            ready!(pooled.poll_flush(cx))?;
            self.pooled = None;
        }
        Pin::new(&mut self.job).poll(cx)
    }
}

impl io::Read for Shared {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buf)
    }
}

impl io::Write for Shared {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self.0).write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.0).flush()
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        (&*self.0).seek(to)
    }
}

impl Rewind for Shared {
    fn rewind_by(&mut self, bytes: usize) -> io::Result<()> {
        let back = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.seek(SeekFrom::Current(-back)).map(drop)
    }
}

impl AsyncRead for File {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.pooled.poll_read(cx, buf)
    }
}

impl AsyncWrite for File {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.pooled.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pooled.poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pooled.poll_flush(cx)
    }
}

impl AsyncSeek for File {
    fn poll_seek(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: SeekFrom,
    ) -> Poll<io::Result<u64>> {
        self.pooled.poll_seek(cx, to)
    }
}
