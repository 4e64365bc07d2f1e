//! How late something runs, beside tasks that work and on a runtime at rest.

#![allow(unused_mut, reason = "not every backend receives by `&mut`")]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::rt;

/// Arithmetic that no compiler takes away.
pub(super) fn burn(turns: u64) {
    let mut state = 1_u64;
    for _ in 0..turns {
        state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

/// How many turns of `burn` take 20 us.
pub(super) fn turns() -> u64 {
    const TRIAL: u64 = 20_000;
    let fastest = (0..5)
        .map(|_| {
            let start = Instant::now();
            burn(TRIAL);
            start.elapsed().as_nanos() as u64
        })
        .min();
    TRIAL * 20_000 / fastest.unwrap_or(1).max(1)
}

/// Tasks that work for 20 us, yield, and so on.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    tasks: Vec<rt::JoinHandle<()>>,
}

impl Load {
    pub(super) fn of(tasks: usize) -> Self {
        let (stop, turns) = (Arc::new(AtomicBool::new(false)), turns());
        let task = |_| {
            let stop = Arc::clone(&stop);
            rt::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    burn(turns);
                    rt::yield_now().await;
                }
            })
        };
        let tasks = (0..tasks).map(task).collect();
        Self { stop, tasks }
    }

    pub(super) async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("no panic");
        }
    }
}

/// The nanoseconds that a hundredth, or a half of all, exceed.
fn percentile(mut of: Vec<u64>, part: f64) -> f64 {
    of.sort_unstable();
    of[((of.len() - 1) as f64 * part) as usize] as f64
}

/// From a `send` until the receiver runs: what one in a hundred takes beside tasks that work, and
/// the median where the workers sleep in between.
pub(super) async fn wake(size: u64, beside: usize) -> f64 {
    let load = Load::of(beside);
    let (tx, mut rx) = rt::channel::<Instant>(1);
    let (ack, mut acks) = rt::channel(1);
    let receiver = rt::spawn(async move {
        let mut times = Vec::with_capacity(size as usize);
        for _ in 0..size {
            let sent = rx.recv().await.expect("the other plays on");
            times.push(sent.elapsed().as_nanos() as u64);
            ack.send(()).await.expect("the other plays on");
        }
        times
    });
    let sender = rt::spawn(async move {
        for _ in 0..size {
            if beside == 0 {
                rt::sleep(Duration::from_micros(300)).await;
            } else {
                rt::yield_now().await;
            }
            tx.send(Instant::now()).await.expect("the other plays on");
            acks.recv().await.expect("the other plays on");
        }
    });
    sender.await.expect("no panic");
    let times = receiver.await.expect("no panic");
    load.end().await;
    percentile(times, if beside == 0 { 0.5 } else { 0.99 })
}

/// How much later than asked a sleep of 1 ms ends.
pub(super) async fn timer(size: u64, beside: usize) -> f64 {
    const LENGTH: Duration = Duration::from_millis(1);
    let load = Load::of(beside);
    let sleeper = rt::spawn(async move {
        let mut late = Vec::with_capacity(size as usize);
        for _ in 0..size {
            let start = Instant::now();
            rt::sleep(LENGTH).await;
            late.push(start.elapsed().saturating_sub(LENGTH).as_nanos() as u64);
        }
        late
    });
    let late = sleeper.await.expect("no panic");
    load.end().await;
    percentile(late, if beside == 0 { 0.5 } else { 0.99 })
}
