//! What is in a directory.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures::stream::Stream;

use crate::io::Job;

/// So many entries are read by one job.
const PORTION: usize = 64;

/// Reads what is in a directory.
///
/// # Errors
///
/// Those of the operating system.
#[track_caller]
pub fn read_dir(path: impl AsRef<Path>) -> Job<ReadDir> {
    let path = path.as_ref().to_owned();
    Job::new(move || {
        fs::read_dir(path)
            .map(|rest| ReadDir { read: Vec::new().into_iter(), state: State::Here(rest) })
    })
}

/// What is in a directory, one entry after the other: a stream.
#[derive(Debug)]
pub struct ReadDir {
    read: vec::IntoIter<io::Result<DirEntry>>,
    state: State,
}

#[derive(Debug)]
enum State {
    Here(fs::ReadDir),
    Away(Job<Portion>),
    Ended,
}

type Portion = (Vec<io::Result<DirEntry>>, Option<fs::ReadDir>);

impl ReadDir {
    /// The next entry; `None` once there is none.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    ///
    /// # Cancel safety
    ///
    /// No entry is lost.
    pub fn next_entry(&mut self) -> NextEntry<'_> {
        NextEntry(self)
    }

    fn poll_entry(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<DirEntry>>> {
        loop {
            if let Some(entry) = self.read.next() {
                return Poll::Ready(Some(entry));
            }
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Here(mut rest) => {
                    self.state = State::Away(Job::new(move || {
                        let portion: Vec<_> = rest.by_ref().take(PORTION).collect();
                        let rest = (portion.len() == PORTION).then_some(rest);
                        Ok((portion, rest))
                    }));
                }
                State::Away(mut job) => match Pin::new(&mut job).poll(cx) {
                    Poll::Ready(result) => {
                        let (portion, rest) = result?;
                        self.read = portion.into_iter();
                        self.state = rest.map_or(State::Ended, State::Here);
                    }
                    Poll::Pending => {
                        self.state = State::Away(job);
                        return Poll::Pending;
                    }
                },
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl Stream for ReadDir {
    type Item = io::Result<DirEntry>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_entry(cx)
    }
}

/// The future of [`ReadDir::next_entry`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct NextEntry<'a>(&'a mut ReadDir);

impl Future for NextEntry<'_> {
    type Output = io::Result<Option<DirEntry>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(self.0.poll_entry(cx)).transpose())
    }
}
