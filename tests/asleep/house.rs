//! What the programs are made of: the public items of the house.

pub(crate) use wakeful::channels::{Receiver, Sender, never};
pub(crate) use wakeful::diagnostics::{Config, external, install_signals, serve};
pub(crate) use wakeful::net::{TcpListener, TcpStream};
pub(crate) use wakeful::runtime::{Builder, Handle, Runtime};
pub(crate) use wakeful::sync::{
    Barrier, Mutex, Notify, OwnedMutexGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock,
    Semaphore, WaitGroup,
};
pub(crate) use wakeful::task::{self, JoinHandle};
pub(crate) use wakeful::time::{sleep, timeout};
pub(crate) use wakeful::{channel, select, yield_now};
