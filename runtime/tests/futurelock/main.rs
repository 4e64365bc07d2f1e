//! Programs in which a task stops polling a future that was granted something: all of them end.

#![cfg(not(loom))]

mod fuzz;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures::future::{self, Either, join, join_all, select};
use futures::stream::{self, FuturesUnordered, StreamExt};
use wakeful_channels::channel;
#[cfg(debug_assertions)]
use wakeful_diagnostics::{Finding, FindingKind, findings, grants_taken_back};
use wakeful_runtime::runtime::Builder;
use wakeful_runtime::{spawn, task, time::sleep, yield_now};
use wakeful_sync::{Mutex, Notify, OnceCell, RwLock, Semaphore};

/// Runs the program on both kinds of runtime; it hangs, and all tasks asleep panics, if it fails.
fn runs<F: Future<Output = ()> + Send + 'static>(program: impl Fn() -> F) {
    Builder::new_current_thread().build().expect("a runtime").block_on(program());
    let many = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    many.block_on(program());
    many.block_on(async { spawn(program()).await.expect("it ends") });
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Polls once.
async fn once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    poll_fn(|cx| {
        Poll::Ready(match std::pin::Pin::new(&mut *future).poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}

#[test]
fn the_program_of_rfd_609_ends() {
    runs(|| async {
        let lock = Arc::new(Mutex::new(0));
        let other = Arc::clone(&lock);
        let (holds, held) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (told, tells) = (Arc::clone(&held), Arc::clone(&holds));
        let holder = spawn(async move {
            let _guard = other.lock().await;
            tells.notify_one();
            told.notified().await;
            sleep(ms(2)).await;
        });
        holds.notified().await;
        let first = lock.lock();
        let mut first = pin!(first);
        match select(&mut first, Box::pin(sleep(ms(1)))).await {
            Either::Left(_) => unreachable!("it is held"),
            Either::Right(_) => {
                held.notify_one();
                *lock.lock().await += 1;
            }
        }
        // Its turn comes when it is polled again.
        *first.await += 1;
        holder.await.expect("it ends");
        assert_eq!(*lock.lock().await, 2);
    });
}

#[cfg(debug_assertions)]
#[test]
fn a_task_that_would_have_hung_is_a_finding() {
    runs(|| async {
        let lock = Mutex::named("pool of rfd 609", ());
        let guard = lock.lock().await;
        let mut first = lock.lock();
        assert!(once(&mut first).await.is_none());
        let gives = async {
            sleep(ms(1)).await;
            drop(guard);
        };
        let (again, ()) = join(lock.lock(), gives).await;
        drop(again);
        drop(first.await);
    });
    let found = findings();
    let of_this = |finding: &&Finding| finding.headline.contains("pool of rfd 609");
    let finding = found.iter().find(of_this).expect("it was noted");
    assert_eq!(finding.kind, FindingKind::Futurelock);
    assert!(grants_taken_back() > 0);
}

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
        sleep(ms(2)).await;
        drop(guard);
        for victim in victims {
            victim.await.expect("it ends");
        }
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
        sleep(ms(1)).await;
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
        sleep(ms(1)).await;
        assert!(mutex.try_lock().is_ok());
        assert!(rwlock.try_read().is_ok());
        assert!(rwlock.try_write().is_ok());
        assert_eq!(semaphore.available_permits(), 2);
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
        sleep(ms(2)).await;
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
        sleep(ms(2)).await;
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
        sleep(ms(1)).await;
        drop(tries);
        assert_eq!(second.await.expect("it ends"), 2);
        assert_eq!(*first.await, 2);
    });
}

#[test]
fn a_value_for_a_receive_that_is_not_polled_goes_to_the_next() {
    runs(|| async {
        let (sender, receiver) = channel(4);
        let mut first = Box::pin(receiver.recv());
        assert!(once(&mut first).await.is_none());
        let other = receiver.clone();
        let second = spawn(async move { other.recv().await });
        sleep(ms(1)).await;
        sender.send(1).await.expect("it is open");
        assert_eq!(second.await.expect("it ends"), Some(1));
        sender.send(2).await.expect("it is open");
        assert_eq!(first.await, Some(2));
    });
}

#[test]
fn values_that_come_back_keep_their_order() {
    runs(|| async {
        let (sender, receiver) = channel(4);
        let mut waits: Vec<_> = (0..3).map(|_| Box::pin(receiver.recv())).collect();
        for wait in &mut waits {
            assert!(once(wait).await.is_none());
        }
        let other = sender.clone();
        spawn(async move {
            for n in 1..=4 {
                other.send(n).await.expect("it is open");
            }
        })
        .await
        .expect("it ends");
        sleep(ms(1)).await;
        for n in 1..=4 {
            assert_eq!(receiver.recv().await, Some(n));
        }
        drop(sender);
        assert_eq!(receiver.recv().await, None);
        for wait in waits {
            assert_eq!(wait.await, None);
        }
    });
}

#[test]
fn a_select_that_is_not_polled_gives_its_value_back() {
    runs(|| async {
        let (sender, receiver) = channel::<u8>(1);
        let (_keep, never) = channel::<u8>(1);
        let choice = async {
            wakeful_channels::select! {
                value = receiver.recv() => value,
                value = never.recv() => value,
            }
        };
        let mut choice = Box::pin(choice);
        assert!(once(&mut choice).await.is_none());
        sender.send(7).await.expect("it is open");
        sleep(ms(1)).await;
        assert_eq!(receiver.recv().await, Some(7));
        sender.send(8).await.expect("it is open");
        assert_eq!(choice.await, Some(8));
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
                let waits = task::spawn_local(async move {
                    let mut first = other.lock();
                    assert!(once(&mut first).await.is_none());
                    sleep(ms(2)).await;
                    drop(other.lock().await);
                    drop(first.await);
                });
                sleep(ms(1)).await;
                drop(guard);
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
