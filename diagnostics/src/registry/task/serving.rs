//! Whether the handler of a request waits in a task.

use std::sync::atomic::Ordering;

use super::TaskRecord;

/// By what a client could end the wait of its request's handler, which is dropped then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serving {
    /// By hanging up, which is seen by the read of the connection, in the handler's task (HTTP/1).
    Connection,
    /// By a reset, for which a waker of the task is kept (HTTP/2).
    Stream,
}

/// Flags of the record, beside those of the task itself.
const CONNECTION: u8 = 32;
const STREAM: u8 = 64;

/// What these flags say.
pub(super) const fn of(flags: u8) -> Option<Serving> {
    match flags {
        _ if flags & CONNECTION != 0 => Some(Serving::Connection),
        _ if flags & STREAM != 0 => Some(Serving::Stream),
        _ => None,
    }
}

impl TaskRecord {
    /// Says whether the handler of a request waits in it.
    pub fn set_serves(&self, serving: Serving, serves: bool) {
        let flag = match serving {
            Serving::Connection => CONNECTION,
            Serving::Stream => STREAM,
        };
        match serves {
            true => self.flags.fetch_or(flag, Ordering::Relaxed),
            false => self.flags.fetch_and(!flag, Ordering::Relaxed),
        };
    }

    /// Whether what the task reads, but for its handler, is the connection of a client who waits for that.
    #[inline]
    #[must_use]
    pub fn reads_beside_handler(&self) -> bool {
        self.has(CONNECTION)
    }
}
