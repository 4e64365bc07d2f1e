//! What the programs are made of: the public items of the house.

pub(crate) use wakeful_diagnostics::external;
pub(crate) use wakeful_runtime::runtime::{Builder, Handle, Runtime};
pub(crate) use wakeful_runtime::task::{self, JoinHandle};
pub(crate) use wakeful_runtime::yield_now;
pub(crate) use wakeful_sync::{Mutex, OwnedMutexGuard, WaitGroup};
