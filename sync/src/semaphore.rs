//! A number of permits, handed out first come, first served.

mod acquire;
mod permit;
mod pool;
mod queue;

pub use acquire::{Acquire, AcquireOwned, Semaphore};
pub use permit::{OwnedSemaphorePermit, SemaphorePermit};
