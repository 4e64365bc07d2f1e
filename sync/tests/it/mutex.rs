//! Mutual exclusion, fairness, cancellation.

use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use futures::executor::block_on;
use wakeful_sync::{Mutex, MutexGuard};

use crate::hand::{Hand, now};

/// Long enough for a waiter to starve.
fn starve() {
    thread::sleep(Duration::from_millis(2));
}

#[test]
fn a_lock_that_is_taken_makes_the_next_one_wait() {
    let mutex = Mutex::new(1);
    let guard = now(mutex.lock());
    let (hand, mut lock) = (Hand::new(), mutex.lock());
    hand.parks(&mut lock);
    assert!(mutex.try_lock().is_err());
    drop(guard);
    assert_eq!(hand.wakes(), 1);
    *hand.gets(&mut lock) = 2;
    assert_eq!(*mutex.try_lock().unwrap(), 2);
}

/// Go's `TestMutex` (`HammerMutex`), with `try_lock` among the hammers.
#[test]
fn hammering_threads_never_meet_inside() {
    let mutex = Mutex::new(0_u64);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..5_000 {
                    if round % 3 == 0 {
                        if let Ok(mut count) = mutex.try_lock() {
                            *count += 1;
                            continue;
                        }
                    }
                    let mut count = block_on(mutex.lock());
                    let seen = *count;
                    *count = seen + 1;
                }
            });
        }
    });
    assert_eq!(mutex.into_inner(), 20_000);
}

/// Go's `TestMutexFairness`: a hog that holds most of the time does not shut out a polite locker.
#[test]
fn a_hog_cannot_starve_a_polite_locker() {
    let mutex = Mutex::new(());
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let guard = block_on(mutex.lock());
                thread::sleep(Duration::from_micros(100));
                drop(guard);
            }
        });
        for _ in 0..10 {
            thread::sleep(Duration::from_micros(100));
            drop(block_on(mutex.lock()));
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn waiters_are_served_in_the_order_of_their_coming() {
    let mutex = Mutex::new(());
    let mut guard = now(mutex.lock());
    let mut waiters: Vec<_> = (0..5).map(|_| (Hand::new(), mutex.lock())).collect();
    for (hand, lock) in &mut waiters {
        hand.parks(lock);
    }
    for (hand, lock) in &mut waiters {
        drop(guard);
        assert_eq!(hand.wakes(), 1);
        guard = hand.gets(lock);
    }
    drop(guard);
}

#[test]
fn whoever_comes_by_may_take_a_free_lock_and_the_loser_stays_first() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    let (first, mut lock) = (Hand::new(), mutex.lock());
    let (second, mut later) = (Hand::new(), mutex.lock());
    first.parks(&mut lock);
    second.parks(&mut later);
    drop(guard);
    let barged = mutex.try_lock().unwrap();
    first.parks(&mut lock);
    drop(barged);
    assert_eq!((first.wakes(), second.wakes()), (2, 0));
    drop(first.gets(&mut lock));
    drop(second.gets(&mut later));
}

#[test]
fn a_loser_that_has_waited_long_is_handed_the_lock() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    let (first, mut lock) = (Hand::new(), mutex.lock());
    let (second, mut later) = (Hand::new(), mutex.lock());
    first.parks(&mut lock);
    second.parks(&mut later);
    starve();
    drop(guard);
    let barged = mutex.try_lock().unwrap();
    first.parks(&mut lock);
    drop(barged);
    // The lock is free for nobody else now, polled or not.
    assert!(mutex.try_lock().is_err());
    drop(first.gets(&mut lock));
    assert!(mutex.try_lock().is_err(), "the next one has starved too");
    drop(second.gets(&mut later));
    assert!(mutex.try_lock().is_ok(), "the last one ended it");
}

#[test]
fn one_who_comes_while_the_lock_is_being_handed_over_is_woken_in_turn() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    let (first, mut lock) = (Hand::new(), mutex.lock());
    let (second, mut later) = (Hand::new(), mutex.lock());
    first.parks(&mut lock);
    starve();
    drop(guard);
    let barged = mutex.try_lock().unwrap();
    first.parks(&mut lock);
    drop(barged);
    second.parks(&mut later);
    drop(first.gets(&mut lock));
    assert_eq!(second.wakes(), 1);
    drop(second.gets(&mut later));
}

#[test]
fn a_lock_that_is_dropped_unpolled_leaves_no_trace() {
    let mutex = Mutex::new(());
    drop(mutex.lock());
    let guard = mutex.try_lock().unwrap();
    drop(mutex.lock());
    drop(guard);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn a_lock_that_is_dropped_asleep_is_passed_over() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    let (gone, mut lock) = (Hand::new(), mutex.lock());
    let (next, mut later) = (Hand::new(), mutex.lock());
    gone.parks(&mut lock);
    next.parks(&mut later);
    drop(lock);
    drop(guard);
    assert_eq!((gone.wakes(), next.wakes()), (0, 1));
    drop(next.gets(&mut later));
}

#[test]
fn a_lock_that_is_dropped_woken_wakes_the_next() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    let (gone, mut lock) = (Hand::new(), mutex.lock());
    let (next, mut later) = (Hand::new(), mutex.lock());
    gone.parks(&mut lock);
    next.parks(&mut later);
    drop(guard);
    assert_eq!((gone.wakes(), next.wakes()), (1, 0));
    drop(lock);
    assert_eq!(next.wakes(), 1);
    drop(next.gets(&mut later));
}

#[test]
fn a_lock_that_is_dropped_woken_while_another_holds_leaves_the_waking_to_them() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    let (gone, mut lock) = (Hand::new(), mutex.lock());
    let (next, mut later) = (Hand::new(), mutex.lock());
    gone.parks(&mut lock);
    next.parks(&mut later);
    drop(guard);
    let barged = mutex.try_lock().unwrap();
    drop(lock);
    assert_eq!(next.wakes(), 0);
    drop(barged);
    assert_eq!(next.wakes(), 1);
    drop(next.gets(&mut later));
}

#[test]
fn a_lock_that_is_dropped_with_the_lock_in_hand_hands_it_on() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    let (gone, mut lock) = (Hand::new(), mutex.lock());
    let (next, mut later) = (Hand::new(), mutex.lock());
    gone.parks(&mut lock);
    next.parks(&mut later);
    starve();
    drop(guard);
    let barged = mutex.try_lock().unwrap();
    gone.parks(&mut lock);
    drop(barged);
    assert_eq!((gone.wakes(), next.wakes()), (2, 0));
    drop(lock);
    assert_eq!(next.wakes(), 1);
    drop(next.gets(&mut later));
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn the_starving_one_may_leave_while_the_lock_is_taken() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    let (hand, mut lock) = (Hand::new(), mutex.lock());
    hand.parks(&mut lock);
    starve();
    drop(guard);
    let barged = mutex.try_lock().unwrap();
    hand.parks(&mut lock);
    drop(lock);
    drop(barged);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn one_who_is_polled_for_nothing_keeps_its_place() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    let (first, mut lock) = (Hand::new(), mutex.lock());
    let (second, mut later) = (Hand::new(), mutex.lock());
    first.parks(&mut lock);
    second.parks(&mut later);
    first.parks(&mut lock);
    drop(guard);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(first.gets(&mut lock));
    drop(second.gets(&mut later));
}

#[test]
fn the_last_one_to_poll_is_the_one_who_is_woken() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    let (old, new, mut lock) = (Hand::new(), Hand::new(), mutex.lock());
    old.parks(&mut lock);
    new.parks(&mut lock);
    drop(guard);
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
}

#[test]
fn locking_twice_in_one_task_waits() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    Hand::new().parks(&mut mutex.lock());
    drop(guard);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn a_panic_of_the_holder_unlocks_and_does_not_poison() {
    let mutex = Mutex::new(1);
    let caught = panic::catch_unwind(AssertUnwindSafe(|| {
        *mutex.try_lock().unwrap() = 2;
        let _guard = mutex.try_lock().unwrap();
        panic!("while it is held");
    }));
    assert!(caught.is_err());
    assert_eq!(*now(mutex.lock()), 2);
}

#[test]
fn a_forgotten_guard_leaves_the_mutex_locked() {
    let mutex = Mutex::new(());
    mem::forget(now(mutex.lock()));
    assert!(mutex.try_lock().is_err());
}

#[test]
fn a_guard_may_be_dropped_by_another_thread() {
    let mutex = Mutex::new(());
    let (hand, mut lock) = (Hand::new(), mutex.lock());
    let guard = now(mutex.lock());
    hand.parks(&mut lock);
    thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
    assert_eq!(hand.wakes(), 1);
    drop(hand.gets(&mut lock));
}

#[test]
fn an_owned_guard_keeps_the_mutex_alive() {
    let mutex = Arc::new(Mutex::new(1));
    let mut guard = now(Arc::clone(&mutex).lock_owned());
    assert!(Arc::clone(&mutex).try_lock_owned().is_err());
    let (hand, mut lock) = (Hand::new(), Arc::clone(&mutex).lock_owned());
    hand.parks(&mut lock);
    drop(mutex);
    *guard = 2;
    drop(guard);
    assert_eq!(*hand.gets(&mut lock), 2);
}

#[test]
fn a_mapped_guard_holds_the_lock() {
    let mutex = Mutex::new((1, 2));
    let guard = now(mutex.lock());
    assert!(std::ptr::eq(MutexGuard::mutex(&guard), &mutex));
    let mut part = MutexGuard::map(guard, |pair| &mut pair.1);
    *part = 3;
    assert!(mutex.try_lock().is_err());
    drop(part);
    assert_eq!(mutex.into_inner(), (1, 3));
}

#[test]
fn a_mutex_may_guard_what_has_no_size() {
    let mutex: Box<Mutex<[u8]>> = Box::new(Mutex::new([1, 2, 3]));
    now(mutex.lock())[1] = 5;
    assert_eq!(format!("{mutex:?}"), "Mutex { value: [1, 5, 3] }");
    let guard = now(mutex.lock());
    assert_eq!(format!("{mutex:?}"), "Mutex { value: <locked> }");
    drop(guard);
}
