//! What the programs are made of: the public items of the house.

pub(crate) use wakeful_channels::{Receiver, Sender, channel, never, select};
pub(crate) use wakeful_diagnostics::{Config, external, serve};
pub(crate) use wakeful_runtime::net::{TcpListener, TcpStream};
pub(crate) use wakeful_runtime::runtime::{Builder, Handle, Runtime};
pub(crate) use wakeful_runtime::signals;
pub(crate) use wakeful_runtime::task::{self, JoinHandle};
pub(crate) use wakeful_runtime::time::{sleep, timeout};
pub(crate) use wakeful_runtime::yield_now;
pub(crate) use wakeful_sync::{
    Barrier, Mutex, Notify, OwnedMutexGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock,
    Semaphore, WaitGroup,
};
