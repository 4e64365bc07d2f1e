//! Locks, permits and the right to initialize.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use futures::future::{self, join, join_all};
use futures::stream::{self, FuturesUnordered, StreamExt};
use wakeful_runtime::runtime::Builder;
use wakeful_runtime::{spawn, task, time::sleep, yield_now};
use wakeful_sync::{Mutex, Notify, OnceCell, RwLock, Semaphore};

use crate::{ms, once, runs, sleep_until, until_asleep};

#[test]
fn the_victims_behind_it_go_on_as_well() {
    runs(|| async {
        let lock = Arc::new(Mutex::new(()));
        let guard = lock.lock().await;
        let mut first = lock.lock();
        assert!(once(&mut first).await.is_none());
        let victims: Vec<_> = (0..5)
            .map(|_| {
                let lock = Arc::clone(&lock);
                spawn(async move { drop(lock.lock().await) })
            })
            .collect();
        for victim in &victims {
            until_asleep(victim).await;
        }
        drop(guard);
        for victim in victims {
            victim.await.expect("it ends");
        }
        drop(first.await);
    });
}

#[test]
fn whom_a_task_lets_go_first_as_it_falls_asleep_goes_on() {
    runs(|| async {
        let lock = Arc::new(Mutex::new(()));
        let guard = Arc::clone(&lock).lock_owned().await;
        let mut first = pin!(lock.lock());
        // Its wake goes nowhere, so the lock stays with it until this task sleeps.
        assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let other = Arc::clone(&lock);
        let victim = spawn(async move { drop(other.lock().await) });
        // No sleep: its alarm could wake the thread that must not fall asleep.
        for _ in 0..100 {
            yield_now().await;
        }
        let holder = spawn(async move { drop(guard) });
        victim.await.expect("it ends");
        holder.await.expect("it ends");
        drop(first.await);
    });
}

#[test]
fn the_body_of_a_buffered_stream_locks_what_its_futures_wait_for() {
    runs(|| async {
        let lock = Arc::new(Mutex::new(()));
        let work = |_| {
            let lock = Arc::clone(&lock);
            async move {
                let _guard = lock.lock().await;
            }
        };
        let held = lock.lock().await;
        let mut stream = stream::iter(0..20).map(work).buffer_unordered(4);
        assert!(once(&mut stream.next()).await.is_none());
        drop(held);
        let mut count = 0;
        while stream.next().await.is_some() {
            let _guard = lock.lock().await;
            sleep(ms(1)).await;
            count += 1;
        }
        assert_eq!(count, 20);
    });
}

#[test]
fn a_grant_whose_wake_is_swallowed_is_passed_on() {
    runs(|| async {
        let lock = Arc::new(Mutex::new(()));
        let guard = lock.lock().await;
        let mut waits: FuturesUnordered<_> = (0..40)
            .map(|_| {
                let lock = Arc::clone(&lock);
                async move { drop(lock.lock().await) }
            })
            .collect();
        assert!(once(&mut waits.next()).await.is_none());
        let other = Arc::clone(&lock);
        let victim = spawn(async move { drop(other.lock().await) });
        until_asleep(&victim).await;
        // Forty wakes, of which the first alone reaches the task; and the task polls none of them.
        drop(guard);
        victim.await.expect("it ends");
        assert_eq!(waits.count().await, 40);
    });
}

#[test]
fn a_hundred_lockers_of_one_task_all_get_their_turn() {
    runs(|| async {
        let lock = Mutex::new(0);
        join_all((0..100).map(|_| async {
            let mut guard = lock.lock().await;
            yield_now().await;
            *guard += 1;
        }))
        .await;
        assert_eq!(*lock.lock().await, 100);
    });
}

#[test]
fn a_grant_made_by_the_task_itself_is_collected_in_its_next_poll() {
    runs(|| async {
        let lock = Mutex::new(());
        let polls = AtomicU32::new(0);
        let guard = lock.lock().await;
        let waits = async { drop(lock.lock().await) };
        let gives = async {
            yield_now().await;
            drop(guard);
            // The same poll goes on, and then the task sleeps.
            sleep(ms(1)).await;
        };
        join(
            waits,
            join(
                gives,
                poll_fn(|_| {
                    polls.fetch_add(1, Ordering::Relaxed);
                    Poll::Ready(())
                }),
            ),
        )
        .await;
    });
}

#[test]
fn a_granted_future_that_is_dropped_unpolled_passes_the_lock_on() {
    runs(|| async {
        let lock = Arc::new(Mutex::new(()));
        let guard = lock.lock().await;
        let mut first = lock.lock();
        assert!(once(&mut first).await.is_none());
        drop(guard);
        drop(first);
        drop(lock.lock().await);
        assert!(lock.try_lock().is_ok());
    });
}

#[test]
fn what_nobody_else_wants_lies_loose_and_can_be_taken() {
    runs(|| async {
        let (mutex, rwlock, semaphore) = (Mutex::new(()), RwLock::new(()), Semaphore::new(2));
        let guards = (
            mutex.lock().await,
            rwlock.write().await,
            semaphore.acquire_many(2).await.expect("it is open"),
        );
        let mut lock = mutex.lock();
        let mut write = rwlock.write();
        let mut acquire = semaphore.acquire_many(2);
        assert!(once(&mut lock).await.is_none() && once(&mut acquire).await.is_none());
        assert!(once(&mut write).await.is_none());
        drop(guards);
        sleep_until(|| mutex.try_lock().is_ok()).await;
        sleep_until(|| rwlock.try_read().is_ok()).await;
        sleep_until(|| semaphore.available_permits() == 2).await;
        assert!(rwlock.try_write().is_ok());
        assert!(semaphore.try_acquire_many(2).is_ok());
        drop((lock.await, write.await, acquire.await));
        assert_eq!(semaphore.available_permits(), 2);
    });
}

#[test]
fn permits_that_are_taken_back_go_to_the_others_in_order() {
    runs(|| async {
        let semaphore = Arc::new(Semaphore::new(3));
        let all = semaphore.acquire_many(3).await.expect("it is open");
        let mut two = semaphore.acquire_many(2);
        assert!(once(&mut two).await.is_none());
        let others: Vec<_> = [3, 1, 2]
            .into_iter()
            .map(|count| {
                let semaphore = Arc::clone(&semaphore);
                spawn(async move {
                    let permits = semaphore.acquire_many(count).await.expect("it is open");
                    yield_now().await;
                    drop(permits);
                })
            })
            .collect();
        for other in &others {
            until_asleep(other).await;
        }
        drop(all);
        for other in others {
            other.await.expect("it ends");
        }
        drop(two.await);
        assert_eq!(semaphore.available_permits(), 3);
    });
}

#[test]
fn readers_and_writers_go_on_past_one_that_is_not_polled() {
    runs(|| async {
        let lock = Arc::new(RwLock::new(0));
        let guard = lock.write().await;
        let mut first = lock.write();
        assert!(once(&mut first).await.is_none());
        let others: Vec<_> = (0..6)
            .map(|n| {
                let lock = Arc::clone(&lock);
                spawn(async move {
                    if n % 2 == 0 {
                        *lock.write().await += 1;
                    } else {
                        let _ = *lock.read().await;
                    }
                })
            })
            .collect();
        for other in &others {
            until_asleep(other).await;
        }
        drop(guard);
        for other in others {
            other.await.expect("it ends");
        }
        *first.await += 1;
        assert_eq!(*lock.read().await, 4);
    });
}

#[test]
fn the_right_to_initialize_goes_past_one_that_is_not_polled() {
    runs(|| async {
        let cell = Arc::new(OnceCell::new());
        let mut tries = Box::pin(cell.get_or_init(future::pending::<u32>));
        assert!(once(&mut tries).await.is_none());
        let mut first = Box::pin(cell.get_or_init(|| async { 1 }));
        assert!(once(&mut first).await.is_none());
        let other = Arc::clone(&cell);
        let second = spawn(async move { *other.get_or_init(|| async { 2 }).await });
        until_asleep(&second).await;
        drop(tries);
        assert_eq!(second.await.expect("it ends"), 2);
        assert_eq!(*first.await, 2);
    });
}

#[test]
fn a_local_task_is_no_exception() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let local = task::LocalSet::new();
        local
            .run_until(async {
                let lock = std::rc::Rc::new(Mutex::new(()));
                let guard = lock.lock().await;
                let other = std::rc::Rc::clone(&lock);
                let gone = Arc::new(Notify::new());
                let is_gone = Arc::clone(&gone);
                let waits = task::spawn_local(async move {
                    let mut first = other.lock();
                    assert!(once(&mut first).await.is_none());
                    is_gone.notified().await;
                    drop(other.lock().await);
                    drop(first.await);
                });
                until_asleep(&waits).await;
                drop(guard);
                gone.notify_one();
                waits.await.expect("it ends");
            })
            .await;
    });
}

#[test]
fn a_forgotten_future_leaves_nothing_to_trip_over() {
    runs(|| async {
        let lock = Mutex::new(0);
        let guard = lock.lock().await;
        let mut first = lock.lock();
        assert!(once(&mut first).await.is_none());
        std::mem::forget(first);
        drop(guard);
        let moved = Box::new(lock);
        sleep(ms(1)).await;
        *moved.lock().await += 1;
        assert_eq!(*moved.try_lock().expect("it is free"), 1);
    });
}

#[test]
fn eighty_lockers_in_a_set_all_get_their_turn() {
    runs(|| async {
        let lock = Mutex::new(0);
        let work = |_| async {
            let mut guard = lock.lock().await;
            yield_now().await;
            *guard += 1;
        };
        let all: FuturesUnordered<_> = (0..80).map(work).collect();
        assert_eq!(all.count().await, 80);
        assert_eq!(*lock.lock().await, 80);
    });
}

#[test]
fn a_grant_made_in_the_poll_that_then_waits_for_it_again_is_passed_on() {
    runs(|| async {
        let lock = Mutex::new(0);
        let guard = lock.lock().await;
        let mut first = lock.lock();
        assert!(once(&mut first).await.is_none());
        // No poll ends between these two.
        drop(guard);
        *lock.lock().await += 1;
        *first.await += 1;
        assert_eq!(*lock.lock().await, 2);
    });
}
