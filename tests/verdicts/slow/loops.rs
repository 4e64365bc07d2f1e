//! Loops of services: actors, pools, retries, time limits, shutdown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::FuturesUnordered;
use wakeful::channels::{Receiver, Sender, oneshot};
use wakeful::context::Context;
use wakeful::sync::{Mutex, RwLock, Semaphore, WaitGroup};
use wakeful::task::JoinSet;
use wakeful::time::{interval, sleep, timeout};
use wakeful::{channel, select, spawn, yield_now};

use crate::program::{SLOW, slow};

enum Ask {
    Get(oneshot::Sender<u32>),
    Stop,
}

#[test]
fn an_actor_that_takes_its_time_over_a_request() {
    slow(async || {
        let (asks, inbox) = channel::<Ask>(1);
        let actor = spawn(async move {
            while let Some(Ask::Get(reply)) = inbox.recv().await {
                sleep(SLOW).await;
                let _ = reply.send(1);
            }
        });
        let calls: Vec<_> = (0..4)
            .map(|_| {
                let asks = asks.clone();
                spawn(async move {
                    let (reply, answer) = oneshot();
                    let _ = asks.send(Ask::Get(reply)).await;
                    timeout(SLOW * 2, answer).await.is_ok()
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap();
        }
        let _ = asks.send(Ask::Stop).await;
        actor.await.unwrap();
    });
}

#[test]
fn a_shutdown_that_waits_for_streams_which_a_context_ends() {
    slow(async || {
        let (context, cancel) = Context::background().with_cancel();
        let group = WaitGroup::new();
        for _ in 0..3 {
            let context = context.clone();
            group.spawn(async move {
                let (_tx, rx) = channel::<u8>(1);
                select! {
                    () = context.done() => {},
                    _ = rx.recv() => {},
                }
            });
        }
        let server = spawn(async move { group.wait().await });
        sleep(SLOW).await;
        cancel.cancel();
        server.await.unwrap();
    });
}

#[test]
fn a_pool_of_connections_that_are_all_busy() {
    slow(async || {
        let pool = Arc::new(Semaphore::named("connections", 2));
        let mut set = JoinSet::new();
        for _ in 0..6 {
            let pool = pool.clone();
            set.spawn(async move {
                let _one = pool.acquire().await.unwrap();
                sleep(SLOW / 3).await;
            });
        }
        while set.join_next().await.is_some() {}
    });
}

#[test]
fn crowds_of_futures_behind_one_task() {
    slow(async || {
        let lock = &Mutex::named("shared", 0);
        let mut crowd: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
        for n in 0..20 {
            crowd.push(
                async move {
                    let mut guard = lock.lock().await;
                    sleep(SLOW / 20).await;
                    *guard += n;
                }
                .boxed(),
            );
        }
        while crowd.next().await.is_some() {}
        let doubled = futures::stream::iter(0..8).map(|n| async move {
            *lock.lock().await += n;
            sleep(SLOW / 20).await;
            n
        });
        assert_eq!(doubled.buffer_unordered(3).count().await, 8);
        futures::future::join_all((0..10).map(|_| async { *lock.lock().await += 1 })).await;
    });
}

#[test]
fn a_recursion_that_locks_level_by_level() {
    fn walk(depth: u32, lock: Arc<RwLock<u32>>) -> BoxFuture<'static, u32> {
        async move {
            sleep(SLOW / 10).await;
            let here = *lock.read().await;
            if depth == 0 { here } else { here + walk(depth - 1, lock).await }
        }
        .boxed()
    }
    slow(async || {
        let lock = Arc::new(RwLock::named("tree", 1));
        assert_eq!(walk(10, lock).await, 11);
    });
}

#[test]
fn a_retry_that_backs_off_where_locks_are_taken_in_both_orders() {
    slow(async || {
        let locks = Arc::new((Mutex::named("one", 0), Mutex::named("two", 0)));
        let other = locks.clone();
        let forth = spawn(async move {
            for _ in 0..20 {
                let _one = locks.0.lock().await;
                sleep(SLOW / 20).await;
                *locks.1.lock().await += 1;
            }
        });
        let back = spawn(async move {
            for _ in 0..10 {
                let two = other.1.lock().await;
                sleep(SLOW / 40).await;
                if let Ok(mut one) = other.0.try_lock() {
                    *one += *two;
                    continue;
                }
                drop(two);
                sleep(SLOW / 40).await;
            }
        });
        back.await.unwrap();
        forth.await.unwrap();
    });
}

#[test]
fn a_loop_that_asks_again_and_again_whether_it_may() {
    slow(async || {
        let is_open = Arc::new(AtomicBool::new(false));
        let flag = is_open.clone();
        let (tx, rx) = channel::<u8>(1);
        spawn(async move {
            let mut ticks = interval(Duration::from_millis(20));
            while !flag.load(SeqCst) {
                ticks.tick().await;
            }
            tx.send(1).await.unwrap();
        });
        spawn(async move {
            sleep(SLOW).await;
            is_open.store(true, SeqCst);
        });
        assert_eq!(rx.recv().await, Some(1));
    });
}

#[test]
fn a_select_with_a_default_in_a_loop_that_yields() {
    slow(async || {
        let (stop, stopped) = channel::<()>(1);
        let spinner = spawn(async move {
            loop {
                select! {
                    _ = stopped.recv() => return,
                    default => yield_now().await,
                }
            }
        });
        let joiner = spawn(async move { spinner.await.unwrap() });
        sleep(SLOW).await;
        stop.send(()).await.unwrap();
        joiner.await.unwrap();
    });
}

#[test]
fn a_pipeline_whose_last_stage_is_slow() {
    fn stage(from: Receiver<u32>, to: Sender<u32>, pause: Duration) {
        spawn(async move {
            while let Some(n) = from.recv().await {
                sleep(pause).await;
                if to.send(n + 1).await.is_err() {
                    return;
                }
            }
        });
    }
    slow(async || {
        let (first, a) = channel(0);
        let (second, b) = channel(0);
        let (third, c) = channel(0);
        stage(a, second, Duration::ZERO);
        stage(b, third, SLOW / 4);
        spawn(async move {
            for n in 0..4 {
                first.send(n).await.unwrap();
            }
        });
        let mut sum = 0;
        while let Some(n) = c.recv().await {
            sum += n;
        }
        assert_eq!(sum, 14);
    });
}
