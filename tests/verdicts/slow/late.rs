//! Waits that end late: with a time limit, by a condition, a group, a context, a socket.

use std::sync::Arc;
use std::time::Duration;

use wakeful::channels::broadcast;
use wakeful::context::Context;
use wakeful::io::AsyncReadExt;
use wakeful::net::{TcpListener, TcpStream, UnixStream};
use wakeful::sync::{Cond, Group, Mutex, Once, RwLock};
use wakeful::time::{sleep, timeout};
use wakeful::{channel, spawn};

use crate::program::{SLOW, slow};

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
