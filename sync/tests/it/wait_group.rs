//! Counting, waiting, using again.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use futures::executor::block_on;
use futures::future::{pending, ready};
use wakeful_sync::WaitGroup;

use crate::hand::{Hand, now};

#[test]
fn waiting_for_nothing_returns_at_once() {
    now(WaitGroup::new().wait());
}

/// Go's `TestWaitGroup`: the same two groups, eight times over.
#[test]
fn a_group_may_be_used_again() {
    let (first, second) = (WaitGroup::new(), WaitGroup::new());
    for _ in 0..8 {
        let n = 4;
        let exited = AtomicUsize::new(0);
        first.add(n);
        second.add(n);
        thread::scope(|scope| {
            for _ in 0..n {
                scope.spawn(|| {
                    first.done();
                    block_on(second.wait());
                    exited.fetch_add(1, Ordering::SeqCst);
                });
            }
            block_on(first.wait());
            for _ in 0..n {
                assert_eq!(exited.load(Ordering::SeqCst), 0, "released too early");
                second.done();
            }
        });
        assert_eq!(exited.load(Ordering::SeqCst), n);
    }
}

/// Go's `TestWaitGroupRace`: a wait does not return before what was counted is done.
#[test]
fn nobody_goes_before_everybody_is_done() {
    for _ in 0..200 {
        let group = WaitGroup::new();
        let sum = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                group.add(1);
                scope.spawn(|| {
                    sum.fetch_add(1, Ordering::Relaxed);
                    group.done();
                });
            }
            block_on(group.wait());
            assert_eq!(sum.load(Ordering::Relaxed), 2);
        });
    }
}

#[test]
fn everybody_who_waits_is_woken_once_at_zero() {
    let group = WaitGroup::new();
    group.add(2);
    let hands = [Hand::new(), Hand::new(), Hand::new()];
    let mut waits = [group.wait(), group.wait(), group.wait()];
    for (hand, wait) in hands.iter().zip(&mut waits) {
        hand.parks(wait);
    }
    group.done();
    assert!(hands.iter().all(|hand| hand.wakes() == 0));
    group.done();
    assert!(hands.iter().all(|hand| hand.wakes() == 1));
    for (hand, wait) in hands.iter().zip(&mut waits) {
        hand.gets(wait);
    }
}

#[test]
fn one_who_was_served_goes_although_the_group_is_in_use_again() {
    let group = WaitGroup::new();
    group.add(1);
    let (hand, mut wait) = (Hand::new(), group.wait());
    hand.parks(&mut wait);
    group.done();
    group.add(1);
    hand.gets(&mut wait);
    Hand::new().parks(&mut group.wait());
    group.done();
}

#[test]
fn a_wait_may_be_dropped_unpolled_asleep_or_served() {
    let group = WaitGroup::new();
    group.add(1);
    drop(group.wait());
    let (hand, mut asleep, mut served) = (Hand::new(), group.wait(), group.wait());
    hand.parks(&mut asleep);
    hand.parks(&mut served);
    drop(asleep);
    group.done();
    assert_eq!(hand.wakes(), 1);
    drop(served);
    now(group.wait());
    group.add(1);
    group.done();
}

#[test]
fn a_group_whose_waiters_all_left_counts_on() {
    let group = WaitGroup::new();
    group.add(2);
    let mut wait = group.wait();
    Hand::new().parks(&mut wait);
    drop(wait);
    group.add(1);
    for _ in 0..3 {
        group.done();
    }
    now(group.wait());
    group.add(1);
    assert_eq!(group.count(), 1);
}

#[test]
fn a_token_counts_until_it_is_dropped() {
    let group = WaitGroup::new();
    let token = group.token();
    let (hand, mut wait) = (Hand::new(), group.wait());
    hand.parks(&mut wait);
    thread::spawn(move || drop(token)).join().unwrap();
    hand.gets(&mut wait);
}

#[test]
fn a_tracked_future_counts_until_it_is_ready_or_dropped() {
    let group = WaitGroup::new();
    let (mut quick, stuck) = (group.track(ready(3)), group.track(pending::<()>()));
    assert_eq!(group.count(), 2);
    assert_eq!(Hand::new().gets(&mut quick), 3);
    assert_eq!(group.count(), 1);
    drop(stuck);
    assert_eq!(group.count(), 0);
}

#[test]
fn a_tracked_future_that_panics_is_counted_off() {
    let group = WaitGroup::new();
    let work = group.track(async { panic!("in the work") });
    assert!(panic::catch_unwind(AssertUnwindSafe(|| block_on(work))).is_err());
    now(group.wait());
}
