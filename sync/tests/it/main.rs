//! The locks as their users see them, polled by hand or by threads.

mod auto_traits;
mod barrier;
mod cond;
mod dice;
mod fuzz;
mod hand;
mod lock_many;
mod model;
mod mutex;
mod notify;
mod once;
mod panics;
mod registry;
mod rwlock;
mod semaphore;
mod wait_group;
mod wakers;
