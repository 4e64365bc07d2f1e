//! Locks and groups between tasks that run at the same time.

use std::sync::Arc;

use wakeful::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, WaitGroup, lock_many};
use wakeful::{spawn, yield_now};

#[wakeful::test(worker_threads = 2)]
async fn a_mutex_is_held_by_one_task_at_a_time() {
    let count = Arc::new(Mutex::new(0));
    let group = WaitGroup::new();
    for _ in 0..8 {
        let count = Arc::clone(&count);
        group.spawn(async move {
            for _ in 0..200 {
                let mut count = count.lock().await;
                let before = *count;
                yield_now().await;
                *count = before + 1;
            }
        });
    }
    group.wait().await;
    assert_eq!(*count.lock().await, 1600);
}

#[wakeful::test(worker_threads = 2)]
async fn transfers_in_all_directions_end_with_lock_many() {
    let accounts: Arc<Vec<Mutex<i64>>> = Arc::new((0..3).map(|_| Mutex::new(100)).collect());
    let group = WaitGroup::new();
    for task in 0..6 {
        let accounts = Arc::clone(&accounts);
        group.spawn(async move {
            for round in 0..100 {
                let (from, to) = ((task + round) % 3, (task + round + 1 + round % 2) % 3);
                let [mut from, mut to] = lock_many([&accounts[from], &accounts[to]]).await;
                *from -= 1;
                yield_now().await;
                *to += 1;
            }
        });
    }
    group.wait().await;
    let mut sum = 0;
    for account in accounts.iter() {
        sum += *account.lock().await;
    }
    assert_eq!(sum, 300);
}

#[wakeful::test(worker_threads = 2)]
async fn readers_never_see_half_of_a_write() {
    let pair = Arc::new(RwLock::new((0, 0)));
    let group = WaitGroup::new();
    for _ in 0..2 {
        let pair = Arc::clone(&pair);
        group.spawn(async move {
            for _ in 0..200 {
                let mut pair = pair.write().await;
                pair.0 += 1;
                yield_now().await;
                pair.1 += 1;
            }
        });
    }
    for _ in 0..4 {
        let pair = Arc::clone(&pair);
        group.spawn(async move {
            for _ in 0..200 {
                let pair = pair.read().await;
                assert_eq!(pair.0, pair.1);
                yield_now().await;
            }
        });
    }
    group.wait().await;
    assert_eq!(*pair.read().await, (400, 400));
}

#[wakeful::test(worker_threads = 2)]
async fn a_semaphore_lets_in_as_many_as_it_has_permits() {
    let doors = Arc::new(Semaphore::new(2));
    let inside = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let group = WaitGroup::new();
    for _ in 0..10 {
        let (doors, inside) = (Arc::clone(&doors), Arc::clone(&inside));
        group.spawn(async move {
            let _permit = doors.acquire().await.unwrap();
            assert!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2);
            yield_now().await;
            inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        });
    }
    group.wait().await;
}

#[wakeful::test(worker_threads = 2)]
async fn a_cell_is_initialized_once_however_many_ask() {
    let cell = Arc::new(OnceCell::new());
    let tries = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let asking: Vec<_> = (0..8)
        .map(|_| {
            let (cell, tries) = (Arc::clone(&cell), Arc::clone(&tries));
            spawn(async move {
                *cell
                    .get_or_init(async || {
                        tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        yield_now().await;
                        42
                    })
                    .await
            })
        })
        .collect();
    for task in asking {
        assert_eq!(task.await.unwrap(), 42);
    }
    assert_eq!(tries.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[wakeful::test]
async fn a_notification_is_not_lost_before_the_wait() {
    let notify = Arc::new(Notify::new());
    notify.notify_one();
    notify.notified().await;
    let waiting = spawn({
        let notify = Arc::clone(&notify);
        async move { notify.notified().await }
    });
    yield_now().await;
    notify.notify_one();
    waiting.await.unwrap();
}

#[wakeful::test]
async fn a_barrier_opens_for_the_last_and_tells_one_leader() {
    let barrier = Arc::new(Barrier::new(3));
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            spawn(async move { barrier.wait().await.is_leader() })
        })
        .collect();
    let mut leaders = 0;
    for task in tasks {
        leaders += usize::from(task.await.unwrap());
    }
    assert_eq!(leaders, 1);
}
