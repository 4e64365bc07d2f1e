//! Several mutexes at once.

use std::thread;

use futures::executor::block_on;
use wakeful_sync::{Mutex, lock_many};

use crate::hand::{Hand, now};

#[test]
fn the_guards_come_in_the_order_of_the_call() {
    let mutexes = [Mutex::new(0), Mutex::new(1), Mutex::new(2)];
    let [two, zero, one] = now(lock_many([&mutexes[2], &mutexes[0], &mutexes[1]]));
    assert_eq!((*zero, *one, *two), (0, 1, 2));
    assert!(mutexes.iter().all(|mutex| mutex.try_lock().is_err()));
}

/// The dining philosophers, who would starve if each took the left fork first.
#[test]
fn opposite_orders_do_not_deadlock() {
    let forks = [Mutex::new(0), Mutex::new(0), Mutex::new(0)];
    thread::scope(|scope| {
        for left in 0..3 {
            let forks = &forks;
            scope.spawn(move || {
                for _ in 0..500 {
                    let [mut one, mut other] =
                        block_on(lock_many([&forks[left], &forks[(left + 1) % 3]]));
                    *one += 1;
                    *other += 1;
                }
            });
        }
    });
    assert!(forks.into_iter().all(|fork| fork.into_inner() == 1_000));
}

#[test]
fn one_that_is_dropped_unlocks_what_it_has() {
    let mutexes = [Mutex::new(()), Mutex::new(())];
    let taken = now(mutexes[1].lock());
    let (hand, mut many) = (Hand::new(), lock_many([&mutexes[1], &mutexes[0]]));
    hand.parks(&mut many);
    assert!(mutexes[0].try_lock().is_err(), "the first by address is locked");
    drop(many);
    assert!(mutexes[0].try_lock().is_ok());
    drop(taken);
    drop(now(lock_many([&mutexes[1], &mutexes[0]])));
    let none: [&Mutex<()>; 0] = [];
    assert!(now(lock_many(none)).is_empty());
}
