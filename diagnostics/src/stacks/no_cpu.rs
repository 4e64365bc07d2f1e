//! Where threads cannot be asked, nobody knows where the processor's time goes.

use std::fmt;
use std::time::Duration;

/// As in the twin.
pub const PERIOD: Duration = Duration::from_millis(10);

/// Whether profiles can be taken.
pub const IS_BUILT: bool = false;

/// So often a thread was seen at the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// An address in each call, the innermost first.
    pub stack: Vec<usize>,
    /// How often.
    pub count: u64,
}

/// What was seen in a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The places.
    pub samples: Vec<Sample>,
}

/// Why no profile was taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum Busy {
    /// One is being taken.
    InUse,
    /// This build cannot.
    NotBuilt,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this build cannot take profiles")
    }
}

impl std::error::Error for Busy {}

/// Says that it cannot.
///
/// # Errors
///
/// Always.
pub fn profile_during(_wait: impl FnOnce()) -> Result<Profile, Busy> {
    Err(Busy::NotBuilt)
}
