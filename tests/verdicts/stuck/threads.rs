//! Threads, runtimes, futures that are left alone, and what is no deadlock.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::join_all;
use wakeful::diagnostics::Config;
use wakeful::diagnostics::FindingKind::{Deadlock, LongHold, LostWakeup, SelfDeadlock, Stall};
use wakeful::runtime::{Builder, Handle};
use wakeful::sync::Mutex;
use wakeful::time::sleep;
use wakeful::{channel, select, spawn, task};

use crate::program::{left_behind, named, stuck};

#[test]
fn blocking_jobs_wait_for_a_job_that_has_no_thread() {
    stuck(Stall, async || {
        let rt = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(2)
            .diagnostics(Config::dev())
            .build()
            .unwrap();
        let rt = Box::leak(Box::new(rt));
        for _ in 0..2 {
            rt.spawn(async {
                let _ = task::spawn_blocking(|| {
                    std::thread::sleep(Duration::from_millis(20));
                    let inner = task::spawn_blocking(|| 1);
                    Handle::current().block_on(inner).unwrap();
                })
                .await;
            });
        }
    })
    .says(&["pool"]);
}

#[test]
fn a_task_of_one_runtime_and_one_of_another_wait_for_each_other() {
    stuck(Deadlock, async || {
        let other = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let other = Box::leak(Box::new(other));
        let (ask, asked) = channel::<u32>(0);
        let (answer, answered) = channel::<u32>(0);
        named("here", async move {
            let n = answered.recv().await;
            ask.send(n.unwrap_or(0)).await.unwrap();
        });
        other.spawn(async move {
            let n = asked.recv().await;
            answer.send(n.unwrap_or(0)).await.unwrap();
        });
    })
    .says(&["likely", "wait for each other"]);
}

#[test]
fn a_future_that_was_granted_the_lock_is_left_behind_by_a_select() {
    stuck(LongHold, async || {
        let lock = Arc::new(Mutex::named("db pool", 0));
        named("saga", async move {
            let mut guarded = Box::pin(async {
                let _guard = lock.lock().await;
                let (_tx, rx) = channel::<u8>(1);
                rx.recv().await;
            });
            select! {
                () = &mut guarded => {},
                () = sleep(Duration::from_millis(10)) => {},
            }
            *lock.lock().await += 1;
        });
    })
    .says(&["saga", "db pool"]);
}

#[test]
fn futures_that_are_joined_take_locks_in_both_orders() {
    stuck(SelfDeadlock, async || {
        named("joiner", async {
            let (a, b) = (Mutex::named("left", ()), Mutex::named("right", ()));
            let both = |first, second| async move {
                let first: &Mutex<()> = first;
                let second: &Mutex<()> = second;
                let _first = first.lock().await;
                sleep(Duration::from_millis(5)).await;
                let _second = second.lock().await;
            };
            futures::future::join(both(&a, &b), both(&b, &a)).await;
        });
    })
    .says(&[
        "proof",
        "branches of task 3 \"joiner\" wait for each other's locks",
        "fix: take",
    ]);
}

#[test]
fn joined_futures_all_wait_for_what_comes_after_the_join() {
    stuck(Deadlock, async || {
        named("batch", async {
            let (go, gone) = channel::<()>(1);
            let waits = (0..3).map(|_| gone.recv());
            join_all(waits).await;
            drop(go);
        });
    })
    .says(&["batch"]);
}

#[test]
fn a_hand_written_future_keeps_no_waker() {
    stuck(LostWakeup, async || {
        let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let flag = done.clone();
        named("waits for the flag", async move {
            poll_fn(move |_| {
                if flag.load(std::sync::atomic::Ordering::SeqCst) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
        });
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            done.store(true, std::sync::atomic::Ordering::SeqCst);
        });
    })
    .says(&["waits for the flag", "waker"]);
}

#[test]
fn a_poll_that_computes_and_one_that_waits_for_a_std_lock() {
    stuck(Stall, async || {
        static STD: std::sync::Mutex<()> = std::sync::Mutex::new(());
        std::thread::spawn(|| {
            let _held = STD.lock();
            std::thread::sleep(Duration::from_secs(1));
        });
        sleep(Duration::from_millis(10)).await;
        named("blocks", async { drop(STD.lock()) });
    })
    .says(&["blocks", "std::sync"]);
}

#[test]
fn a_lock_is_kept_over_a_slow_request() {
    stuck(LongHold, async || {
        let cache = Arc::new(Mutex::named("cache", 0));
        let theirs = cache.clone();
        named("refresh", async move {
            let _cache = cache.lock().await;
            sleep(Duration::from_secs(5)).await;
        });
        named("get", async move {
            sleep(Duration::from_millis(5)).await;
            *theirs.lock().await += 1;
        });
    })
    .says(&["refresh", "get", "fix"]);
}

#[test]
fn tasks_that_are_left_when_the_program_ends() {
    left_behind(async || {
        let (tx, rx) = channel::<u8>(1);
        named("subscriber", async move { while rx.recv().await.is_some() {} });
        sleep(Duration::from_millis(5)).await;
        std::mem::forget(tx);
    })
    .says(&["subscriber"]);
}

#[test]
fn a_task_awaits_the_handle_of_the_task_that_awaits_it_through_a_slot() {
    stuck(Deadlock, async || {
        let slot = Arc::new(Mutex::new(None::<task::JoinHandle<()>>));
        let theirs = slot.clone();
        let first = named("poller", async move {
            sleep(Duration::from_millis(5)).await;
            if let Some(other) = theirs.lock().await.take() {
                other.await.unwrap();
            }
        });
        let second = spawn(async move { first.await.unwrap() });
        *slot.lock().await = Some(second);
    })
    .says(&["proof", "to end"]);
}
