//! Notifications and calls that were meant for a future which is not polled.

use std::pin::pin;
use std::sync::Arc;

use futures::future::join;
use wakeful_runtime::task::JoinHandle;
use wakeful_runtime::{spawn, time::sleep};
use wakeful_sync::{Cond, Mutex, Notified, Notify};

use crate::{ms, once, runs, until_asleep};

/// Two in the line of a notification: a future that is not polled, and after it a task.
async fn both_in_line(notify: &Arc<Notify>) -> (Notified<'_>, JoinHandle<()>) {
    let mut first = notify.notified();
    assert!(once(&mut first).await.is_none());
    let other = Arc::clone(notify);
    let second = spawn(async move { other.notified().await });
    until_asleep(&second).await;
    (first, second)
}

#[test]
fn a_notification_for_one_that_is_not_polled_goes_to_the_next() {
    runs(|| async {
        let notify = Arc::new(Notify::new());
        let (first, second) = both_in_line(&notify).await;
        notify.notify_one();
        second.await.expect("it ends");
        notify.notify_one();
        first.await;
    });
}

#[test]
fn a_notification_that_nobody_else_wants_waits_for_whoever_asks() {
    runs(|| async {
        let notify = Notify::new();
        let mut first = notify.notified();
        assert!(once(&mut first).await.is_none());
        notify.notify_one();
        sleep(ms(1)).await;
        first.await;
        let mut second = notify.notified();
        assert!(once(&mut second).await.is_none(), "there was one");
        notify.notify_one();
        sleep(ms(1)).await;
        notify.notified().await;
        assert!(once(&mut second).await.is_none(), "it went to another one");
        notify.notify_one();
        second.await;
    });
}

#[test]
fn each_of_those_that_are_not_polled_keeps_a_notification() {
    runs(|| async {
        let notify = Notify::new();
        let (mut first, mut second) = (notify.notified(), notify.notified());
        assert!(once(&mut first).await.is_none() && once(&mut second).await.is_none());
        for _ in 0..3 {
            notify.notify_one();
            sleep(ms(1)).await;
        }
        first.await;
        second.await;
        notify.notified().await;
        assert!(once(&mut notify.notified()).await.is_none(), "there were three");
    });
}

#[test]
fn notifications_of_those_that_go_are_stored_once() {
    runs(|| async {
        let notify = Notify::new();
        let (mut first, mut second) = (notify.notified(), notify.notified());
        assert!(once(&mut first).await.is_none() && once(&mut second).await.is_none());
        notify.notify_one();
        notify.notify_one();
        sleep(ms(1)).await;
        drop((first, second));
        notify.notified().await;
        assert!(once(&mut notify.notified()).await.is_none(), "one is stored, not two");
    });
}

#[test]
fn a_round_reaches_one_whose_notification_was_taken_back() {
    runs(|| async {
        let notify = Arc::new(Notify::new());
        let (first, second) = both_in_line(&notify).await;
        notify.notify_one();
        second.await.expect("it ends");
        notify.notify_waiters();
        first.await;
        assert!(once(&mut notify.notified()).await.is_none(), "a round stores nothing");
    });
}

#[test]
fn an_enabled_future_finds_its_notification_when_it_is_polled() {
    runs(|| async {
        let notify = Notify::new();
        let mut first = pin!(notify.notified());
        assert!(!first.as_mut().enable());
        notify.notify_one();
        sleep(ms(1)).await;
        assert!(first.as_mut().enable());
        first.await;
    });
}

/// Waits for a call, polled once; the mutex is free when this is over.
macro_rules! waits {
    ($cond:expr, $mutex:expr) => {{
        let mut wait = $cond.wait($mutex.lock().await);
        assert!(once(&mut wait).await.is_none());
        wait
    }};
}

/// Calls one, while a task stands in line behind a wait that is not polled.
async fn a_call_goes_to_a_task(both: &Arc<(Mutex<()>, Cond)>) {
    let other = Arc::clone(both);
    let waits = spawn(async move { drop(other.1.wait(other.0.lock().await).await) });
    until_asleep(&waits).await;
    both.1.notify_one();
    waits.await.expect("it ends");
}

#[test]
fn a_call_for_a_wait_that_is_not_polled_goes_to_the_next() {
    runs(|| async {
        let both = Arc::new((Mutex::new(()), Cond::new()));
        let (mutex, cond) = &*both;
        let first = waits!(cond, mutex);
        a_call_goes_to_a_task(&both).await;
        cond.notify_one();
        drop(first.await);
    });
}

#[test]
fn a_call_does_not_go_to_one_who_came_after_it() {
    runs(|| async {
        let (mutex, cond) = (Mutex::new(()), Cond::new());
        let first = waits!(cond, mutex);
        cond.notify_one();
        let mut late = waits!(cond, mutex);
        sleep(ms(1)).await;
        assert!(once(&mut late).await.is_none(), "it was not there at the call");
        drop(first.await);
        assert!(once(&mut late).await.is_none());
        cond.notify_one();
        drop(late.await);
    });
}

#[test]
fn each_wait_that_is_not_polled_keeps_a_call() {
    runs(|| async {
        let (mutex, cond) = (Mutex::new(()), Cond::new());
        let first = waits!(cond, mutex);
        let second = waits!(cond, mutex);
        for _ in 0..3 {
            cond.notify_one();
            sleep(ms(1)).await;
        }
        drop(second.await);
        drop(first.await);
        let mut late = waits!(cond, mutex);
        assert!(once(&mut late).await.is_none(), "no call is left over");
    });
}

#[test]
fn a_call_of_a_wait_that_goes_reaches_the_next() {
    runs(|| async {
        let (mutex, cond) = (Mutex::new(()), Cond::new());
        let first = waits!(cond, mutex);
        cond.notify_one();
        sleep(ms(1)).await;
        let waits = async { drop(cond.wait(mutex.lock().await).await) };
        let goes = async {
            sleep(ms(1)).await;
            drop(first);
        };
        join(waits, goes).await;
    });
}

#[test]
fn a_call_of_all_reaches_a_wait_whose_call_was_taken_back() {
    runs(|| async {
        let both = Arc::new((Mutex::new(()), Cond::new()));
        let (mutex, cond) = &*both;
        let first = waits!(cond, mutex);
        a_call_goes_to_a_task(&both).await;
        cond.notify_all();
        drop(first.await);
        let mut late = waits!(cond, mutex);
        assert!(once(&mut late).await.is_none(), "no call is left over");
    });
}
