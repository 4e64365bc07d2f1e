//! Every interleaving of a few threads at the locks.

#![cfg(loom)]

mod mutex;
mod notify;
mod once;
mod recall;
mod rwlock;
mod semaphore;
mod task;
mod wait_group;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use wakeful_sync::{Mutex, RwLock, Semaphore};

/// Polls once and reports whether it has to wait; its wake-ups are lost.
fn parks<F: Future>(future: Pin<&mut F>) -> bool {
    matches!(future.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
}

fn look<T>(_: &T) {}

/// A mutex to share. The shim makes loom's objects on first use, and to loom making one is a write
/// that has to happen before every other use: hence the first look.
fn mutex<T: Send>(value: T) -> Arc<Mutex<T>> {
    let mutex = Arc::new(Mutex::new(value));
    look(&*mutex.try_lock().expect("it is new"));
    mutex
}

/// As [`mutex`].
fn rwlock<T: Send + Sync>(value: T) -> Arc<RwLock<T>> {
    let lock = Arc::new(RwLock::new(value));
    look(&*lock.try_write().expect("it is new"));
    lock
}

/// As [`mutex`].
fn semaphore(permits: usize) -> Arc<Semaphore> {
    let semaphore = Arc::new(Semaphore::new(permits));
    assert_eq!(semaphore.available_permits(), permits);
    semaphore
}
