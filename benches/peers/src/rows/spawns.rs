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
        rt::spawn(async move {
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
