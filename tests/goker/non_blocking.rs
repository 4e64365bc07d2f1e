//! Bugs that make nobody wait: races, orders, misuse. Most of them do not compile in safe Rust.

pub(crate) mod channel;
pub(crate) mod function;
pub(crate) mod group;
pub(crate) mod order;
pub(crate) mod race;
pub(crate) mod testing;
