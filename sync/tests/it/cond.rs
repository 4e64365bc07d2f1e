//! Go's condition variable.

use std::thread;

use futures::executor::block_on;
use wakeful_sync::{Cond, Mutex};

use crate::hand::{Hand, now};

/// Go's `TestCondSignal`: one call, one who goes.
#[test]
fn each_call_lets_one_go_and_without_a_call_nobody_does() {
    let (mutex, cond) = (Mutex::new(()), Cond::new());
    let hands = [Hand::new(), Hand::new(), Hand::new()];
    let mut waits = hands.each_ref().map(|hand| {
        let mut wait = cond.wait(now(mutex.lock()));
        hand.parks(&mut wait);
        wait
    });
    for (number, (hand, wait)) in hands.iter().zip(&mut waits).enumerate() {
        hand.parks(wait);
        cond.notify_one();
        let woken: Vec<_> = hands.iter().map(Hand::wakes).collect();
        assert!(
            woken.iter().enumerate().all(|(other, &wakes)| wakes == usize::from(other <= number))
        );
        drop(hand.gets(wait));
    }
    cond.notify_one();
}

/// Go's `TestCondSignalGenerations`: calls reach them in the order of their coming.
#[test]
fn generations_are_called_in_order() {
    let (mutex, cond) = (Mutex::new(Vec::new()), Cond::new());
    let mut waits: Vec<_> = (0..100)
        .map(|_| {
            let (hand, mut wait) = (Hand::new(), cond.wait(now(mutex.lock())));
            hand.parks(&mut wait);
            (hand, wait)
        })
        .collect();
    for (number, (hand, wait)) in waits.iter_mut().enumerate() {
        cond.notify_one();
        assert_eq!(hand.wakes(), 1);
        hand.gets(wait).push(number);
    }
    assert_eq!(*now(mutex.lock()), (0..100).collect::<Vec<_>>());
}

/// Go's `TestCondBroadcast`.
#[test]
fn a_call_to_all_lets_everybody_go_once() {
    let (mutex, cond) = (Mutex::new(0), Cond::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut count = block_on(mutex.lock());
                *count += 1;
                count = block_on(cond.wait(count));
                *count += 10;
            });
        }
        while *block_on(mutex.lock()) < 4 {
            thread::yield_now();
        }
        cond.notify_all();
    });
    assert_eq!(mutex.into_inner(), 44);
}

/// Go's `TestCondSignalStealing`: who comes later cannot take a call to all away.
#[test]
fn who_comes_later_steals_no_call() {
    let (mutex, cond) = (Mutex::new(()), Cond::new());
    let (early, mut wait) = (Hand::new(), cond.wait(now(mutex.lock())));
    early.parks(&mut wait);
    cond.notify_one();
    let (late, mut other) = (Hand::new(), cond.wait(now(mutex.lock())));
    late.parks(&mut other);
    drop(early.gets(&mut wait));
    late.parks(&mut other);
    cond.notify_all();
    drop(late.gets(&mut other));
}

/// Go's `TestRace`: whoever changes the condition under the mutex and calls is not missed.
#[test]
fn a_call_between_the_look_and_the_sleep_is_not_missed() {
    for _ in 0..200 {
        let (mutex, cond) = (Mutex::new(false), Cond::new());
        thread::scope(|scope| {
            scope.spawn(|| {
                *block_on(mutex.lock()) = true;
                cond.notify_one();
            });
            let mut done = block_on(mutex.lock());
            while !*done {
                done = block_on(cond.wait(done));
            }
        });
    }
}

#[test]
fn a_wait_holds_the_mutex_until_it_is_polled() {
    let (mutex, cond) = (Mutex::new(()), Cond::new());
    let mut wait = cond.wait(now(mutex.lock()));
    assert!(mutex.try_lock().is_err());
    Hand::new().parks(&mut wait);
    assert!(mutex.try_lock().is_ok());
    drop(cond.wait(now(mutex.lock())));
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn a_call_for_a_dropped_wait_goes_to_the_next() {
    let (mutex, cond) = (Mutex::new(()), Cond::new());
    let wait = |hand: &Hand| {
        let mut wait = cond.wait(now(mutex.lock()));
        hand.parks(&mut wait);
        wait
    };
    let (first, second, third) = (Hand::new(), Hand::new(), Hand::new());
    let (asleep, called) = (wait(&first), wait(&first));
    let (mut relocking, mut last) = (wait(&second), wait(&third));
    drop(asleep);
    cond.notify_one();
    assert_eq!(first.wakes(), 1);
    drop(called);
    assert_eq!(second.wakes(), 1);
    let guard = now(mutex.lock());
    second.parks(&mut relocking);
    drop(relocking);
    assert_eq!(third.wakes(), 1);
    drop(guard);
    drop(third.gets(&mut last));
    assert!(mutex.try_lock().is_ok());
}
