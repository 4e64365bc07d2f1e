//! Permits, one by one and many at once.

use std::pin::pin;
use std::sync::Arc;

use wakeful_sync::shim::{block_on, model, thread};

use crate::{parks, semaphore};

#[test]
fn permits_that_gather_for_one_who_quits_reach_the_next() {
    model(|| {
        let semaphore = semaphore(2);
        let mut taken = semaphore.try_acquire_many(2).unwrap();
        let quitter = {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || {
                let mut many = pin!(semaphore.acquire_many(2));
                let _ = parks(many.as_mut());
            })
        };
        let waiter = {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || drop(block_on(semaphore.acquire()).unwrap()))
        };
        drop(taken.split(1));
        quitter.join().unwrap();
        waiter.join().unwrap();
        drop(taken);
        assert_eq!(semaphore.available_permits(), 2);
    });
}

#[test]
fn closing_ends_a_wait_that_just_begins() {
    model(|| {
        let semaphore = semaphore(0);
        let waiter = {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || assert!(block_on(semaphore.acquire()).is_err()))
        };
        semaphore.close();
        waiter.join().unwrap();
    });
}
