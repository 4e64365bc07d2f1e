//! stand-in
#![allow(missing_docs, clippy::all, reason = "stand-in")]
use std::io;
use std::sync::Arc;
use std::time::Duration;
#[derive(Debug)]
pub struct Driver {
    poll: mio::Poll,
    events: mio::Events,
}
#[derive(Debug, Clone)]
pub struct Handle(Arc<mio::Waker>);
impl Driver {
    pub fn new() -> io::Result<(Self, Handle)> {
        let poll = mio::Poll::new()?;
        let w = mio::Waker::new(poll.registry(), mio::Token(usize::MAX))?;
        Ok((Self { poll, events: mio::Events::with_capacity(16) }, Handle(Arc::new(w))))
    }
    pub fn wait(&mut self, t: Option<Duration>) {
        let _ = self.poll.poll(&mut self.events, t);
    }
    pub fn dispatch(&mut self) {}
    pub fn turn(&mut self) {
        self.wait(Some(Duration::ZERO));
        self.dispatch();
    }
}
impl Handle {
    pub fn unpark(&self) {
        let _ = self.0.wake();
    }
    pub fn watched(&self) -> usize {
        0
    }
    pub fn shutdown(&self) {}
}
