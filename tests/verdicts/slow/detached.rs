//! A future that has begun goes on elsewhere, with the guards that it has taken where it was.

use std::pin::Pin;
use std::sync::Arc;
use std::thread;

use wakeful::sync::{Mutex, MutexGuard, RwLock};
use wakeful::time::{sleep, timeout};
use wakeful::{block_on, channel, spawn};

use crate::program::{SLOW, named, slow};

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Holds the lock for long.
fn work(rows: &Arc<Mutex<u32>>) -> Work {
    let rows = Arc::clone(rows);
    Box::pin(async move {
        let mut rows = rows.lock().await;
        sleep(SLOW).await;
        *rows += 1;
    })
}

#[test]
fn what_takes_too_long_is_finished_by_another_task() {
    slow(async || {
        let rows = Arc::new(Mutex::new(0));
        let own = Arc::clone(&rows);
        let request = named("request", async move {
            let mut op = work(&own);
            if timeout(SLOW / 20, &mut op).await.is_err() {
                spawn(op);
            }
            *own.lock().await += 1;
        });
        request.await.unwrap();
        assert_eq!(*rows.lock().await, 2);
    });
}

#[test]
fn it_is_finished_by_a_plain_thread() {
    slow(async || {
        let rows = Arc::new(RwLock::new(0));
        let own = Arc::clone(&rows);
        let request = named("request", async move {
            let of_op = Arc::clone(&own);
            let mut op: Work = Box::pin(async move {
                let mut rows = of_op.write().await;
                sleep(SLOW).await;
                *rows += 1;
            });
            if timeout(SLOW / 20, &mut op).await.is_err() {
                thread::spawn(move || block_on(op));
            }
            assert_eq!(*own.read().await, 1);
        });
        request.await.unwrap();
    });
}

#[test]
fn two_hand_what_they_have_begun_to_one_that_finishes_it() {
    slow(async || {
        let (give, take) = channel::<Work>(4);
        let locks = [Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0))];
        named("finisher", async move {
            while let Some(work) = take.recv().await {
                spawn(work);
            }
        });
        let requests = [0, 1].map(|n| {
            let (own, other, give) = (locks[n].clone(), locks[1 - n].clone(), give.clone());
            named("request", async move {
                let mut op = work(&own);
                if timeout(SLOW / 20, &mut op).await.is_err() {
                    assert!(give.send(op).await.is_ok());
                }
                sleep(SLOW / 10).await;
                *other.lock().await += 1;
            })
        });
        for request in requests {
            request.await.unwrap();
        }
    });
}

#[test]
fn a_guard_of_a_lock_that_lives_for_ever_is_moved_into_a_task() {
    slow(async || {
        let lock: &'static Mutex<u32> = Box::leak(Box::new(Mutex::new(0)));
        let request = named("request", async move {
            let guard: MutexGuard<'static, u32> = lock.lock().await;
            spawn(async move {
                sleep(SLOW).await;
                drop(guard);
            });
            *lock.lock().await += 1;
        });
        request.await.unwrap();
    });
}
