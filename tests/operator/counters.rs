//! Counters count what happened, no more and no less.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wakeful::diagnostics::{self, Action, Config};
use wakeful::runtime::{Builder, Runtime};
use wakeful::task::LocalSet;
use wakeful::{channel, spawn, task, time, yield_now};

use super::{alone, get, until};

fn runtime(workers: usize) -> Runtime {
    let config = Config::prod().deadlock(Action::Off).stall(None);
    Builder::new_multi_thread().worker_threads(workers).diagnostics(config).build().unwrap()
}

#[test]
fn every_task_is_counted_from_inside_and_outside_however_it_ends() {
    let _alone = alone();
    let runtime = runtime(2);
    let before = runtime.handle().metrics();
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..100 {
            tasks.push(spawn(async {
                // From a worker.
                let inner: Vec<_> = (0..10).map(|_| spawn(yield_now())).collect();
                for task in inner {
                    task.await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        for _ in 0..7 {
            assert!(spawn(async { panic!("on purpose") }).await.unwrap_err().is_panic());
        }
        for _ in 0..5 {
            let sleeper = spawn(time::sleep(Duration::from_secs(3600)));
            sleeper.abort();
            assert!(sleeper.await.unwrap_err().is_cancelled());
        }
        for _ in 0..3 {
            task::spawn_blocking(|| ()).await.unwrap();
        }
        let local = LocalSet::new();
        local.run_until(async { task::spawn_local(async {}).await.unwrap() }).await;
    });
    let spawned = before.spawned + 100 + 1000 + 7 + 5 + 3 + 1;
    let handle = runtime.handle();
    let told = handle.metrics();
    assert_eq!(told.spawned, spawned);
    assert_eq!((told.panicked - before.panicked, told.aborted - before.aborted), (7, 5));
    // A task is out of the registry a moment after its result was taken.
    until(|| handle.metrics().finished == spawned);
    let told = handle.metrics();
    assert_eq!((told.num_alive_tasks(), told.blocking.begun - before.blocking.begun), (0, 3));
    let polls: u64 = (0..told.num_workers()).map(|worker| told.worker_poll_count(worker)).sum();
    assert!(polls >= 2 * 1100, "{polls}");
    until(|| handle.metrics().idle_workers == 2);
    let told = handle.metrics();
    for (place, worker) in told.workers.iter().enumerate() {
        assert_eq!(told.worker_park_count(place), worker.unparks + 1, "it sleeps");
    }
}

#[test]
fn what_stands_still_can_be_counted() {
    let _alone = alone();
    let runtime = runtime(2);
    let handle = runtime.handle();
    let _enter = runtime.enter();
    let (stop, stopped) = channel::<()>(1);
    let waiters: Vec<_> = (0..20)
        .map(|_| {
            let stopped = stopped.clone();
            spawn(async move { stopped.recv().await })
        })
        .collect();
    let sleepers: Vec<_> = (0..30).map(|_| spawn(time::sleep(Duration::from_secs(3600)))).collect();
    let listener = runtime.block_on(wakeful::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    until(|| handle.metrics().tasks.waiting == 50);
    let told = handle.metrics();
    assert_eq!((told.num_alive_tasks(), told.timers), (50, 30));
    assert_eq!(told.io_driver_fd_registered_count(), 1);
    let census = diagnostics::metrics::census();
    assert_eq!(census.waiting[&diagnostics::names::Op::Sleep], 30);
    assert_eq!(census.waiting[&diagnostics::names::Op::Recv], 20);
    let server = diagnostics::serve("127.0.0.1:0").unwrap();
    let (status, text) = get(server.local_addr(), "/metrics");
    assert_eq!(status, 200);
    assert!(text.contains("wakeful_tasks_waiting{operation=\"sleep\"} 30\n"), "{text}");
    drop(listener);
    assert_eq!(handle.metrics().registered_fds, 0);
    drop(stop);
    for sleeper in sleepers {
        sleeper.abort();
    }
    runtime.block_on(async {
        for waiter in waiters {
            assert_eq!(waiter.await.unwrap(), None);
        }
    });
    until(|| handle.metrics().timers == 0);
}

#[test]
fn polls_are_timed_and_tasks_followed_to_them() {
    let _alone = alone();
    let runtime = runtime(1);
    let handle = runtime.handle();
    let over = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let over = Arc::clone(&over);
            runtime.spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    std::hint::black_box((0..1000_u64).sum::<u64>());
                    yield_now().await;
                }
            })
        })
        .collect();
    let has_enough = || {
        let told = handle.metrics();
        told.poll_time.count() > 100 && told.schedule_latency.count() > 20
    };
    until(has_enough);
    over.store(true, Ordering::Relaxed);
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    let told = handle.metrics();
    let polls: u64 = told.workers.iter().map(|worker| worker.polls).sum();
    // One in 61; the counts of other threads are read a moment later.
    assert!(told.poll_time.count() <= polls / 61 + 2, "{} of {polls}", told.poll_time.count());
    assert!(told.poll_time.count() >= polls / 61 / 2, "{} of {polls}", told.poll_time.count());
    // Each waits for the 49 others.
    assert!(told.schedule_latency.mean() > told.mean_poll_time(), "{told:?}");
}

#[test]
fn polls_of_a_task_that_is_alone_are_timed_as_well() {
    let _alone = alone();
    let runtime = runtime(1);
    let told = || {
        let told = runtime.handle().metrics();
        (told.workers[0].polls, told.poll_time.count())
    };
    let before = told();
    let (tx, rx) = channel::<()>(0);
    let task = runtime.spawn(async move {
        while rx.recv().await.is_some() {
            std::hint::black_box((0..10_000_u64).map(std::hint::black_box).sum::<u64>());
        }
    });
    for _ in 0..1000 {
        while tx.try_send(()).is_err() {
            std::thread::yield_now();
        }
    }
    drop(tx);
    runtime.block_on(task).unwrap();
    // Whenever the worker looks around there is nothing to poll.
    let after = told();
    let (polls, timed) = (after.0 - before.0, after.1 - before.1);
    assert!((polls / 61 / 2..=polls / 61 + 2).contains(&timed), "{timed} of {polls}");
}

#[test]
fn a_task_that_uses_up_its_budget_is_counted() {
    let _alone = alone();
    let runtime = runtime(1);
    let handle = runtime.handle();
    let before = handle.metrics().budget_yields;
    runtime.block_on(async {
        spawn(async {
            let (tx, rx) = channel::<u32>(1);
            for n in 0..10_000 {
                tx.send(n).await.unwrap();
                rx.recv().await.unwrap();
            }
        })
        .await
        .unwrap();
    });
    // 20,000 operations, 192 in a poll; told when the worker next looks around or sleeps.
    until(|| handle.metrics().budget_yields - before >= 100);
    assert!(handle.metrics().budget_yields - before <= 108);
}

#[test]
fn a_runtime_that_is_closed_tells_nothing_more() {
    let _alone = alone();
    let runtime = runtime(1);
    let handle = runtime.handle();
    let id = handle.metrics().runtime;
    drop(runtime);
    assert!(diagnostics::metrics().iter().all(|told| told.runtime != id));
    assert_eq!(handle.metrics().num_workers(), 0);
}
