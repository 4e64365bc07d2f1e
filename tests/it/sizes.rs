//! The sizes that the docs state. A change of one is fine; then change the docs as well.
#![cfg(target_arch = "x86_64")]

use std::future::Pending;
use std::mem::size_of;

use wakeful::channels::{Receiver, Recv, Send, Sender};
use wakeful::sync::{
    Acquire, AcquireOwned, Barrier, BarrierWait, Cond, CondWait, Lock, LockOwned, Mutex,
    MutexGuard, Notified, Notify, Once, OnceCell, Read, ReadOwned, RwLock, Semaphore, Wait,
    WaitGroup, Write, WriteOwned,
};
use wakeful::task::JoinHandle;
use wakeful::time::{Sleep, Timeout};

#[test]
fn locks_are_as_small_as_their_docs_say() {
    assert_eq!(size_of::<Mutex<()>>(), 80);
    assert_eq!(size_of::<MutexGuard<'_, ()>>(), 8);
    assert_eq!(size_of::<RwLock<()>>(), 64);
    assert_eq!(size_of::<Semaphore>(), 72);
    assert_eq!(size_of::<Notify>(), 64);
    assert_eq!(size_of::<Cond>(), 56);
    assert_eq!(size_of::<Barrier>(), 112);
    assert_eq!(size_of::<Once>(), 72);
    assert_eq!(size_of::<OnceCell<()>>(), 72);
    assert_eq!(size_of::<WaitGroup>(), 24);
}

#[test]
fn handles_are_as_small_as_their_docs_say() {
    assert_eq!(size_of::<Sender<u64>>(), 24);
    assert_eq!(size_of::<Receiver<u64>>(), 24);
    assert_eq!(size_of::<JoinHandle<u64>>(), 16);
}

#[test]
fn futures_are_as_small_as_their_docs_say() {
    assert_eq!(size_of::<Lock<'_, ()>>(), 32);
    assert_eq!(size_of::<LockOwned<()>>(), 32);
    assert_eq!(size_of::<Read<'_, ()>>(), 32);
    assert_eq!(size_of::<Write<'_, ()>>(), 32);
    assert_eq!(size_of::<ReadOwned<()>>(), 32);
    assert_eq!(size_of::<WriteOwned<()>>(), 32);
    assert_eq!(size_of::<Acquire<'_>>(), 40);
    assert_eq!(size_of::<AcquireOwned>(), 40);
    assert_eq!(size_of::<Notified<'_>>(), 48);
    assert_eq!(size_of::<CondWait<'_, ()>>(), 72);
    assert_eq!(size_of::<BarrierWait<'_>>(), 32);
    assert_eq!(size_of::<Wait<'_>>(), 32);
    assert_eq!(size_of::<Send<'_, [u64; 4]>>(), 72);
    assert_eq!(size_of::<Send<'_, Box<u64>>>(), 40);
    assert_eq!(size_of::<Recv<'_, u64>>(), 32);
    assert_eq!(size_of::<Sleep>(), 72);
    assert_eq!(size_of::<Timeout<Pending<()>>>(), 72);
}
