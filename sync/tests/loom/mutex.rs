//! The lock is handed from one to the next, whoever quits.

use std::pin::pin;
use std::sync::Arc;

use wakeful_sync::shim::{block_on, model, thread};

use crate::{mutex, parks};

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
