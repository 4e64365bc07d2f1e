//! Whoever asked, as an answer that takes time sees it.

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How soon a client is noticed that sent more than was asked of it, and then went away.
const GLANCE: Duration = Duration::from_millis(100);

/// The client of a request that was read in full.
#[derive(Debug)]
pub(super) struct Client<'a>(&'a TcpStream);

impl<'a> Client<'a> {
    pub(super) fn of(stream: &'a TcpStream) -> Self {
        Self(stream)
    }

    /// Waits for so long, or until the client is gone; says whether it is still there.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut byte = [0];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // Zero would mean no limit at all.
            if left.is_zero() || self.0.set_read_timeout(Some(left)).is_err() {
                return true;
            }
            match self.0.peek(&mut byte) {
                Ok(0) => return false,
                Ok(_) => std::thread::sleep(left.min(GLANCE)),
                Err(e) if is_over(&e) => return false,
                Err(_) => {}
            }
        }
    }
}

/// Whether the connection is gone, rather than silent.
fn is_over(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    !matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}
