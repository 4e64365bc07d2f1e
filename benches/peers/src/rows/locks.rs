//! Locks and groups.

use std::sync::Arc;
use std::time::Instant;

use super::super::rt;
use super::Timed;

pub(super) async fn mutex(size: u64, tasks: u64) -> Timed {
    let each = size.div_ceil(tasks);
    let start = Instant::now();
    let mutex = Arc::new(rt::Mutex::new(0_u64));
    let lockers: Vec<_> = (0..tasks)
        .map(|_| {
            let mutex = Arc::clone(&mutex);
            rt::spawn(async move {
                for _ in 0..each {
                    *mutex.lock().await += 1;
                }
            })
        })
        .collect();
    for locker in lockers {
        locker.await.expect("no panic");
    }
    let timed = Timed::since(start, each * tasks);
    assert_eq!(*mutex.lock().await, each * tasks);
    timed
}

pub(super) async fn groups(size: u64) -> Timed {
    const MEMBERS: u64 = 1000;
    let rounds = size.div_ceil(MEMBERS);
    let start = Instant::now();
    for _ in 0..rounds {
        let group = rt::Group::new();
        for _ in 0..MEMBERS {
            group.spawn(async {});
        }
        group.wait().await;
    }
    Timed::since(start, rounds * MEMBERS)
}
