//! Timers that are started and seldom fire.

#![allow(unused_mut, reason = "not every backend receives by `&mut`")]

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::super::rt;
use super::Timed;

const LIMIT: Duration = Duration::from_secs(1);

/// Started, asked once, dropped, while so many others stand.
pub(super) async fn cancel(size: u64, others: u64) -> Timed {
    let mut standing = Vec::new();
    for number in 0..others {
        let mut timer = Box::pin(rt::sleep(Duration::from_millis(30_000 + number * 7919 % 30_000)));
        poll_fn(|cx| Poll::Ready(timer.as_mut().poll(cx).is_pending())).await;
        standing.push(timer);
    }
    let start = Instant::now();
    for _ in 0..size {
        let mut timer = pin!(rt::sleep(LIMIT));
        poll_fn(|cx| Poll::Ready(timer.as_mut().poll(cx).is_pending())).await;
    }
    Timed::since(start, size)
}

pub(super) async fn around_nothing(size: u64) -> Timed {
    let start = Instant::now();
    for number in 0..size {
        rt::timeout(LIMIT, async { black_box(number) }).await.expect("nothing is short");
    }
    Timed::since(start, size)
}

pub(super) async fn around_yield(size: u64) -> Timed {
    let start = Instant::now();
    for _ in 0..size {
        rt::timeout(LIMIT, rt::yield_now()).await.expect("a yield is short");
    }
    Timed::since(start, size)
}

pub(super) async fn around_recv(size: u64) -> Timed {
    let (ping, mut pings) = rt::channel(1);
    let (pong, mut pongs) = rt::channel(1);
    let start = Instant::now();
    let one = rt::spawn(async move {
        for number in 0..size {
            ping.send(number).await.expect("the other plays on");
            let back = rt::timeout(LIMIT, pongs.recv()).await.expect("a turn is short");
            assert_eq!(back, Some(number));
        }
    });
    let two = rt::spawn(async move {
        for _ in 0..size {
            let number: u64 = pings.recv().await.expect("the other plays on");
            pong.send(number).await.expect("the other plays on");
        }
    });
    for player in [one, two] {
        player.await.expect("no panic");
    }
    Timed::since(start, size)
}

/// The processor's time that a sleeping task costs, in all.
pub(super) async fn sleepers(size: u64) -> f64 {
    let before = super::cpu_ns();
    let sleepers: Vec<_> = (0..size)
        .map(|number| {
            let length = Duration::from_micros(1000 + number * 7919 % 49_000);
            rt::spawn(async move {
                rt::sleep(length).await;
            })
        })
        .collect();
    for sleeper in sleepers {
        sleeper.await.expect("no panic");
    }
    (super::cpu_ns() - before) as f64 / size as f64
}
