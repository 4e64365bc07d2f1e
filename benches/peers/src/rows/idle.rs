//! What a task costs in memory while it waits for ever.

#![allow(unused_mut, reason = "not every backend receives by `&mut`")]

use std::future::poll_fn;
use std::mem::forget;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use super::super::rt;

/// Bytes of memory in use, as the kernel counts them.
pub(super) fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.map_or(f64::NAN, |pages: f64| pages * 4096.0)
}

/// Bytes of each of so many tasks that `start` starts; each counts itself once it runs.
async fn bytes<K>(size: u64, mut start: impl FnMut(Arc<AtomicU64>) -> K) -> f64 {
    let mut kept = Vec::with_capacity(size as usize);
    let asleep = Arc::new(AtomicU64::new(0));
    let before = resident();
    for _ in 0..size {
        kept.push(start(Arc::clone(&asleep)));
    }
    while asleep.load(Ordering::Relaxed) < size {
        rt::sleep(Duration::from_millis(1)).await;
    }
    rt::sleep(Duration::from_millis(20)).await;
    let after = resident();
    forget(kept);
    (after - before) / size as f64
}

/// Tasks that keep their own waker: one that nobody can wake, some would free.
pub(super) async fn pending(size: u64) -> f64 {
    bytes(size, |asleep| {
        rt::detach(async move {
            asleep.fetch_add(1, Ordering::Relaxed);
            let mut own = None;
            poll_fn(|cx| {
                own = Some(cx.waker().clone());
                Poll::<()>::Pending
            })
            .await;
            drop(own);
        });
    })
    .await
}

/// Tasks that receive from a channel each; the channel is counted too.
pub(super) async fn receiving(size: u64) -> f64 {
    bytes(size, |asleep| {
        let (tx, mut rx) = rt::channel::<u64>(0);
        rt::detach(async move {
            asleep.fetch_add(1, Ordering::Relaxed);
            rx.recv().await;
        });
        tx
    })
    .await
}
