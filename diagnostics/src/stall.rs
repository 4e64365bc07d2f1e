//! Polls that do not return: who, for how long, blocked in what, and who waits behind.
//!
//! The runtime sees that a poll lasts; what its thread does meanwhile, the kernel tells. So the
//! report names even a `std::sync::Mutex`, of which the house knows nothing but its address.

mod exhausted;
mod thread;
mod wording;

pub use exhausted::pool_exhausted;
pub use thread::{Doing, Spent, Thread};
pub use wording::{starved, stuck};

use std::time::Duration;

use crate::registry::TaskView;
use crate::stacks::Call;

/// A worker whose poll does not return.
#[derive(Debug, Clone)]
pub struct Stuck {
    /// Which worker it is.
    pub worker: usize,
    /// The task that is being polled.
    pub task: TaskView,
    /// For how long.
    pub lasted: Duration,
    /// How much of that time its thread had the processor, if that is known.
    pub ran: Option<Duration>,
    /// What its thread does.
    pub doing: Doing,
    /// The calls its thread is in, the innermost first, if it has told them.
    pub calls: Vec<Call>,
    /// Other workers that wait on the same address.
    pub beside: Vec<usize>,
    /// How many workers there are.
    pub workers: usize,
    /// How many tasks are ready to run, and wait for a worker.
    pub ready: usize,
}
