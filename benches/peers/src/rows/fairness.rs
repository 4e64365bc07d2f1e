//! How evenly work is spread over the tasks that do the same.
//!
//! Each task counts what it has done. What is compared is what was added in a time that begins when
//! all are at work: the least and the most of all tasks by the mean, and Jain's index (1: all alike,
//! one by the number of tasks: one does all).

#![allow(unused_mut, reason = "not every backend receives by `&mut`")]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::super::rt;

/// Until all are at work.
const BEFORE: Duration = Duration::from_millis(50);

/// One task's count, on two lines of cache of its own.
#[repr(align(128))]
#[derive(Default)]
struct Count(AtomicU64);

/// What the tasks have done, and whether they shall go on.
struct Shares {
    counts: Vec<Count>,
    stop: AtomicBool,
}

impl Shares {
    fn of(tasks: usize) -> Arc<Self> {
        let counts = (0..tasks).map(|_| Count::default()).collect();
        Arc::new(Self { counts, stop: AtomicBool::new(false) })
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    /// The task does one more. Nobody else writes its count.
    fn done(&self, task: usize) {
        let count = &self.counts[task].0;
        count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    fn all(&self) -> Vec<u64> {
        self.counts.iter().map(|count| count.0.load(Ordering::Relaxed)).collect()
    }

    /// Lets them work for so many milliseconds; the least and the most by the mean, Jain's index,
    /// and nanoseconds of one operation.
    async fn after(&self, length: u64) -> Vec<f64> {
        rt::sleep(BEFORE).await;
        let (before, start) = (self.all(), Instant::now());
        rt::sleep(Duration::from_millis(length)).await;
        let (after, took) = (self.all(), start.elapsed());
        self.stop.store(true, Ordering::Relaxed);
        let done: Vec<f64> = after.iter().zip(before).map(|(a, b)| (a - b) as f64).collect();
        let (sum, count) = (done.iter().sum::<f64>(), done.len() as f64);
        let squares = done.iter().map(|done| done * done).sum::<f64>();
        let (least, most) =
            done.iter().fold((f64::MAX, 0.0_f64), |(a, b), d| (a.min(*d), b.max(*d)));
        let mean = sum / count;
        vec![least / mean, most / mean, sum * sum / (count * squares), took.as_nanos() as f64 / sum]
    }
}

/// 64 tasks lock and unlock.
pub(super) async fn mutex(length: u64) -> Vec<f64> {
    let (shares, mutex) = (Shares::of(64), Arc::new(rt::Mutex::new(0_u64)));
    for task in 0..64 {
        let (shares, mutex) = (Arc::clone(&shares), Arc::clone(&mutex));
        rt::detach(async move {
            while shares.goes_on() {
                *mutex.lock().await += 1;
                shares.done(task);
            }
        });
    }
    shares.after(length).await
}

/// 64 tasks read, and write one time in twenty.
pub(super) async fn rwlock(length: u64) -> Vec<f64> {
    let (shares, lock) = (Shares::of(64), Arc::new(rt::RwLock::new(0_u64)));
    for task in 0..64 {
        let (shares, lock) = (Arc::clone(&shares), Arc::clone(&lock));
        rt::detach(async move {
            let mut turn = task;
            while shares.goes_on() {
                if turn % 20 == 0 {
                    *lock.write().await += 1;
                } else {
                    black_box(*lock.read().await);
                }
                turn += 1;
                shares.done(task);
            }
        });
    }
    shares.after(length).await
}

/// 16 senders, one receiver, room for 128: what the senders have sent.
pub(super) async fn senders(length: u64) -> Vec<f64> {
    let shares = Shares::of(16);
    let (tx, mut rx) = rt::channel::<u64>(128);
    for task in 0..16 {
        let (shares, tx) = (Arc::clone(&shares), tx.clone());
        rt::detach(async move {
            while shares.goes_on() && tx.send(1).await.is_ok() {
                shares.done(task);
            }
        });
    }
    drop(tx);
    rt::detach(async move { while rx.recv().await.is_some() {} });
    shares.after(length).await
}

/// 4 senders, 4 receivers, room for 128: what the receivers have received.
pub(super) async fn receivers(length: u64) -> Vec<f64> {
    let shares = Shares::of(4);
    let (tx, rx) = rt::shared_channel::<u64>(128);
    for _ in 0..4 {
        let (shares, tx) = (Arc::clone(&shares), tx.clone());
        rt::detach(async move { while shares.goes_on() && tx.send(1).await.is_ok() {} });
    }
    drop(tx);
    for task in 0..4 {
        let (shares, rx) = (Arc::clone(&shares), rx.clone());
        rt::detach(async move {
            while rx.recv().await.is_some() {
                shares.done(task);
            }
        });
    }
    drop(rx);
    shares.after(length).await
}

/// 200 tasks yield.
pub(super) async fn yields(length: u64) -> Vec<f64> {
    let shares = Shares::of(200);
    for task in 0..200 {
        let shares = Arc::clone(&shares);
        rt::detach(async move {
            while shares.goes_on() {
                rt::yield_now().await;
                shares.done(task);
            }
        });
    }
    shares.after(length).await
}
