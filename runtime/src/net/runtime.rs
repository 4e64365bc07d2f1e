//! Finds the reactor that a new socket is entered with.

use std::sync::Arc;

use wakeful_diagnostics::names::Site;

use crate::here;
use crate::reactor::Reactor;

/// The reactor of the runtime this thread works for; panics in the words of `call` if there is
/// none.
#[track_caller]
pub(super) fn reactor(call: &str, site: Site) -> Arc<Reactor> {
    match here::with_driver(|driver| Arc::clone(driver.reactor())) {
        Some(reactor) => reactor,
        None => panic!(
            "wakeful::net::{call}: no runtime on this thread; call it inside `Runtime::block_on` \
             or a task (called at {site})"
        ),
    }
}
