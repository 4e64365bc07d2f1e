//! `#[wakeful::test]`, `#[wakeful::main]` and `block_on`.

use std::fmt::Display;
use std::time::Duration;

use wakeful::runtime::Handle;
use wakeful::{spawn, task, time, yield_now};

#[wakeful::test]
async fn a_test_runs_in_a_task() {
    assert!(task::try_current().is_some());
    assert_eq!(spawn(async { 42 }).await.unwrap(), 42);
}

#[wakeful::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_may_have_workers_and_a_result() -> Result<(), task::JoinError> {
    let here = std::thread::current().id();
    let there = spawn(async { std::thread::current().id() }).await?;
    assert_ne!(here, there);
    Ok(())
}

#[wakeful::test]
#[should_panic(expected = "on purpose")]
async fn a_test_may_be_meant_to_panic() {
    yield_now().await;
    panic!("on purpose");
}

#[wakeful::test(crate = "::wakeful")]
async fn a_test_may_leave_early() -> Result<(), String> {
    if task::try_current().is_some() {
        return Ok(());
    }
    Err("unreachable".into())
}

#[wakeful::main(flavor = "current_thread")]
async fn double(number: u32, shown: &dyn Display) -> impl Display {
    format!("{} {shown}", spawn(async move { number * 2 }).await.expect("it does not panic"))
}

#[test]
fn main_works_on_any_function() {
    assert_eq!(double(21, &"times").to_string(), "42 times");
}

#[test]
fn block_on_needs_no_runtime_and_leaves_none() {
    assert_eq!(wakeful::block_on(async { spawn(async { 1 }).await.unwrap() }), 1);
    assert!(Handle::try_current().is_err());
}

#[wakeful::test(clock = "virtual")]
async fn a_virtual_clock_jumps_when_every_task_sleeps() {
    const HOUR: Duration = Duration::from_secs(3600);
    let (real, began) = (std::time::Instant::now(), time::Instant::now());
    let (tx, rx) = wakeful::channel(0);
    spawn(async move {
        for _ in 0..3 {
            time::sleep(HOUR).await;
            tx.send(began.elapsed()).await.unwrap();
        }
    });
    assert!(time::timeout(HOUR / 2, rx.recv()).await.is_err());
    for hours in 1..=3 {
        let after = rx.recv().await.unwrap();
        assert!(
            (HOUR * hours..HOUR * hours + Duration::from_secs(1)).contains(&after),
            "{after:?}"
        );
    }
    assert!(real.elapsed() < HOUR);
}

#[wakeful::test]
#[should_panic(expected = "all tasks are asleep - deadlock!")]
async fn a_test_that_deadlocks_fails_and_does_not_hang() {
    let (tx, rx) = wakeful::channel::<()>(0);
    rx.recv().await;
    drop(tx);
}
