//! What is told of it: where the task would have hung, and nowhere else.

use std::pin::pin;
use std::sync::Arc;
use std::thread;

use futures::future::join;
use wakeful_channels::select;
use wakeful_diagnostics::verdict::deadlocks;
use wakeful_diagnostics::{Class, Finding, FindingKind, findings, grants_taken_back};
use wakeful_runtime::runtime::Builder;
use wakeful_runtime::{spawn, task, time::sleep, yield_now};
use wakeful_sync::{Mutex, Semaphore};

use crate::{ms, once, runs, sleep_until, until_asleep};

/// The finding about the resource of this name, which will come.
fn told_of(name: &str) -> Finding {
    loop {
        match findings().into_iter().find(|finding| finding.headline.contains(name)) {
            Some(finding) => return finding,
            None => thread::yield_now(),
        }
    }
}

/// The text with `#` for the number of each task and lock.
fn without_numbers(text: &str) -> String {
    let mut before = "";
    let mut words = Vec::new();
    for word in text.split(' ') {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let is_named = before.ends_with("task") || before.ends_with("mutex");
        words.push(if is_number && is_named { "#" } else { word });
        before = word;
    }
    words.join(" ")
}

#[test]
fn the_report_names_both_lines_and_the_lock() {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let (made, left, again) = runtime.block_on(async {
        let made = line!() + 1;
        let lock = Arc::new(Mutex::named("pool", ()));
        let guard = Arc::clone(&lock).lock_owned().await;
        let saga = async move {
            let left = line!() + 1;
            let mut first = lock.lock();
            assert!(once(&mut first).await.is_none());
            let again = line!() + 1;
            let second = lock.lock();
            drop(second.await);
            drop(first.await);
            (left, again)
        };
        let task = task::Builder::new().name("saga").spawn(saga);
        until_asleep(&task).await;
        drop(guard);
        let (left, again) = task.await.expect("it ends");
        (made, left, again)
    });
    let finding = told_of("\"pool\"");
    assert_eq!((finding.kind, finding.class), (FindingKind::Futurelock, Class::Likely));
    let (id, at) = (&finding.id, file!());
    let expected = format!(
        "cause: task # \"saga\" waits for mutex # \"pool\", which was granted to a future that it \
         does not poll [{id}]\n\
         \tthe future was made for a mutex lock at {at}:{left}\n\
         \tthe task waits again, for a mutex lock at {at}:{again}\n\
         \tmutex # \"pool\" was created at {at}:{made}\n\
         \tthe grant was taken back and passed on, so the program goes on\n\
         fix: let the select own the future (`fut` instead of `&mut fut`), drop it before \
         {at}:{again}, or spawn it\n"
    );
    assert_eq!(without_numbers(&finding.to_string()), expected);
}

#[test]
fn permits_of_a_future_that_is_not_polled_are_told_of() {
    runs(|| async {
        let semaphore = Semaphore::named("seats", 3);
        let all = semaphore.acquire_many(3).await.expect("it is open");
        let mut first = semaphore.acquire_many(2);
        assert!(once(&mut first).await.is_none());
        let gives = async {
            sleep(ms(1)).await;
            drop(all);
        };
        let (again, ()) = join(semaphore.acquire_many(2), gives).await;
        drop(again);
        drop(first.await);
    });
    assert_eq!(told_of("\"seats\"").kind, FindingKind::Futurelock);
}

#[test]
fn a_task_that_does_not_wait_for_it_again_is_no_finding() {
    let before = grants_taken_back();
    runs(|| async {
        let semaphore = Semaphore::named("only stale", 1);
        let permit = semaphore.acquire().await.expect("it is open");
        let mut first = semaphore.acquire();
        assert!(once(&mut first).await.is_none());
        drop(permit);
        sleep_until(|| semaphore.available_permits() == 1).await;
        drop(first.await);
    });
    assert!(grants_taken_back() > before);
    assert!(!findings().iter().any(|finding| finding.headline.contains("only stale")));
}

#[test]
fn a_loop_that_polls_its_future_each_time_is_no_finding() {
    runs(|| async {
        let lock = Mutex::named("polled each time", ());
        let guard = lock.lock().await;
        let gives = async {
            sleep(ms(5)).await;
            drop(guard);
        };
        let takes = async {
            let mut first = lock.lock();
            loop {
                select! {
                    guard = &mut first => break drop(guard),
                    () = sleep(ms(1)) => {}
                }
            }
        };
        join(gives, takes).await;
    });
    assert!(!findings().iter().any(|finding| finding.headline.contains("polled each time")));
}

#[test]
fn a_task_that_has_another_way_on_is_no_finding() {
    runs(|| async {
        let before = grants_taken_back();
        let lock = Mutex::named("waits for time, too", ());
        let guard = lock.lock().await;
        let (mut first, mut second) = (lock.lock(), lock.lock());
        assert!(once(&mut first).await.is_none() && once(&mut second).await.is_none());
        drop(guard);
        sleep_until(|| grants_taken_back() > before).await;
        drop((first, second));
    });
    assert!(!findings().iter().any(|finding| finding.headline.contains("waits for time, too")));
}

#[test]
fn a_guard_in_a_future_that_is_not_polled_is_a_deadlock() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let hangs = spawn(async {
            let lock = Mutex::named("kept by a guard", ());
            let mut holds = pin!(async {
                let _guard = lock.lock().await;
                yield_now().await;
            });
            assert!(once(&mut holds).await.is_none());
            // It cannot be taken back.
            drop(lock.lock().await);
        });
        let is_it = |finding: &Finding| finding.headline.contains("kept by a guard");
        while !deadlocks().iter().any(is_it) {
            yield_now().await;
        }
        hangs.abort();
        assert!(hangs.await.is_err());
    });
}
