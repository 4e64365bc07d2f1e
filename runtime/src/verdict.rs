//! Whether anything can ever wake a process that sleeps.

use crate::scheduler::Shared;

/// What a look at a sleeping process comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Something may wake somebody, and will then stir the monitor.
    Alive,
    /// Nothing of the house can wake anybody, but a thread outside may.
    Doubtful,
    /// It is over, and those who wait have been told.
    Told,
}

/// Judges. `unchanged` tells whether nothing stirred since the caller last looked.
pub(crate) fn judge(_runtimes: &[&'static Shared], _unchanged: impl Fn() -> bool) -> Outcome {
    Outcome::Alive
}
