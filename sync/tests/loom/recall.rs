//! What is granted to a task that goes to sleep without it.

use std::pin::pin;
use std::sync::Arc;
use std::task::Context;

use wakeful_diagnostics::current;
use wakeful_sync::shim::{block_on, model, models, thread};
use wakeful_sync::wait::recall;
use wakeful_sync::{Cond, Notify};

use crate::task::{fall_asleep, suspend_past, task, waker_of};
use crate::{mutex, parks, rwlock, semaphore};

#[test]
fn a_grant_to_a_task_that_falls_asleep_is_passed_on() {
    model(|| {
        let mutex = mutex(());
        let guard = mutex.try_lock().unwrap();
        let waiter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || drop(block_on(mutex.lock())))
        };
        let unlocker = task();
        let mut lock = pin!(mutex.lock());
        let waits = current::scope(unlocker, || parks(lock.as_mut()));
        assert!(waits);
        // The task that sleeps is not polled any more; its wake is lost. It holds the lock, too.
        let other = task();
        let sleeper = thread::spawn(move || fall_asleep(unlocker));
        current::scope(other, || drop(guard));
        sleeper.join().unwrap();
        waiter.join().unwrap();
        assert!(mutex.try_lock().is_ok());
    });
}

#[test]
fn permits_granted_to_a_task_that_falls_asleep_are_passed_on() {
    model(|| {
        let semaphore = semaphore(2);
        let permits = semaphore.try_acquire_many(2).unwrap();
        let asleep = task();
        let mut first = pin!(semaphore.acquire_many(2));
        let waits = current::scope(asleep, || parks(first.as_mut()));
        assert!(waits);
        let waiter = {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || drop(block_on(semaphore.acquire()).unwrap()))
        };
        let sleeper = thread::spawn(move || fall_asleep(asleep));
        drop(permits);
        sleeper.join().unwrap();
        waiter.join().unwrap();
        assert_eq!(semaphore.available_permits(), 2);
    });
}

#[test]
fn a_grant_is_taken_back_while_its_future_is_dropped() {
    models(|| {
        let lock = rwlock(());
        let guard = lock.try_write().unwrap();
        let asleep = task();
        let quitter = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                let mut write = pin!(lock.write());
                let _ = current::scope(asleep, || parks(write.as_mut()));
                fall_asleep(asleep);
            })
        };
        drop(guard);
        drop(block_on(lock.read()));
        quitter.join().unwrap();
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn readers_go_in_although_a_writer_was_woken_whose_task_falls_asleep() {
    models(|| {
        let lock = rwlock(());
        let guard = lock.try_read().unwrap();
        let asleep = task();
        let mut write = pin!(lock.write());
        assert!(current::scope(asleep, || parks(write.as_mut())));
        let reader = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || drop(block_on(lock.read())))
        };
        let sleeper = thread::spawn(move || fall_asleep(asleep));
        drop(guard);
        sleeper.join().unwrap();
        reader.join().unwrap();
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn a_grant_to_a_task_whose_poll_begins_to_block_is_passed_on() {
    model(|| {
        let semaphore = semaphore(1);
        let permit = semaphore.try_acquire().unwrap();
        let blocks = task();
        let mut first = pin!(semaphore.acquire());
        assert!(current::scope(blocks, || parks(first.as_mut())));
        let waits = {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || {
                // As a `block_on` inside the poll of the task.
                recall::pause(blocks);
                drop(block_on(semaphore.acquire()).unwrap());
                recall::resume(blocks);
            })
        };
        drop(permit);
        waits.join().unwrap();
        assert_eq!(semaphore.available_permits(), 1);
    });
}

#[test]
fn a_notification_of_a_task_that_falls_asleep_is_passed_on() {
    model(|| {
        let notify = Arc::new(Notify::new());
        let asleep = task();
        let mut first = pin!(notify.notified());
        assert!(current::scope(asleep, || parks(first.as_mut())));
        let waiter = {
            let notify = Arc::clone(&notify);
            thread::spawn(move || block_on(notify.notified()))
        };
        let sleeper = thread::spawn(move || fall_asleep(asleep));
        notify.notify_one();
        sleeper.join().unwrap();
        waiter.join().unwrap();
        assert!(parks(first.as_mut()), "there was one");
    });
}

#[test]
fn a_notification_is_taken_back_while_its_future_is_dropped() {
    model(|| {
        let notify = Arc::new(Notify::new());
        drop(notify.notified());
        let asleep = task();
        let quitter = {
            let notify = Arc::clone(&notify);
            thread::spawn(move || {
                let mut first = pin!(notify.notified());
                let waits = current::scope(asleep, || parks(first.as_mut()));
                fall_asleep(asleep);
                !waits
            })
        };
        notify.notify_one();
        if !quitter.join().unwrap() {
            block_on(notify.notified());
        }
        assert!(parks(pin!(notify.notified())), "there was one");
    });
}

#[test]
fn a_call_of_a_task_that_falls_asleep_is_passed_on_or_kept_for_it() {
    model(|| {
        let (mutex, cond) = (mutex(()), Arc::new(Cond::new()));
        let asleep = task();
        let mut first = pin!(cond.wait(mutex.try_lock().unwrap()));
        assert!(current::scope(asleep, || parks(first.as_mut())));
        let mut second = pin!(cond.wait(mutex.try_lock().unwrap()));
        assert!(parks(second.as_mut()));
        let sleeper = thread::spawn(move || fall_asleep(asleep));
        let caller = {
            let cond = Arc::clone(&cond);
            thread::spawn(move || cond.notify_one())
        };
        drop(block_on(second.as_mut()));
        caller.join().unwrap();
        sleeper.join().unwrap();
        assert!(parks(first.as_mut()), "there was one");
    });
}

#[test]
fn a_grant_in_a_slot_of_a_task_that_runs_past_it_is_passed_on() {
    model(|| {
        let mutex = mutex(());
        let guard = mutex.try_lock().unwrap();
        let runs_past = task();
        let mut lock = pin!(mutex.lock());
        let waker = waker_of(runs_past);
        let mut cx = Context::from_waker(&waker);
        assert!(current::scope(runs_past, || lock.as_mut().poll(&mut cx)).is_pending());
        let waiter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || drop(block_on(mutex.lock())))
        };
        let sleeper = thread::spawn(move || suspend_past(runs_past));
        drop(guard);
        sleeper.join().unwrap();
        waiter.join().unwrap();
        assert!(mutex.try_lock().is_ok());
        assert!(!runs_past.has_grants());
    });
}

#[test]
fn a_grant_in_a_slot_is_taken_back_while_its_future_is_dropped() {
    model(|| {
        let semaphore = semaphore(1);
        let permit = semaphore.try_acquire().unwrap();
        let runs_past = task();
        let waker = waker_of(runs_past);
        let mut first = Box::pin(semaphore.acquire());
        let mut cx = Context::from_waker(&waker);
        assert!(current::scope(runs_past, || first.as_mut().poll(&mut cx)).is_pending());
        let sleeper = thread::spawn(move || suspend_past(runs_past));
        drop(permit);
        drop(first);
        sleeper.join().unwrap();
        assert_eq!(semaphore.available_permits(), 1);
        assert!(!runs_past.has_grants());
    });
}
