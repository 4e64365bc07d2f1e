//! Deadlocks of locks alone.

pub(crate) mod ab_ba;
pub(crate) mod double_lock;
pub(crate) mod rwr;
