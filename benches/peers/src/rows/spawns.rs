//! Starting tasks, joining them, and letting others go first.

use std::time::Instant;

use super::super::rt;
use super::Timed;

pub(super) async fn join_all(size: u64) -> Timed {
    let start = Instant::now();
    let mut handles = Vec::with_capacity(size as usize);
    for number in 0..size {
        handles.push(rt::spawn(async move { number }));
    }
    let mut sum = 0;
    for handle in handles {
        sum += handle.await.expect("no panic");
    }
    let timed = Timed::since(start, size);
    assert_eq!(sum, size * (size - 1) / 2);
    timed
}

pub(super) async fn from_tasks(size: u64) -> Timed {
    const SPAWNERS: u64 = 8;
    let each = size.div_ceil(SPAWNERS);
    let start = Instant::now();
    let spawners: Vec<_> =
        (0..SPAWNERS).map(|_| rt::spawn(async move { join_all(each).await })).collect();
    for spawner in spawners {
        spawner.await.expect("no panic");
    }
    Timed::since(start, each * SPAWNERS)
}

pub(super) async fn one_by_one(size: u64) -> Timed {
    let start = Instant::now();
    let mut sum = 0;
    for number in 0..size {
        sum += rt::spawn(async move { number }).await.expect("no panic");
    }
    let timed = Timed::since(start, size);
    assert_eq!(sum, size * (size - 1) / 2);
    timed
}

pub(super) async fn chained(size: u64) -> Timed {
    fn link(left: u64, done: rt::Sender<()>) {
        rt::detach(async move {
            match left {
                0 => done.send(()).await.expect("somebody waits"),
                left => link(left - 1, done),
            }
        });
    }
    #[allow(unused_mut, reason = "not every backend receives by `&mut`")]
    let (done, mut all_done) = rt::channel(1);
    let start = Instant::now();
    link(size, done);
    all_done.recv().await.expect("the last link sends");
    Timed::since(start, size)
}

pub(super) async fn yields(size: u64, tasks: u64) -> Timed {
    let each = size.div_ceil(tasks);
    let start = Instant::now();
    let yielders: Vec<_> = (0..tasks)
        .map(|_| {
            rt::spawn(async move {
                for _ in 0..each {
                    rt::yield_now().await;
                }
            })
        })
        .collect();
    for yielder in yielders {
        yielder.await.expect("no panic");
    }
    Timed::since(start, each * tasks)
}

/// Each task spawns ten and adds up what they return, down to single numbers.
fn sum_of(first: u64, count: u64) -> rt::JoinHandle<u64> {
    rt::spawn(async move {
        if count == 1 {
            return first;
        }
        let part = count / 10;
        let parts: Vec<_> = (0..10).map(|number| sum_of(first + number * part, part)).collect();
        let mut sum = 0;
        for part in parts {
            sum += part.await.expect("no panic");
        }
        sum
    })
}

/// As `sum_of`, but the numbers come back over an unbuffered channel.
fn send_sum_of(first: u64, count: u64, to: rt::Sender<u64>) {
    rt::detach(async move {
        if count == 1 {
            return to.send(first).await.expect("somebody waits");
        }
        #[allow(unused_mut, reason = "not every backend receives by `&mut`")]
        let (tx, mut rx) = rt::channel(0);
        let part = count / 10;
        for number in 0..10 {
            send_sum_of(first + number * part, part, tx.clone());
        }
        let mut sum = 0;
        for _ in 0..10 {
            sum += rx.recv().await.expect("each part comes");
        }
        to.send(sum).await.expect("somebody waits");
    });
}

/// Tasks in a tree that has so many leaves.
fn tasks_of(leaves: u64) -> u64 {
    (0..).map(|power| 10_u64.pow(power)).take_while(|level| *level <= leaves).sum()
}

/// The greatest power of ten that is not above `size`.
fn leaves(size: u64) -> u64 {
    10_u64.pow(size.max(10).ilog10())
}

pub(super) async fn skynet(size: u64) -> Timed {
    let leaves = leaves(size);
    let start = Instant::now();
    let sum = sum_of(0, leaves).await.expect("no panic");
    let timed = Timed::since(start, tasks_of(leaves));
    assert_eq!(sum, leaves * (leaves - 1) / 2);
    timed
}

pub(super) async fn skynet_over_channels(size: u64) -> Timed {
    let leaves = leaves(size);
    #[allow(unused_mut, reason = "not every backend receives by `&mut`")]
    let (tx, mut rx) = rt::channel(0);
    let start = Instant::now();
    send_sum_of(0, leaves, tx);
    let sum = rx.recv().await.expect("the sum comes");
    let timed = Timed::since(start, tasks_of(leaves));
    assert_eq!(sum, leaves * (leaves - 1) / 2);
    timed
}
