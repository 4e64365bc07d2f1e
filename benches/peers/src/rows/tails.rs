//! How late something runs: the half, the hundredth and the thousandth that are latest.

#![allow(unused_mut, reason = "not every backend receives by `&mut`")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::rt;
use super::latency::{Load, burn, turns};

/// What else the workers do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Nothing,
    /// Four tasks that work for 20 us, yield, and so on.
    Busy,
    /// One task that computes for 100 ms, yields, and so on: of two workers it keeps one.
    Hog,
}

/// As long as it is computing nobody else gets its worker.
const HOGGED: Duration = Duration::from_millis(100);

struct Company {
    load: Load,
    stop: Arc<AtomicBool>,
    hog: Option<rt::JoinHandle<()>>,
}

impl Company {
    fn of(beside: Beside) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let hog = (beside == Beside::Hog).then(|| {
            let (stop, turns) = (Arc::clone(&stop), turns());
            rt::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let start = Instant::now();
                    while start.elapsed() < HOGGED {
                        burn(turns);
                    }
                    rt::yield_now().await;
                }
            })
        });
        Self { load: Load::of(if beside == Beside::Busy { 4 } else { 0 }), stop, hog }
    }

    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.load.end().await;
        if let Some(hog) = self.hog {
            hog.await.expect("no panic");
        }
    }
}

/// The half, the hundredth, the thousandth that are latest, and the latest one of all.
fn tail(mut of: Vec<u64>) -> Vec<f64> {
    of.sort_unstable();
    let at = |part: f64| of[((of.len() - 1) as f64 * part) as usize] as f64;
    vec![at(0.5), at(0.99), at(0.999), at(1.0)]
}

/// Pairs of tasks at work at a time.
const PAIRS: u64 = 8;

/// From a `send` until the receiver runs. Where nothing else is at work, one pair sends, and pauses
/// so long that the workers sleep; else eight pairs do, so that some of them meet what is in the way.
pub(super) async fn wake(size: u64, beside: Beside) -> Vec<f64> {
    let pairs = if beside == Beside::Nothing { 1 } else { PAIRS };
    let each = size.div_ceil(pairs);
    let company = Company::of(beside);
    let mut receivers = Vec::new();
    for pair in 0..pairs {
        let (tx, mut rx) = rt::channel::<Instant>(1);
        let (ack, mut acks) = rt::channel(1);
        receivers.push(rt::spawn(async move {
            let mut times = Vec::with_capacity(each as usize);
            for _ in 0..each {
                let sent = rx.recv().await.expect("the other plays on");
                times.push(sent.elapsed().as_nanos() as u64);
                ack.send(()).await.expect("the other plays on");
            }
            times
        }));
        rt::detach(async move {
            // Not the same pause for all, so that they do not come in step.
            let pause = Duration::from_micros(300 + 37 * pair);
            for _ in 0..each {
                rt::sleep(pause).await;
                tx.send(Instant::now()).await.expect("the other plays on");
                acks.recv().await.expect("the other plays on");
            }
        });
    }
    let mut times = Vec::new();
    for receiver in receivers {
        times.append(&mut receiver.await.expect("no panic"));
    }
    company.end().await;
    tail(times)
}

/// How much later than asked a sleep of 1 ms ends, of eight that sleep at a time.
pub(super) async fn timers(size: u64, beside: Beside) -> Vec<f64> {
    const LENGTH: Duration = Duration::from_millis(1);
    let each = size.div_ceil(PAIRS);
    let company = Company::of(beside);
    let sleepers: Vec<_> = (0..PAIRS)
        .map(|_| {
            rt::spawn(async move {
                let mut late = Vec::with_capacity(each as usize);
                for _ in 0..each {
                    let start = Instant::now();
                    rt::sleep(LENGTH).await;
                    late.push(start.elapsed().saturating_sub(LENGTH).as_nanos() as u64);
                }
                late
            })
        })
        .collect();
    let mut late = Vec::new();
    for sleeper in sleepers {
        late.append(&mut sleeper.await.expect("no panic"));
    }
    company.end().await;
    tail(late)
}
