//! A program is unhealthy for as long as it is stuck, and no longer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wakeful::diagnostics::{self, Action, Config};
use wakeful::runtime::{Builder, Runtime};
use wakeful::sync::Mutex;
use wakeful::{task, time};

use super::{alone, get, until};

fn config() -> Config {
    Config::prod().deadlock(Action::Report).stuck(Duration::from_millis(100))
}

fn runtime(workers: usize, blocking: usize) -> Runtime {
    let builder = Builder::new_multi_thread().worker_threads(workers);
    builder.max_blocking_threads(blocking).diagnostics(config()).build().unwrap()
}

/// What the endpoint says in the meantime, with its reasons.
fn told() -> (u16, String) {
    let server = diagnostics::serve("127.0.0.1:0").unwrap();
    get(server.local_addr(), "/debug/health")
}

#[test]
fn a_deadlock_is_unhealthy_until_one_of_its_tasks_is_gone() {
    let _alone = alone();
    let runtime = runtime(2, 4);
    let _enter = runtime.enter();
    // Something goes on, so that not all are asleep.
    let ticking = runtime.spawn(async {
        loop {
            time::sleep(Duration::from_millis(10)).await;
        }
    });
    let (one, two) = (Arc::new(Mutex::named("one", ())), Arc::new(Mutex::named("two", ())));
    let ring = [("left", &one, &two), ("right", &two, &one)].map(|(name, first, second)| {
        let (first, second) = (Arc::clone(first), Arc::clone(second));
        task::Builder::new().name(name).spawn(async move {
            let _first = first.lock().await;
            time::sleep(Duration::from_millis(50)).await;
            let _second = second.lock().await;
        })
    });
    until(|| !diagnostics::health().is_ok());
    let (status, text) = told();
    assert_eq!(status, 503, "{text}");
    assert!(text.starts_with("unhealthy: 1 reason\ndeadlock ("), "{text}");
    assert!(text.contains("\"left\"") && text.contains("wait for each other"), "{text}");
    // It was told once, and stays so.
    assert!(!diagnostics::health().is_ok());

    ring[0].abort();
    until(|| diagnostics::health().is_ok());
    assert_eq!(told(), (200, "ok\n".to_owned()));
    assert!(!diagnostics::findings().is_empty(), "what was found is remembered");
    ticking.abort();
}

#[test]
fn workers_that_are_all_stuck_are_unhealthy_until_one_is_free() {
    let _alone = alone();
    let runtime = runtime(2, 4);
    let over = Arc::new(AtomicBool::new(false));
    let stuck: Vec<_> = (0..2)
        .map(|_| {
            let over = Arc::clone(&over);
            runtime.spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
            })
        })
        .collect();
    let ready: Vec<_> = (0..3).map(|_| runtime.spawn(async {})).collect();
    until(|| told().0 == 503);
    let (_, text) = told();
    assert!(text.contains("every worker is stuck, and tasks are ready"), "{text}");
    over.store(true, Ordering::Relaxed);
    runtime.block_on(async {
        for task in stuck.into_iter().chain(ready) {
            task.await.unwrap();
        }
    });
    until(|| told().0 == 200);
}

#[test]
fn a_pool_whose_jobs_wait_for_it_is_unhealthy_until_its_runtime_is_gone() {
    let _alone = alone();
    let runtime = runtime(1, 2);
    let both = Arc::new(std::sync::Barrier::new(2));
    for _ in 0..2 {
        let (handle, both) = (runtime.handle(), Arc::clone(&both));
        drop(runtime.spawn_blocking(move || {
            both.wait();
            handle.block_on(async { drop(task::spawn_blocking(|| ()).await) });
        }));
    }
    until(|| told().0 == 503);
    let (_, text) = told();
    assert!(text.contains("every job of the blocking pool waits for one"), "{text}");
    let told_of = runtime.handle().metrics();
    assert_eq!((told_of.num_blocking_threads(), told_of.blocking_queue_depth()), (2, 2));
    // The jobs that have not begun are ended, and with them those that wait for them.
    drop(runtime);
    assert_eq!(told().0, 200);
}
