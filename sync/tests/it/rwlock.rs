//! Readers together, writers alone, and who goes before whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use wakeful_sync::{RwLock, RwLockWriteGuard};

use crate::hand::{Hand, now};

/// Go's `TestParallelReaders`.
#[test]
fn readers_are_inside_together() {
    let lock = RwLock::new(7);
    let guards: Vec<_> = (0..10).map(|_| now(lock.read())).collect();
    assert!(guards.iter().all(|guard| **guard == 7));
    assert!(lock.try_write().is_err());
    drop(guards);
    assert!(lock.try_write().is_ok());
}

/// Go's `TestRWMutex` (`HammerRWMutex`).
#[test]
fn hammering_threads_find_readers_or_one_writer() {
    for (readers, rounds) in [(1, 300), (3, 300), (10, 100)] {
        let lock = RwLock::new(());
        // A writer adds 10,000, a reader one.
        let activity = AtomicI32::new(0);
        let read = || {
            for _ in 0..rounds {
                let guard = block_on(lock.read());
                let inside = activity.fetch_add(1, Ordering::SeqCst) + 1;
                assert!((1..10_000).contains(&inside), "{inside} while reading");
                activity.fetch_sub(1, Ordering::SeqCst);
                drop(guard);
            }
        };
        let write = || {
            for _ in 0..rounds {
                let guard = block_on(lock.write());
                let inside = activity.fetch_add(10_000, Ordering::SeqCst) + 10_000;
                assert_eq!(inside, 10_000, "while writing");
                activity.fetch_sub(10_000, Ordering::SeqCst);
                drop(guard);
            }
        };
        thread::scope(|scope| {
            scope.spawn(write);
            for _ in 0..readers {
                scope.spawn(read);
            }
            scope.spawn(write);
        });
    }
}

#[test]
fn a_writer_that_waits_stops_new_readers() {
    let lock = RwLock::new(());
    let inside = now(lock.read());
    let (writer, mut write) = (Hand::new(), lock.write());
    writer.parks(&mut write);
    assert!(lock.try_read().is_err());
    let (reader, mut read) = (Hand::new(), lock.read());
    reader.parks(&mut read);
    drop(inside);
    assert_eq!((writer.wakes(), reader.wakes()), (1, 0));
    drop(writer.gets(&mut write));
    drop(reader.gets(&mut read));
}

#[test]
fn readers_that_waited_go_before_the_next_writer() {
    let lock = RwLock::new(());
    let writes = now(lock.write());
    let hand = Hand::new();
    let (mut early, mut second) = (lock.read(), lock.write());
    let mut late = lock.read();
    hand.parks(&mut early);
    hand.parks(&mut second);
    hand.parks(&mut late);
    drop(writes);
    assert_eq!(hand.wakes(), 2);
    let inside = (hand.gets(&mut early), hand.gets(&mut late));
    hand.parks(&mut second);
    // Who comes now is behind the second writer.
    let mut last = lock.read();
    hand.parks(&mut last);
    drop(inside);
    hand.parks(&mut last);
    drop(hand.gets(&mut second));
    drop(hand.gets(&mut last));
    assert!(lock.try_write().is_ok());
}

#[test]
fn reading_again_behind_a_writer_waits_for_good() {
    let lock = RwLock::new(());
    let outer = now(lock.read());
    let (hand, mut write, mut inner) = (Hand::new(), lock.write(), lock.read());
    hand.parks(&mut write);
    hand.parks(&mut inner);
    drop((outer, write, inner));
    assert!(lock.try_write().is_ok());
}

#[test]
fn writers_are_served_in_the_order_of_their_coming() {
    let lock = RwLock::new(Vec::new());
    let mut guard = now(lock.write());
    let mut waiters: Vec<_> = (0..4).map(|_| (Hand::new(), lock.write())).collect();
    for (hand, write) in &mut waiters {
        hand.parks(write);
    }
    for (number, (hand, write)) in waiters.iter_mut().enumerate() {
        drop(guard);
        guard = hand.gets(write);
        guard.push(number);
    }
    assert_eq!(*guard, [0, 1, 2, 3]);
}

#[test]
fn a_writer_that_leaves_the_line_lets_the_readers_in() {
    let lock = RwLock::new(());
    let inside = now(lock.read());
    let (hand, mut write, mut read) = (Hand::new(), lock.write(), lock.read());
    hand.parks(&mut write);
    hand.parks(&mut read);
    drop(write);
    assert_eq!(hand.wakes(), 1);
    drop(hand.gets(&mut read));
    drop(inside);
    assert!(lock.try_write().is_ok());
}

#[test]
fn what_a_dropped_future_was_woken_for_goes_on() {
    let lock = RwLock::new(());
    let (hand, next) = (Hand::new(), Hand::new());
    // A writer's.
    let inside = now(lock.read());
    let (mut write, mut later) = (lock.write(), lock.write());
    hand.parks(&mut write);
    next.parks(&mut later);
    drop(inside);
    assert_eq!((hand.wakes(), next.wakes()), (1, 0));
    drop(write);
    drop(next.gets(&mut later));
    // A reader's.
    let inside = now(lock.write());
    let (mut read, mut later) = (lock.read(), lock.write());
    hand.parks(&mut read);
    next.parks(&mut later);
    drop(inside);
    next.parks(&mut later);
    drop(read);
    drop(next.gets(&mut later));
    // Nobody's.
    drop((lock.read(), lock.write()));
    assert!(lock.try_write().is_ok());
}

fn wait_for_a_millisecond() {
    let began = Instant::now();
    while began.elapsed() <= Duration::from_millis(1) {
        thread::yield_now();
    }
}

#[test]
fn who_was_woken_keeps_nobody_out_but_loses_once_at_most_after_a_millisecond() {
    let lock = RwLock::new(());
    let (hand, mut write) = (Hand::new(), lock.write());
    let inside = now(lock.read());
    hand.parks(&mut write);
    drop(inside);
    assert_eq!(hand.wakes(), 1);
    // It is free until the writer comes, who then stops new readers, as before.
    let passes = lock.try_read().unwrap();
    hand.parks(&mut write);
    assert!(lock.try_read().is_err());
    wait_for_a_millisecond();
    drop(passes);
    assert_eq!(hand.wakes(), 2);
    assert!(lock.try_read().is_err(), "it was handed over");
    drop(hand.gets(&mut write));
    assert!(lock.try_write().is_ok());
}

#[test]
fn a_lock_that_was_handed_to_a_dropped_future_goes_on() {
    let lock = RwLock::new(());
    let (hand, next) = (Hand::new(), Hand::new());
    let inside = now(lock.read());
    let (mut write, mut read) = (lock.write(), lock.read());
    hand.parks(&mut write);
    next.parks(&mut read);
    wait_for_a_millisecond();
    drop(inside);
    next.parks(&mut read);
    drop(write);
    assert!(lock.try_write().is_err(), "the reader was handed it, too");
    drop(next.gets(&mut read));
    assert!(lock.try_write().is_ok());
}

#[test]
fn downgrading_keeps_writers_out_and_lets_readers_in() {
    let lock = RwLock::new(1);
    let mut writes = now(lock.write());
    let (hand, mut read, mut write) = (Hand::new(), lock.read(), lock.write());
    hand.parks(&mut read);
    hand.parks(&mut write);
    *writes = 2;
    let reads = RwLockWriteGuard::downgrade(writes);
    assert_eq!(*hand.gets(&mut read), 2);
    hand.parks(&mut write);
    assert!(lock.try_read().is_err(), "a writer waits");
    drop(reads);
    drop(hand.gets(&mut write));
    drop(RwLockWriteGuard::downgrade(now(lock.write())));
    assert!(lock.try_write().is_ok());
}

#[test]
fn owned_guards_keep_the_lock_alive() {
    let lock = Arc::new(RwLock::new(1));
    let reads = now(Arc::clone(&lock).read_owned());
    assert!(Arc::clone(&lock).try_write_owned().is_err());
    drop(reads);
    let mut writes = now(Arc::clone(&lock).write_owned());
    assert!(Arc::clone(&lock).try_read_owned().is_err());
    let (hand, mut read) = (Hand::new(), lock.read_owned());
    hand.parks(&mut read);
    *writes = 2;
    thread::spawn(|| drop(writes)).join().unwrap();
    assert_eq!(*hand.gets(&mut read), 2);
}

#[test]
fn a_lock_may_guard_what_has_no_size() {
    let lock: Box<RwLock<[u8]>> = Box::new(RwLock::new([1, 2]));
    now(lock.write())[0] = 5;
    assert_eq!(format!("{lock:?}"), "RwLock { value: [5, 2] }");
    let guard = now(lock.write());
    assert_eq!(format!("{lock:?}"), "RwLock { value: <locked> }");
    drop(guard);
}
