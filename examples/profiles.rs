//! A service that is slow in each of the ways a profile shows: a lock held for too long, a consumer
//! that does not keep up, work that takes its time, and tasks that nobody will ever wake.
//!
//! README.md, "A program that is slow shows where", looks at it. It runs until ctrl-c.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wakeful::channels::{Receiver, Sender};
use wakeful::sync::Mutex;
use wakeful::{channel, diagnostics, signal, spawn, task, time};

#[wakeful::main(http = "127.0.0.1:6060")]
async fn main() {
    diagnostics::set_block_profile_rate(1);
    diagnostics::set_mutex_profile_fraction(1);

    let cache = Arc::new(Mutex::named("cache", 0));
    task::Builder::new().name("refresh").spawn(refresh(Arc::clone(&cache)));
    for tenant in ["a", "b"] {
        let lookups = (0..2).map(|_| Arc::clone(&cache)).map(lookup);
        lookups.for_each(|lookup| {
            task::Builder::new().name("lookup").label("tenant", tenant).spawn(lookup);
        });
    }
    let (orders, inbox) = channel(4);
    spawn(produce(orders));
    spawn(ship(inbox));
    spawn(digest());
    for _ in 0..3 {
        spawn(forgotten());
    }
    signal::ctrl_c().await.ok();
    std::process::exit(0);
}

async fn refresh(cache: Arc<Mutex<u64>>) {
    loop {
        let mut value = cache.lock().await; // it keeps the others waiting
        time::sleep(Duration::from_millis(2)).await;
        *value += 1;
        drop(value);
        time::sleep(Duration::from_millis(1)).await;
    }
}

async fn lookup(cache: Arc<Mutex<u64>>) {
    loop {
        let value = *cache.lock().await; // it is kept waiting
        black_box(value);
        time::sleep(Duration::from_millis(1)).await;
    }
}

async fn produce(orders: Sender<Instant>) {
    while orders.send(Instant::now()).await.is_ok() {} // the line is full
}

async fn ship(inbox: Receiver<Instant>) {
    while let Some(order) = inbox.recv().await {
        black_box(order.elapsed());
        time::sleep(Duration::from_millis(1)).await;
    }
}

async fn digest() {
    loop {
        black_box(checksum(2_000_000));
        time::sleep(Duration::from_millis(1)).await;
    }
}

#[inline(never)]
fn checksum(rounds: u64) -> u64 {
    (0..rounds).fold(7, |sum: u64, n| black_box(sum.rotate_left(5) ^ n))
}

async fn forgotten() {
    let (answers, inbox) = channel::<u64>(0);
    let answer = inbox.recv().await; // nobody else has the sender
    drop((answers, answer));
}
