//! Deadlocks of locks and channels, or of groups and whatever else.

pub(crate) mod group;
pub(crate) mod lock;
pub(crate) mod misuse;
