//! What things cost in memory while nobody uses them.
//!
//! As in `idle.rs` it is what the kernel counts, so that allocators count too. A lock has been used
//! once, because some are made in full by their first use.

#![allow(unused_mut, reason = "not every backend receives by `&mut`")]

use std::future::poll_fn;
use std::hint::black_box;
use std::mem::forget;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use super::super::rt;
use super::idle::resident;
use super::served;

/// Of so many things that lie one beside the other; their own places count.
async fn bytes<T>(size: u64, mut make: impl AsyncFnMut(u64) -> T) -> f64 {
    let mut kept = Vec::with_capacity(size as usize);
    let before = resident();
    for number in 0..size {
        kept.push(make(number).await);
    }
    let bytes = (resident() - before) / size as f64;
    forget(black_box(kept));
    bytes
}

pub(super) async fn channel(size: u64) -> f64 {
    bytes(size, async |_| rt::channel::<u64>(16)).await
}

pub(super) async fn mutex(size: u64) -> f64 {
    let make = async |number| {
        let mutex = rt::Mutex::new(number);
        *mutex.lock().await += 1;
        mutex
    };
    bytes(size, make).await
}

pub(super) async fn rwlock(size: u64) -> f64 {
    let make = async |number| {
        let lock = rt::RwLock::new(number);
        *lock.write().await += 1;
        black_box(*lock.read().await);
        lock
    };
    bytes(size, make).await
}

/// A sleep that has begun, in a box; one task has them all.
#[expect(clippy::async_yields_async, reason = "it begins the sleep, and gives it back")]
pub(super) async fn timer(size: u64) -> f64 {
    let make = async |number| {
        let length = Duration::from_millis(3_600_000 + number * 7919 % 600_000);
        let mut sleep = Box::pin(rt::sleep(length));
        begin(sleep.as_mut()).await;
        sleep
    };
    bytes(size, make).await
}

/// Asks once whether it is over.
async fn begin(mut future: Pin<&mut impl Future>) {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await;
}

/// An accepted connection and its task, which waits in a read of 64 bytes; the clients are another
/// process.
pub(super) async fn connection(size: u64) -> f64 {
    served::Served::accept::<64>(size).await.bytes
}
