//! Deadlocks of those who talk: channels, contexts, condition variables.

pub(crate) mod channel;
pub(crate) mod channel_cond;
pub(crate) mod cond;
pub(crate) mod context;
