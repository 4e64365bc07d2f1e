//! Calls, of a `Notify` and of a `Cond`.

use std::pin::pin;
use std::sync::Arc;

use wakeful_sync::shim::{block_on, model, thread};
use wakeful_sync::{Cond, Notify};

use crate::{mutex, parks};

#[test]
fn a_notification_for_one_who_quits_reaches_the_next() {
    model(|| {
        let notify = Arc::new(Notify::new());
        drop(notify.notified());
        let quitter = {
            let notify = Arc::clone(&notify);
            thread::spawn(move || !parks(pin!(notify.notified())))
        };
        let waiter = {
            let notify = Arc::clone(&notify);
            thread::spawn(move || block_on(notify.notified()))
        };
        notify.notify_one();
        // One that was ready at its first poll has used the notification up.
        if quitter.join().unwrap() {
            notify.notify_one();
        }
        waiter.join().unwrap();
    });
}

#[test]
fn a_round_reaches_a_future_that_was_not_polled() {
    model(|| {
        let notify = Arc::new(Notify::new());
        let waits = notify.notified();
        let caller = {
            let notify = Arc::clone(&notify);
            thread::spawn(move || notify.notify_waiters())
        };
        block_on(waits);
        caller.join().unwrap();
    });
}

#[test]
fn a_call_after_the_change_is_never_missed() {
    model(|| {
        let (mutex, cond) = (mutex(false), Arc::new(Cond::new()));
        let caller = {
            let (mutex, cond) = (Arc::clone(&mutex), Arc::clone(&cond));
            thread::spawn(move || {
                *block_on(mutex.lock()) = true;
                cond.notify_one();
            })
        };
        block_on(async {
            let mut done = mutex.lock().await;
            while !*done {
                done = cond.wait(done).await;
            }
        });
        caller.join().unwrap();
    });
}

#[test]
fn a_call_for_one_who_quits_reaches_the_next() {
    model(|| {
        let (mutex, cond) = (mutex(()), Arc::new(Cond::new()));
        let waits = Box::pin(cond.wait(mutex.try_lock().unwrap()));
        let mut quits = waits;
        assert!(parks(quits.as_mut()));
        let mut next = Box::pin(cond.wait(mutex.try_lock().unwrap()));
        assert!(parks(next.as_mut()));
        let caller = {
            let cond = Arc::clone(&cond);
            thread::spawn(move || cond.notify_one())
        };
        drop(quits);
        drop(block_on(next));
        caller.join().unwrap();
    });
}
