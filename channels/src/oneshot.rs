//! One value, from one sender to one receiver.
//!
//! Made by [`oneshot`](crate::oneshot()). The receiver is itself the future of the value:
//!
//! ```
//! # futures_executor::block_on(async {
//! use wakeful_channels::oneshot;
//!
//! let (reply, answer) = oneshot();
//! let worker = async move { reply.send(6 * 7) };
//! worker.await.unwrap();
//! assert_eq!(answer.await, Ok(42));
//! # });
//! ```

mod receiver;
mod sender;
mod shared;

use wakeful_diagnostics::registry::Resource;
use wakeful_sync::shim::Arc;

pub use receiver::Receiver;
pub use sender::{Closed, Sender};

pub(crate) fn make<T>(resource: Resource) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(shared::Shared::new(resource));
    (Sender::new(Arc::clone(&shared)), Receiver::new(shared))
}
