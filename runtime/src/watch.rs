//! Watching: what is wrong although something still runs.

pub(crate) mod deadlock;
