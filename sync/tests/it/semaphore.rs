//! Permits: strictly in order, given back whatever happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use futures::executor::block_on;
use wakeful_sync::{Semaphore, TryAcquireError};

use crate::hand::{Hand, now};

#[test]
fn there_are_never_more_inside_than_permits() {
    let semaphore = Semaphore::new(2);
    let inside = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    let permit = block_on(semaphore.acquire()).unwrap();
                    assert!(inside.fetch_add(1, Ordering::SeqCst) < 2);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(permit);
                }
            });
        }
    });
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn one_who_wants_few_does_not_pass_one_who_wants_many() {
    let semaphore = Semaphore::new(3);
    let taken = now(semaphore.acquire_many(2)).unwrap();
    let (first, mut many) = (Hand::new(), semaphore.acquire_many(3));
    let (second, mut few) = (Hand::new(), semaphore.acquire());
    first.parks(&mut many);
    second.parks(&mut few);
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    drop(taken);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    let many = first.gets(&mut many).unwrap();
    second.parks(&mut few);
    drop(many);
    assert_eq!(second.gets(&mut few).unwrap().num_permits(), 1);
}

#[test]
fn permits_that_gathered_for_one_who_leaves_serve_the_next() {
    let semaphore = Semaphore::new(3);
    let mut taken = now(semaphore.acquire_many(3)).unwrap();
    let (hand, mut many) = (Hand::new(), semaphore.acquire_many(3));
    let (next, mut few, mut another) = (Hand::new(), semaphore.acquire(), semaphore.acquire());
    hand.parks(&mut many);
    next.parks(&mut few);
    next.parks(&mut another);
    drop(taken.split(2));
    assert_eq!(next.wakes(), 0);
    drop(many);
    assert_eq!(next.wakes(), 2);
    drop((next.gets(&mut few), next.gets(&mut another), taken));
    assert_eq!(semaphore.available_permits(), 3);
}

#[test]
fn permits_handed_to_a_dropped_future_go_on() {
    let semaphore = Semaphore::new(1);
    let taken = now(semaphore.acquire()).unwrap();
    let (hand, mut gone, mut next) = (Hand::new(), semaphore.acquire(), semaphore.acquire());
    drop(semaphore.acquire());
    hand.parks(&mut gone);
    hand.parks(&mut next);
    drop(taken);
    hand.parks(&mut next);
    drop(gone);
    drop(hand.gets(&mut next));
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn closing_refuses_those_who_wait_and_those_who_come() {
    let semaphore = Semaphore::new(1);
    let taken = now(semaphore.acquire()).unwrap();
    let (hand, mut waits) = (Hand::new(), semaphore.acquire());
    hand.parks(&mut waits);
    semaphore.close();
    assert!(semaphore.is_closed());
    assert_eq!(hand.gets(&mut waits).unwrap_err().to_string(), "the semaphore is closed");
    drop(taken);
    assert!(now(semaphore.acquire()).is_err());
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn permits_that_were_granted_before_the_end_are_good() {
    let semaphore = Semaphore::new(1);
    let taken = now(semaphore.acquire()).unwrap();
    let (hand, mut waits) = (Hand::new(), semaphore.acquire());
    hand.parks(&mut waits);
    drop(taken);
    semaphore.close();
    assert!(hand.gets(&mut waits).is_ok());
}

#[test]
fn permits_are_added_and_forgotten() {
    let semaphore = Semaphore::new(0);
    let (hand, mut waits) = (Hand::new(), semaphore.acquire_many(2));
    hand.parks(&mut waits);
    semaphore.add_permits(1);
    hand.parks(&mut waits);
    semaphore.add_permits(3);
    hand.gets(&mut waits).unwrap().forget();
    assert_eq!(semaphore.available_permits(), 2);
    assert_eq!(semaphore.forget_permits(5), 2);
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn permits_are_split_and_merged() {
    let semaphore = Arc::new(Semaphore::new(5));
    let mut three = now(Arc::clone(&semaphore).acquire_many_owned(3)).unwrap();
    assert!(three.split(4).is_none());
    let two = three.split(2).unwrap();
    assert_eq!((three.num_permits(), two.num_permits()), (1, 2));
    three.merge(two);
    drop(three);
    let mut one = semaphore.try_acquire().unwrap();
    one.merge(semaphore.try_acquire_many(2).unwrap());
    drop(one);
    assert_eq!(semaphore.available_permits(), 5);
    assert!(Arc::clone(&semaphore).try_acquire_many_owned(6).is_err());
    assert!(semaphore.try_acquire_owned().is_ok());
}
