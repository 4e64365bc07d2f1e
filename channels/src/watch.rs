//! The latest of a value, shown to everybody who looks.
//!
//! Made by [`watch`](crate::watch()). A send replaces the value; receivers look at it whenever they
//! like, and can wait until there is one they have not seen. Values in between may go unseen.
//!
//! Each receiver remembers which value it has seen last: the one that was current when it was made
//! counts as seen. [`changed`](Receiver::changed), [`borrow_and_update`](Receiver::borrow_and_update)
//! and [`wait_for`](Receiver::wait_for) mark the current one as seen, [`borrow`](Receiver::borrow)
//! does not.
//!
//! While a [`Ref`] is held a send blocks its thread; so keep it short, and never across `.await`.

mod receiver;
mod sender;
mod shared;

use wakeful_diagnostics::registry::Resource;
use wakeful_sync::shim::Arc;

pub use receiver::{Changed, Receiver, WaitFor};
pub use sender::{Closed, Sender};
pub use shared::Ref;

pub(crate) fn make<T>(initial: T, resource: Resource) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(shared::Shared::new(initial, resource));
    (Sender::new(Arc::clone(&shared)), Receiver::new(shared, shared::FIRST))
}
