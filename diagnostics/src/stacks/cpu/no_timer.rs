//! Systems without the timer.

use std::io;
use std::time::Duration;

use super::Busy;

/// There is none.
pub(super) fn install() -> Result<(), Busy> {
    Err(Busy::Refused(io::ErrorKind::Unsupported.into()))
}

/// There is none.
pub(super) fn set(_: Duration) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
