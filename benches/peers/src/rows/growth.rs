//! What many cost beside what few cost: tasks, timers, connections.
//!
//! Each probe tells three figures of one of them: nanoseconds to start it, bytes while it waits, and
//! nanoseconds to run it once more when all run; then what the probe alone can say.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::super::rt;
use super::crowd::Crowd;
use super::idle::resident;
use super::served::Served;

/// So many are started or woken before others may run; none of the backends likes long polls.
const AT_ONCE: usize = 1000;

fn each(start: Instant, count: u64) -> f64 {
    start.elapsed().as_nanos() as f64 / count as f64
}

/// Tasks that leave a waker and wait; then all are woken. The fourth figure is the size of the
/// future, which is the program's own.
pub(super) async fn tasks(size: u64) -> Vec<f64> {
    let slots: Arc<Vec<Mutex<Option<Waker>>>> =
        Arc::new((0..size).map(|_| Mutex::default()).collect());
    let crowd = Arc::new(Crowd::default());
    let before = resident();
    let start = Instant::now();
    let mut future = 0;
    for number in 0..slots.len() {
        let (slots, crowd) = (Arc::clone(&slots), Arc::clone(&crowd));
        let task = async move {
            poll_fn(|cx| {
                *slots[number].lock().expect("no panic") = Some(cx.waker().clone());
                crowd.come();
                Poll::<()>::Pending
            })
            .await;
        };
        future = size_of_val(&task);
        rt::detach(task);
        rest(number).await;
    }
    crowd.wait(size).await;
    let started = each(start, size);
    let bytes = (resident() - before) / size as f64;
    // Few tasks are woken often, so that there is something to measure.
    let rounds = (100_000 / size).clamp(1, 100);
    let start = Instant::now();
    for round in 0..rounds {
        for (number, slot) in slots.iter().enumerate() {
            let waker = slot.lock().expect("no panic").take();
            waker.expect("each has left one").wake();
            rest(number).await;
        }
        crowd.wait(size * (round + 2)).await;
    }
    vec![started, bytes, each(start, size * rounds), future as f64]
}

/// Tasks that sleep until the same moment, which is after the last one has begun to.
pub(super) async fn timers(size: u64) -> Vec<f64> {
    let crowd = Arc::new(Crowd::default());
    let before = resident();
    let start = Instant::now();
    let due = start + Duration::from_millis(50) + Duration::from_micros(5) * size as u32;
    for number in 0..size as usize {
        let crowd = Arc::clone(&crowd);
        rt::detach(async move {
            crowd.come();
            rt::sleep(due.saturating_duration_since(Instant::now())).await;
            crowd.come();
        });
        rest(number).await;
    }
    crowd.wait(size).await;
    let started = each(start, size);
    let bytes = (resident() - before) / size as f64;
    let in_time = Instant::now() < due;
    crowd.wait(2 * size).await;
    // Where the moment came too early there is no figure.
    vec![started, bytes, if in_time { each(due, size) } else { f64::NAN }]
}

/// Connections with a task each, whose clients all send at once. The last two figures are the bytes
/// that were sent and that came back.
pub(super) async fn connections(size: u64) -> Vec<f64> {
    let mut served = Served::accept::<64>(size).await;
    let rounds = (20_000 / size).clamp(1, 20);
    let echoed = served.rounds(rounds).await;
    let ns = echoed.ns / (rounds * size) as f64;
    vec![served.accepted, served.bytes, ns, echoed.sent as f64, echoed.received as f64]
}

/// Lets others run, now and then.
async fn rest(number: usize) {
    if number % AT_ONCE == AT_ONCE - 1 {
        rt::yield_now().await;
    }
}
