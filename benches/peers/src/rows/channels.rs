//! Handing values over.

#![allow(unused_mut, reason = "not every backend receives by `&mut`")]

use std::time::Instant;

use super::super::rt;
use super::Timed;

pub(super) async fn ping_pong(size: u64, pairs: u64) -> Timed {
    let each = size.div_ceil(pairs);
    let start = Instant::now();
    let mut players = Vec::new();
    for _ in 0..pairs {
        let (ping, mut pings) = rt::channel(0);
        let (pong, mut pongs) = rt::channel(0);
        players.push(rt::spawn(async move {
            for number in 0..each {
                ping.send(number).await.expect("the other plays on");
                assert_eq!(pongs.recv().await, Some(number));
            }
        }));
        players.push(rt::spawn(async move {
            for _ in 0..each {
                let number: u64 = pings.recv().await.expect("the other plays on");
                pong.send(number).await.expect("the other plays on");
            }
        }));
    }
    for player in players {
        player.await.expect("no panic");
    }
    Timed::since(start, each * pairs)
}

/// Some senders, one receiver.
pub(super) async fn stream(size: u64, senders: u64, capacity: usize) -> Timed {
    let each = size.div_ceil(senders);
    let start = Instant::now();
    let (tx, mut rx) = rt::channel(capacity);
    for _ in 0..senders {
        let tx = tx.clone();
        rt::spawn(async move {
            for number in 0..each {
                tx.send(number).await.expect("it is received to the end");
            }
        });
    }
    drop(tx);
    let receiver = rt::spawn(async move {
        let mut sum = 0_u64;
        while let Some(number) = rx.recv().await {
            sum += number;
        }
        sum
    });
    let sum = receiver.await.expect("no panic");
    let timed = Timed::since(start, each * senders);
    assert_eq!(sum, senders * (each * (each - 1) / 2));
    timed
}

pub(super) async fn select_2(size: u64) -> Timed {
    let each = size.div_ceil(2);
    let start = Instant::now();
    let (a, mut from_a) = rt::channel(0);
    let (b, mut from_b) = rt::channel(0);
    // Held, so that neither channel closes meanwhile.
    let held = (a.clone(), b.clone());
    for tx in [a, b] {
        rt::spawn(async move {
            for number in 0..each {
                tx.send(number).await.expect("it is received to the end");
            }
        });
    }
    let receiver = rt::spawn(async move {
        let mut sum = 0_u64;
        for _ in 0..2 * each {
            sum += rt::select_2(&mut from_a, &mut from_b).await.expect("neither closes");
        }
        sum
    });
    let sum = receiver.await.expect("no panic");
    let timed = Timed::since(start, 2 * each);
    drop(held);
    assert_eq!(sum, each * (each - 1));
    timed
}
