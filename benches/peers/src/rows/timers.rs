//! Timers that are started and seldom fire.

#![allow(unused_mut, reason = "not every backend receives by `&mut`")]

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::super::rt;
use super::Timed;

const LIMIT: Duration = Duration::from_secs(1);

/// Started, asked once, dropped.
pub(super) async fn cancel(size: u64) -> Timed {
    let start = Instant::now();
    for _ in 0..size {
        let mut timer = pin!(rt::sleep(LIMIT));
        poll_fn(|cx| Poll::Ready(timer.as_mut().poll(cx).is_pending())).await;
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
