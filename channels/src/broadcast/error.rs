//! What can go wrong when receiving a broadcast.

use std::error::Error;
use std::fmt;

/// No value was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecvError {
    /// Every sender is gone, and everything was received.
    Closed,
    /// The receiver was too far behind: so many values are lost to it. The next receive goes on
    /// with the oldest one that is left.
    Lagged(u64),
}

/// No value could be received at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryRecvError {
    /// There is no value yet.
    Empty,
    /// Every sender is gone, and everything was received.
    Closed,
    /// The receiver was too far behind: so many values are lost to it. The next receive goes on
    /// with the oldest one that is left.
    Lagged(u64),
}

impl From<RecvError> for TryRecvError {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Closed => Self::Closed,
            RecvError::Lagged(lost) => Self::Lagged(lost),
        }
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("receiving from a channel without senders"),
            Self::Lagged(lost) => write!(f, "receiving too slowly: {lost} values are lost"),
        }
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("receiving on an empty channel"),
            Self::Closed => RecvError::Closed.fmt(f),
            Self::Lagged(lost) => RecvError::Lagged(*lost).fmt(f),
        }
    }
}

impl Error for RecvError {}
impl Error for TryRecvError {}
