//! Loops of services: actors, pools, retries, time limits, shutdown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::FuturesUnordered;
use wakeful::channels::{Receiver, Sender, broadcast, oneshot};
use wakeful::context::Context;
use wakeful::io::AsyncReadExt;
use wakeful::net::{TcpListener, TcpStream, UnixStream};
use wakeful::sync::{Cond, Group, Mutex, Once, RwLock, Semaphore, WaitGroup};
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
fn a_context_with_a_deadline_under_locks() {
    slow(async || {
        let lock = Arc::new(Mutex::named("lease", ()));
        let (context, _cancel) = Context::background().with_timeout(SLOW);
        let theirs = lock.clone();
        spawn(async move {
            let _held = theirs.lock().await;
            context.done().await;
        });
        sleep(SLOW / 10).await;
        drop(lock.lock().await);
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
fn waits_that_all_have_a_time_limit() {
    slow(async || {
        let (a, b) = (Arc::new(Mutex::named("a", ())), Arc::new(Mutex::named("b", ())));
        let cross = |one: &Arc<Mutex<()>>, two: &Arc<Mutex<()>>| {
            let (one, two) = (one.clone(), two.clone());
            spawn(async move {
                let _one = one.lock().await;
                sleep(Duration::from_millis(10)).await;
                timeout(SLOW, two.lock()).await.is_ok()
            })
        };
        let (forth, back) = (cross(&a, &b), cross(&b, &a));
        let (forth, back) = (forth.await.unwrap(), back.await.unwrap());
        assert!(!(forth && back));
    });
}

#[test]
fn a_producer_and_a_consumer_with_conditions() {
    slow(async || {
        let shared = Arc::new((Mutex::named("items", 0), Cond::named("filled")));
        let other = shared.clone();
        let consumer = spawn(async move {
            let mut items = other.0.lock().await;
            while *items < 3 {
                items = other.1.wait(items).await;
            }
        });
        for _ in 0..3 {
            sleep(SLOW / 3).await;
            *shared.0.lock().await += 1;
            shared.1.notify_all();
        }
        consumer.await.unwrap();
    });
}

#[test]
fn a_setup_that_runs_once_and_slowly() {
    slow(async || {
        static SETUP: Once = Once::named("setup");
        let all: Vec<_> = (0..3)
            .map(|_| spawn(async { SETUP.call_once(async || sleep(SLOW).await).await }))
            .collect();
        for one in all {
            one.await.unwrap();
        }
    });
}

#[test]
fn a_group_with_a_limit_that_is_full_for_long() {
    slow(async || {
        let group = Group::<()>::new();
        group.limit(2);
        for _ in 0..6 {
            group.spawn(async {
                sleep(SLOW / 3).await;
                Ok(())
            });
        }
        group.wait().await.unwrap();
    });
}

#[test]
fn a_broadcast_that_is_silent_for_long() {
    slow(async || {
        let (bus, _keep) = broadcast::<u32>(4);
        let all: Vec<_> = (0..3)
            .map(|_| {
                let mut events = bus.subscribe();
                spawn(async move { events.recv().await.unwrap() })
            })
            .collect();
        sleep(SLOW).await;
        bus.send(1).unwrap();
        for one in all {
            one.await.unwrap();
        }
    });
}

#[test]
fn a_task_that_joins_one_which_waits_for_a_socket() {
    slow(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reader = spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.unwrap();
            all
        });
        let joiner = spawn(async move { reader.await.unwrap() });
        let mut stream = TcpStream::connect(address).await.unwrap();
        sleep(SLOW).await;
        stream.write_all(b"late").await.unwrap();
        drop(stream);
        assert_eq!(joiner.await.unwrap(), b"late");
    });
}

#[test]
fn both_ends_of_a_pipe_in_one_program() {
    slow(async || {
        let (mut left, mut right) = UnixStream::pair().unwrap();
        let lock = Arc::new(Mutex::named("frames", 0));
        let theirs = lock.clone();
        let reader = spawn(async move {
            let mut frames = theirs.lock().await;
            let mut byte = [0];
            left.read_exact(&mut byte).await.unwrap();
            *frames += 1;
        });
        let writer = spawn(async move {
            sleep(SLOW).await;
            right.write_all(b"x").await.unwrap();
        });
        sleep(SLOW / 10).await;
        *lock.lock().await += 1;
        reader.await.unwrap();
        writer.await.unwrap();
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

#[test]
fn a_context_that_is_never_cancelled_beside_work_that_ends() {
    slow(async || {
        let (context, cancel) = Context::background().with_cancel();
        let watcher = spawn(async move { context.done().await });
        let (tx, rx) = channel::<u8>(1);
        spawn(async move {
            sleep(SLOW).await;
            let _ = tx.send(1).await;
            drop(cancel);
        });
        rx.recv().await;
        watcher.await.unwrap();
    });
}

#[test]
fn a_writer_who_waits_for_slow_readers_and_upgrades() {
    slow(async || {
        let lock = Arc::new(RwLock::named("table", 0));
        for _ in 0..3 {
            let lock = lock.clone();
            spawn(async move {
                let seen = lock.read().await;
                sleep(SLOW).await;
                drop(seen);
                *lock.write().await += 1;
            });
        }
        sleep(SLOW / 10).await;
        *lock.write().await += 1;
        let shared = wakeful::sync::RwLockWriteGuard::downgrade(lock.write().await);
        sleep(SLOW / 10).await;
        drop(shared);
    });
}
