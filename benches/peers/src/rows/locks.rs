//! Locks and groups.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use super::super::rt;
use super::Timed;

pub(super) async fn mutex(size: u64, tasks: u64, yields: bool) -> Timed {
    let each = size.div_ceil(tasks);
    let start = Instant::now();
    let mutex = Arc::new(rt::Mutex::new(0_u64));
    let lockers: Vec<_> = (0..tasks)
        .map(|_| {
            let mutex = Arc::clone(&mutex);
            rt::spawn(async move {
                for _ in 0..each {
                    let mut count = mutex.lock().await;
                    *count += 1;
                    if yields {
                        rt::yield_now().await;
                    }
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

/// 64 tasks read; each writes one time in twenty.
pub(super) async fn rwlock(size: u64) -> Timed {
    const TASKS: u64 = 64;
    let each = size.div_ceil(TASKS);
    let start = Instant::now();
    let lock = Arc::new(rt::RwLock::new(0_u64));
    let users: Vec<_> = (0..TASKS)
        .map(|task| {
            let lock = Arc::clone(&lock);
            rt::spawn(async move {
                let mut sum = 0_u64;
                for number in 0..each {
                    if (number + task) % 20 == 0 {
                        *lock.write().await += 1;
                    } else {
                        sum = sum.wrapping_add(*lock.read().await);
                    }
                }
                black_box(sum);
            })
        })
        .collect();
    for user in users {
        user.await.expect("no panic");
    }
    Timed::since(start, each * TASKS)
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
