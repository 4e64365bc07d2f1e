//! What can only be read and written by blocking, made to look as if it did not.
//!
//! Invariants:
//! * the thing itself is here, or on its way in the one job that runs;
//! * bytes that were read ahead are given out before anything else is read, and the thing is wound
//!   back over them before anything is written.
//!
//! A write is over when its bytes are with the job. An error of it is told by the next operation,
//! so whoever wants to know flushes.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::Site;

use crate::blocking;
use crate::task::JoinHandle;

/// As much is read, or taken from a writer, at once.
const ROOM: usize = 64 * 1024;

/// Something that blocks, and the bytes between it and us.
pub(crate) struct Pooled<T> {
    state: State<T>,
    /// What was read, from `given` on.
    buffer: Vec<u8>,
    given: usize,
    /// What the last job came to, until somebody hears of it.
    outcome: Option<io::Result<Done>>,
    site: Site,
}

enum State<T> {
    Here(T),
    Away(JoinHandle<Back<T>>),
    /// A job took it along and did not come back: it panicked, or the runtime ended.
    Lost,
}

/// What a job brings back.
struct Back<T> {
    thing: T,
    buffer: Vec<u8>,
    result: io::Result<Done>,
}

#[derive(Debug, Clone, Copy)]
enum Done {
    /// The bytes are in the buffer; there are none at the end.
    Read,
    Written,
    /// Where it is now.
    Sought(u64),
}

/// Goes back over bytes that were read ahead.
pub(crate) trait Rewind {
    fn rewind_by(&mut self, bytes: usize) -> io::Result<()>;
}

impl<T: Send + 'static> Pooled<T> {
    pub(crate) const fn new(thing: T, site: Site) -> Self {
        Self { state: State::Here(thing), buffer: Vec::new(), given: 0, outcome: None, site }
    }

    /// Bytes that were read and not yet given out.
    fn ahead(&self) -> usize {
        self.buffer.len() - self.given
    }

    /// Ready once no job runs; what the last one came to is in `outcome`.
    fn poll_here(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let State::Away(job) = &mut self.state else { return Poll::Ready(()) };
        match ready!(Pin::new(job).poll(cx)) {
            Ok(Back { thing, buffer, result }) => {
                self.state = State::Here(thing);
                self.buffer = buffer;
                self.given = 0;
                self.outcome = Some(result);
            }
            Err(error) => {
                self.state = State::Lost;
                self.outcome = Some(Err(io::Error::other(error)));
            }
        }
        Poll::Ready(())
    }

    /// Sends the thing away with a job; none may run. The buffer goes along.
    fn send(
        &mut self,
        call: impl FnOnce(&mut T, &mut Vec<u8>) -> io::Result<Done> + Send + 'static,
    ) -> io::Result<()> {
        let State::Here(mut thing) = std::mem::replace(&mut self.state, State::Lost) else {
            return Err(io::Error::other("it was lost with a job that did not come back"));
        };
        let mut buffer = std::mem::take(&mut self.buffer);
        self.given = 0;
        let job = move || {
            let result = call(&mut thing, &mut buffer);
            Back { thing, buffer, result }
        };
        self.state = State::Away(blocking::spawn(job, self.site));
        Ok(())
    }

    /// Ready once everything that was written is with the operating system.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_here(cx));
        Poll::Ready(match self.outcome.take() {
            Some(Err(error)) => Err(error),
            _ => Ok(()),
        })
    }
}

impl<T: Read + Send + 'static> Pooled<T> {
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.poll_here(cx));
            let outcome = self.outcome.take().transpose()?;
            let given = self.ahead().min(buf.len());
            if given > 0 || buf.is_empty() {
                buf[..given].copy_from_slice(&self.buffer[self.given..self.given + given]);
                self.given += given;
                return Poll::Ready(Ok(given));
            }
            if let Some(Done::Read) = outcome {
                return Poll::Ready(Ok(0));
            }
            let asked = buf.len().min(ROOM);
            self.send(move |thing, buffer| {
                buffer.resize(asked, 0);
                let read = loop {
                    match thing.read(buffer) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        read => break read,
                    }
                };
                buffer.truncate(*read.as_ref().unwrap_or(&0));
                read.map(|_| Done::Read)
            })?;
        }
    }
}

impl<T: Write + Rewind + Send + 'static> Pooled<T> {
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_flush(cx))?;
        let ahead = self.ahead();
        let taken = buf.len().min(ROOM);
        self.buffer.clear();
        self.buffer.extend_from_slice(&buf[..taken]);
        self.send(move |thing, buffer| {
            if ahead > 0 {
                thing.rewind_by(ahead)?;
            }
            let written = thing.write_all(buffer).and_then(|()| thing.flush());
            buffer.clear();
            written.map(|()| Done::Written)
        })?;
        Poll::Ready(Ok(taken))
    }
}

impl<T: Seek + Send + 'static> Pooled<T> {
    /// Called again and again with the same `to` until it is ready.
    pub(crate) fn poll_seek(
        &mut self,
        cx: &mut Context<'_>,
        to: SeekFrom,
    ) -> Poll<io::Result<u64>> {
        loop {
            ready!(self.poll_here(cx));
            if let Some(Done::Sought(at)) = self.outcome.take().transpose()? {
                return Poll::Ready(Ok(at));
            }
            let to = match to {
                // Whoever seeks knows of what was given out, and of nothing else.
                SeekFrom::Current(by) => SeekFrom::Current(by.saturating_sub(self.ahead() as i64)),
                other => other,
            };
            self.send(move |thing, buffer| {
                buffer.clear();
                thing.seek(to).map(Done::Sought)
            })?;
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Pooled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Here(thing) => thing.fmt(f),
            State::Away(_) => f.write_str("Pooled(away)"),
            State::Lost => f.write_str("Pooled(lost)"),
        }
    }
}
