//! Tasks that are left over.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use wakeful::diagnostics::{self, Action, Class, Config, FindingKind, leak};
use wakeful::runtime::Builder;
use wakeful::{spawn, sync, task, time, yield_now};

fn headlines(found: &[diagnostics::Finding]) -> Vec<&str> {
    found.iter().map(|finding| finding.headline.as_str()).collect()
}

#[wakeful::test]
async fn tasks_alike_are_one_finding_with_what_they_wait_for() {
    let (tx, rx) = wakeful::channels::Builder::new().name("answers").bounded::<u32>(0);
    let tasks: Vec<_> = (0..3)
        .map(|n| {
            let tx = tx.clone();
            spawn(async move { tx.send(n).await })
        })
        .collect();
    let found = leak::find();
    assert_eq!(found.len(), 1);
    let finding = &found[0];
    assert_eq!((finding.kind, finding.class), (FindingKind::Leak, Class::Likely));
    assert!(finding.headline.starts_with("3 tasks spawned at tests/it/leaks.rs:"));
    let text = finding.to_string();
    assert!(text.contains("channel send at tests/it/leaks.rs:"), "{text}");
    assert!(text.contains("\"answers\" (0/0)"), "{text}");
    drop(rx);
    for task in tasks {
        assert!(task.await.unwrap().is_err());
    }
    assert_eq!(headlines(&leak::find()), [] as [&str; 0]);
}

/// Whether what soon ends is taken for a leak, however often it is spawned. A machine that is busy
/// may come too late for some of it.
fn is_charged_each_time(leave: impl Fn()) -> bool {
    (0..20).all(|_| {
        leave();
        !leak::find().is_empty()
    })
}

#[wakeful::test]
async fn a_task_that_is_about_to_end_is_not_charged() {
    let leave = || {
        for _ in 0..8 {
            drop(spawn(async {
                for _ in 0..100 {
                    yield_now().await;
                }
                time::sleep(Duration::from_millis(1)).await;
            }));
        }
    };
    assert!(!is_charged_each_time(leave));
    diagnostics::assert_no_leaks();
}

#[wakeful::test(worker_threads = 2)]
async fn a_task_of_several_workers_that_is_about_to_end_is_not_charged() {
    // In a task of a worker, whose queue others have to take over.
    spawn(async {
        let leave = || {
            for _ in 0..8 {
                drop(spawn(async { time::sleep(Duration::from_millis(1)).await }));
            }
            drop(spawn(yield_now()));
        };
        assert!(!is_charged_each_time(leave));
        diagnostics::assert_no_leaks();
    })
    .await
    .unwrap();
}

#[wakeful::test]
async fn what_is_aborted_is_not_charged() {
    let asleep = spawn(std::future::pending::<()>());
    yield_now().await;
    asleep.abort();
    diagnostics::assert_no_leaks();
}

#[wakeful::test]
async fn a_daemon_may_stay() {
    drop(task::Builder::new().daemon().spawn(std::future::pending::<()>()));
    yield_now().await;
    diagnostics::assert_no_leaks();
}

#[wakeful::test]
async fn what_was_there_before_and_what_is_named_may_stay() {
    let (stop, stopped) = wakeful::channel::<()>(0);
    let wait = |stopped: wakeful::channels::Receiver<()>| async move {
        stopped.recv().await;
    };
    let old = spawn(wait(stopped.clone()));
    let before = leak::Snapshot::take();
    before.assert_no_leaks();
    let named = task::Builder::new().name("metrics").spawn(wait(stopped.clone()));
    let young = spawn(wait(stopped));
    assert_eq!(before.find().len(), 2);
    assert_eq!(before.clone().ignore_name("metrics").find().len(), 1);
    assert_eq!(before.clone().ignore_spawned_at("it/leaks.rs").find().len(), 0);
    assert_eq!(before.clone().ignore_waiting_at("leaks.rs").find().len(), 0);
    assert_eq!(before.clone().ignore_spawned_at("leaks.rs:1").find().len(), 2);
    drop(stop);
    for task in [old, named, young] {
        task.await.unwrap();
    }
}

#[wakeful::test]
#[should_panic(expected = "1 task is left over; await or abort it")]
async fn a_leak_panics_where_no_leak_is_asserted() {
    let gate = std::sync::Arc::new(sync::Notify::new());
    let waits = spawn(async move { gate.notified().await });
    yield_now().await;
    let _waits = waits;
    diagnostics::assert_no_leaks();
}

#[wakeful::test]
#[should_panic(expected = "wakeful::test: 2 tasks are left over")]
async fn a_test_that_leaves_tasks_fails() {
    let (_tx, rx) = wakeful::channel::<()>(0);
    for _ in 0..2 {
        let (_here, rx) = (_tx.clone(), rx.clone());
        drop(spawn(async move {
            let _here = _here;
            rx.recv().await;
        }));
    }
}

#[wakeful::test(leak = "panic")]
#[should_panic(expected = "wakeful::test: 1 task is left over")]
async fn a_test_that_asks_for_it_fails_for_a_task_it_leaves() {
    drop(spawn(std::future::pending::<()>()));
}

#[wakeful::test(clock = "virtual")]
#[should_panic(expected = "3600")]
async fn a_clock_that_jumps_stands_still_at_the_end() {
    drop(spawn(time::sleep(Duration::from_secs(3600))));
    yield_now().await;
    let found = leak::find();
    assert!(found[0].evidence[0].text.contains("sleep at"), "{found:?}");
    panic!("3600");
}

#[test]
fn a_runtime_is_not_charged_with_what_another_leaves() {
    let quiet = || Builder::new_current_thread().diagnostics(Config::dev().leak(Action::Off));
    let (one, other) = (quiet().build().unwrap(), quiet().build().unwrap());
    drop(other.spawn(std::future::pending::<()>()));
    one.block_on(async { diagnostics::assert_no_leaks() });
    let _enter = other.enter();
    assert_eq!(leak::find().len(), 1);
}

#[test]
fn a_runtime_that_is_dropped_tells_what_it_leaves() {
    let runtime = Builder::new_current_thread().diagnostics(Config::dev()).build().unwrap();
    let line = line!() + 1;
    drop(runtime.spawn(std::future::pending::<()>()));
    drop(runtime);
    assert!(is_told(line));
}

#[test]
fn nothing_is_looked_for_where_it_is_off() {
    let config = Config::dev().leak(Action::Off);
    let runtime = Builder::new_current_thread().diagnostics(config).build().unwrap();
    let line = line!() + 1;
    drop(runtime.spawn(std::future::pending::<()>()));
    drop(runtime);
    assert!(!is_told(line));
}

/// Whether the task that was spawned at this line of this file was told to be left over.
fn is_told(line: u32) -> bool {
    let place = format!("spawned at {}:{line}, is left over", file!());
    diagnostics::findings().iter().any(|finding| finding.headline.ends_with(&place))
}

/// Where the two tests below spawn what they leave.
static LEFT: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];

#[wakeful::test(leak = "report")]
#[ignore = "called by another test, which looks at what comes of it"]
async fn leaves_a_task_that_is_told() {
    LEFT[0].store(line!() + 1, Relaxed);
    drop(spawn(std::future::pending::<()>()));
}

#[wakeful::test(leak = "off")]
#[ignore = "called by another test, which looks at what comes of it"]
async fn leaves_a_task_that_is_passed_over() {
    LEFT[1].store(line!() + 1, Relaxed);
    drop(spawn(std::future::pending::<()>()));
}

#[test]
fn a_test_does_not_fail_for_what_it_leaves_if_it_says_so() {
    leaves_a_task_that_is_told();
    leaves_a_task_that_is_passed_over();
    let lines = LEFT.each_ref().map(|line| line.load(Relaxed));
    assert_eq!(lines.map(is_told), [true, false]);
}
