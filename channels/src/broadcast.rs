//! Each value to every receiver.
//!
//! Made by [`broadcast`](crate::broadcast()). A send never waits: the channel keeps the last
//! `capacity` values (exactly that many) for the receivers that have not seen them yet. A receiver
//! that falls further behind has lost the oldest ones; it is told how many
//! ([`RecvError::Lagged`]) and goes on with the oldest value that is left.
//!
//! A receiver gets the values that were sent after it was made. A value is dropped when every
//! receiver that was there when it was sent has seen it, or is gone, or has lost it.
//!
//! Each receiver gets a clone of its own, except the last one, which gets the value itself. Clones
//! are made while no lock of the channel is held.

mod error;
mod receiver;
mod sender;
mod shared;

use wakeful_diagnostics::registry::Resource;
use wakeful_sync::shim::Arc;

pub use error::{RecvError, TryRecvError};
pub use receiver::{Receiver, Recv};
pub use sender::{Closed, Sender};

pub(crate) fn make<T>(capacity: usize, resource: Resource) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(shared::Shared::new(capacity, resource));
    (Sender::new(Arc::clone(&shared)), Receiver::new(shared, 0))
}
