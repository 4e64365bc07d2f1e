//! The locks as their users see them, polled by hand or by threads.

mod auto_traits;
mod hand;
mod mutex;
mod panics;
mod registry;
mod wait_group;
