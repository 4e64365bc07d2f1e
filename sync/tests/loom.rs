//! Every interleaving of a few threads at the locks.

#![cfg(loom)]

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, Waker};

use wakeful_sync::shim::{AtomicUsize, block_on, model, thread};
use wakeful_sync::{Mutex, WaitGroup};

/// Polls once and reports whether it has to wait; its wake-ups are lost.
fn parks<F: Future>(future: Pin<&mut F>) -> bool {
    matches!(future.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
}

/// A mutex to share. The shim makes loom's objects on first use, and to loom making one is a write
/// that has to happen before every other use: hence the first lock.
fn mutex<T: Send>(value: T) -> Arc<Mutex<T>> {
    let mutex = Arc::new(Mutex::new(value));
    drop(mutex.try_lock());
    mutex
}

#[test]
fn two_lockers_never_meet_inside() {
    model(|| {
        let mutex = mutex(0);
        let other = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || *block_on(mutex.lock()) += 1)
        };
        *block_on(mutex.lock()) += 1;
        other.join().unwrap();
        assert_eq!(*mutex.try_lock().unwrap(), 2);
    });
}

#[test]
fn three_lockers_all_get_their_turn() {
    model(|| {
        let mutex = mutex(0);
        let others = [(); 2].map(|()| {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || *block_on(mutex.lock()) += 1)
        });
        *block_on(mutex.lock()) += 1;
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(*mutex.try_lock().unwrap(), 3);
    });
}

#[test]
fn a_waiter_that_is_dropped_while_it_is_served_passes_the_lock_on() {
    model(|| {
        let mutex = mutex(());
        let guard = mutex.try_lock().unwrap();
        let quitter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || {
                let mut lock = pin!(mutex.lock());
                let _ = parks(lock.as_mut());
            })
        };
        let waiter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || drop(block_on(mutex.lock())))
        };
        drop(guard);
        quitter.join().unwrap();
        waiter.join().unwrap();
        assert!(mutex.try_lock().is_ok());
    });
}

#[test]
fn a_starving_waiter_that_is_dropped_hands_the_lock_on() {
    model(|| {
        let mutex = mutex(());
        let guard = mutex.try_lock().unwrap();
        let mut lock = Box::pin(mutex.lock());
        assert!(parks(lock.as_mut()));
        drop(guard);
        let barged = mutex.try_lock().unwrap();
        // The model's clock makes every loser a starving one.
        assert!(parks(lock.as_mut()));
        let waiter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || drop(block_on(mutex.lock())))
        };
        drop(barged);
        drop(lock);
        waiter.join().unwrap();
        assert!(mutex.try_lock().is_ok());
    });
}

#[test]
fn a_wait_sees_what_was_done_before_it() {
    model(|| {
        let group = WaitGroup::new();
        let value = Arc::new(AtomicUsize::new(0));
        value.store(1, Relaxed);
        group.add(1);
        let worker = {
            let (group, value) = (group.clone(), Arc::clone(&value));
            thread::spawn(move || {
                value.store(2, Relaxed);
                group.done();
            })
        };
        block_on(group.wait());
        assert_eq!(value.load(Relaxed), 2);
        worker.join().unwrap();
    });
}

#[test]
fn two_workers_end_one_wait() {
    model(|| {
        let group = WaitGroup::new();
        group.add(2);
        let workers = [(); 2].map(|()| {
            let group = group.clone();
            thread::spawn(move || group.done())
        });
        block_on(group.wait());
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(group.count(), 0);
    });
}

#[test]
fn a_group_is_used_again_as_soon_as_one_wait_is_over() {
    model(|| {
        let group = WaitGroup::new();
        for _ in 0..2 {
            group.add(1);
            let worker = {
                let group = group.clone();
                thread::spawn(move || group.done())
            };
            block_on(group.wait());
            worker.join().unwrap();
        }
        assert_eq!(group.count(), 0);
    });
}
