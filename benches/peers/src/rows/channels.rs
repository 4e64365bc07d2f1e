//! Handing values over.

#![allow(unused_mut, reason = "not every backend receives by `&mut`")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
        rt::detach(async move {
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

/// As many receivers as senders.
pub(super) async fn crowd(size: u64, sides: u64) -> Timed {
    let each = size.div_ceil(sides);
    let start = Instant::now();
    let (tx, rx) = rt::shared_channel(128);
    for _ in 0..sides {
        let tx = tx.clone();
        rt::detach(async move {
            for number in 0..each {
                tx.send(number).await.expect("it is received to the end");
            }
        });
    }
    drop(tx);
    let receivers: Vec<_> = (0..sides)
        .map(|_| {
            let rx = rx.clone();
            rt::spawn(async move {
                let mut sum = 0_u64;
                while let Some(number) = rx.recv().await {
                    sum += number;
                }
                sum
            })
        })
        .collect();
    drop(rx);
    let mut sum = 0;
    for receiver in receivers {
        sum += receiver.await.expect("no panic");
    }
    let timed = Timed::since(start, each * sides);
    assert_eq!(sum, sides * (each * (each - 1) / 2));
    timed
}

/// One task receives from whichever of several channels has something.
pub(super) async fn select(size: u64, ways: u64, capacity: usize) -> Timed {
    let each = size.div_ceil(ways);
    let start = Instant::now();
    let mut receivers = Vec::new();
    // Held, so that no channel closes meanwhile.
    let mut held = Vec::new();
    for _ in 0..ways {
        let (tx, rx) = rt::channel(capacity);
        receivers.push(rx);
        held.push(tx.clone());
        rt::detach(async move {
            for number in 0..each {
                tx.send(number).await.expect("it is received to the end");
            }
        });
    }
    let receiver = rt::spawn(async move {
        let mut sum = 0_u64;
        for _ in 0..ways * each {
            sum += rt::select(&mut receivers).await.expect("none closes");
        }
        sum
    });
    let sum = receiver.await.expect("no panic");
    let timed = Timed::since(start, ways * each);
    drop(held);
    assert_eq!(sum, ways * (each * (each - 1) / 2));
    timed
}

/// Primes by a chain of filters, each a task; one operation is one prime.
pub(super) async fn sieve(primes: u64) -> Timed {
    let start = Instant::now();
    let (tx, mut rx) = rt::channel(0);
    let enough = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&enough);
    rt::detach(async move {
        for number in 2_u64.. {
            if stop.load(Ordering::Relaxed) || tx.send(number).await.is_err() {
                break;
            }
        }
    });
    for _ in 1..primes {
        let prime = rx.recv().await.expect("there are more primes");
        let (tx, next) = rt::channel(0);
        let mut from = std::mem::replace(&mut rx, next);
        rt::detach(async move {
            while let Some(number) = from.recv().await {
                if number % prime != 0 && tx.send(number).await.is_err() {
                    break;
                }
            }
        });
    }
    let last = rx.recv().await.expect("there are more primes");
    let timed = Timed::since(start, primes);
    enough.store(true, Ordering::Relaxed);
    assert!(primes != 500 || last == 3571, "the 500th prime is not {last}");
    timed
}

/// A number goes round through 1000 tasks, and gets smaller at each.
pub(super) async fn ring(size: u64) -> Timed {
    const TASKS: u64 = 1000;
    let (done, mut all_done) = rt::channel(1);
    let (first, mut from) = rt::channel::<u64>(0);
    for number in 0..TASKS {
        let (to, next) = rt::channel(0);
        let to = if number == TASKS - 1 { first.clone() } else { to };
        let mut from = std::mem::replace(&mut from, next);
        let done = done.clone();
        rt::detach(async move {
            while let Some(left) = from.recv().await {
                match left.checked_sub(1) {
                    Some(left) if to.send(left).await.is_ok() => {}
                    Some(_) => break,
                    None => done.send(()).await.expect("somebody waits"),
                }
            }
        });
    }
    let start = Instant::now();
    first.send(size).await.expect("the ring stands");
    all_done.recv().await.expect("the last one sends");
    Timed::since(start, size)
}
