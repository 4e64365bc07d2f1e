//! Futures dropped at random moments on several threads: nothing is lost, nothing is held twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use wakeful_sync::{Mutex, RwLock, Semaphore};

use crate::dice::Dice;
use crate::hand::{Hand, now};

const THREADS: usize = 4;
const DROPS_PER_THREAD: usize = 25_000;

/// Polls a few times, then drops; says what came of it.
fn abandon<F: Future + Unpin>(dice: &mut Dice, mut future: F) -> Option<F::Output> {
    let hand = Hand::new();
    for _ in 0..dice.roll(4) {
        if let Poll::Ready(end) = hand.poll(&mut future) {
            return Some(end);
        }
        if dice.roll(4) == 0 {
            thread::yield_now();
        }
    }
    None
}

/// Runs the operation 100,000 times in all, each thread with dice of its own. The operation says
/// whether it came to its end; a fair part must, and a fair part must not.
fn hammer(operate: impl Fn(&mut Dice) -> bool + Sync) -> usize {
    let ended = AtomicUsize::new(0);
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (operate, ended) = (&operate, &ended);
            scope.spawn(move || {
                let mut dice = Dice::new(n as u64 + 11);
                for _ in 0..DROPS_PER_THREAD {
                    ended.fetch_add(usize::from(operate(&mut dice)), Ordering::Relaxed);
                }
            });
        }
    });
    let ended = ended.into_inner();
    assert!(ended > DROPS_PER_THREAD / 10, "it did something: {ended}");
    assert!(ended < THREADS * DROPS_PER_THREAD * 9 / 10, "it dropped something: {ended}");
    ended
}

/// Holds on for a moment, so that others come to wait.
fn linger(dice: &mut Dice) {
    if dice.roll(8) == 0 {
        thread::yield_now();
    }
}

#[test]
fn a_hundred_thousand_dropped_locks_leave_the_mutex_whole() {
    let mutex = Arc::new(Mutex::new(0));
    let ended = hammer(|dice| {
        let count = |count: &mut usize, dice: &mut Dice| {
            let seen = *count;
            linger(dice);
            *count = seen + 1;
        };
        match dice.roll(3) {
            0 => abandon(dice, Arc::clone(&mutex).lock_owned()).map(|mut n| count(&mut n, dice)),
            1 => abandon(dice, mutex.lock()).map(|mut n| count(&mut n, dice)),
            _ => mutex.try_lock().ok().map(|mut n| count(&mut n, dice)),
        }
        .is_some()
    });
    assert_eq!(*now(mutex.lock()), ended);
}

#[test]
fn a_hundred_thousand_dropped_entries_leave_the_rwlock_whole() {
    let lock = RwLock::new((0, 0));
    let written = AtomicUsize::new(0);
    hammer(|dice| match dice.roll(3) {
        0 => abandon(dice, lock.write())
            .map(|mut pair| {
                pair.0 += 1;
                linger(dice);
                pair.1 += 1;
                written.fetch_add(1, Ordering::Relaxed);
            })
            .is_some(),
        _ => abandon(dice, lock.read())
            .map(|pair| {
                linger(dice);
                assert_eq!(pair.0, pair.1, "half written");
            })
            .is_some(),
    });
    let written = written.into_inner();
    assert_eq!(*now(lock.write()), (written, written));
}

#[test]
fn a_hundred_thousand_dropped_acquisitions_leave_all_permits() {
    const PERMITS: usize = 3;
    let semaphore = Semaphore::new(PERMITS);
    let inside = AtomicUsize::new(0);
    hammer(|dice| {
        let count = 1 + dice.roll(PERMITS);
        let Some(permit) = abandon(dice, semaphore.acquire_many(count as u32)) else {
            return false;
        };
        let mut permit = permit.expect("nobody closes");
        let before = inside.fetch_add(count, Ordering::SeqCst);
        assert!(before + count <= PERMITS, "{count} permits beside {before}");
        linger(dice);
        inside.fetch_sub(count, Ordering::SeqCst);
        match dice.roll(4) {
            0 => {
                permit.forget();
                semaphore.add_permits(count);
            }
            1 => drop(permit.split(1)),
            _ => drop(permit),
        }
        true
    });
    assert_eq!(semaphore.available_permits(), PERMITS);
    assert_eq!(now(semaphore.acquire_many(PERMITS as u32)).unwrap().num_permits(), PERMITS);
}
