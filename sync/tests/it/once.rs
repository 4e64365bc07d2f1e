//! Once, whatever happens to those who try.

use std::cell::Cell as Counter;
use std::future::{self, Future};
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use futures::executor::block_on;
use wakeful_sync::{Once, OnceCell, SetError};

use crate::hand::Hand;

/// A future that is ready when it is told to be.
fn gate<'a, T>(open: &'a Counter<Option<T>>) -> impl Future<Output = T> + 'a {
    future::poll_fn(|_| open.take().map_or(Poll::Pending, Poll::Ready))
}

/// Go's `TestOnce`.
#[test]
fn of_many_one_does_it_and_the_others_see_it_done() {
    let (once, count) = (Once::new(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                block_on(once.call_once(|| async {
                    count.fetch_add(1, Ordering::SeqCst);
                }));
                assert_eq!(count.load(Ordering::SeqCst), 1);
                assert!(once.is_completed());
            });
        }
    });
}

/// Where Go's `TestOncePanic` counts a panic as done, the next one tries.
#[test]
fn after_a_panic_the_next_one_tries() {
    let once = Once::new();
    let caught = panic::catch_unwind(AssertUnwindSafe(|| {
        block_on(once.call_once(|| async { panic!("half done") }));
    }));
    assert!(caught.is_err());
    let caught = panic::catch_unwind(AssertUnwindSafe(|| {
        block_on(once.call_once(|| -> future::Ready<()> { panic!("before it began") }));
    }));
    assert!(caught.is_err() && !once.is_completed());
    block_on(once.call_once(|| async {}));
    assert!(once.is_completed());
}

#[test]
fn the_others_wait_for_the_one_who_tries() {
    let (cell, open) = (OnceCell::new(), Counter::new(None));
    let (hand, other) = (Hand::new(), Hand::new());
    let mut tries = Box::pin(cell.get_or_init(|| gate(&open)));
    let mut waits = Box::pin(cell.get_or_init(|| gate(&open)));
    hand.parks(&mut tries);
    other.parks(&mut waits);
    assert!(cell.get().is_none());
    assert_eq!(cell.set(1), Err(SetError::Initializing(1)));
    open.set(Some(7));
    assert_eq!(hand.gets(&mut tries), &7);
    assert_eq!(other.wakes(), 1);
    assert_eq!(other.gets(&mut waits), &7);
    assert_eq!(cell.set(1).unwrap_err().into_inner(), 1);
    assert_eq!(block_on(cell.get_or_init(|| async { 8 })), &7);
    drop((tries, waits));
    assert_eq!(cell.into_inner(), Some(7));
}

#[test]
fn one_that_is_dropped_while_it_tries_hands_the_right_on() {
    let (cell, open) = (OnceCell::new(), Counter::new(None));
    let hand = Hand::new();
    let mut gone = Box::pin(cell.get_or_init(|| gate(&open)));
    let mut handed = Box::pin(cell.get_or_init(|| gate(&open)));
    let mut last = Box::pin(cell.get_or_init(|| gate(&open)));
    hand.parks(&mut gone);
    hand.parks(&mut handed);
    hand.parks(&mut last);
    drop(gone);
    assert_eq!(hand.wakes(), 1);
    // Handed the right and dropped before it could use it.
    drop(handed);
    assert_eq!(hand.wakes(), 2);
    open.set(Some(3));
    assert_eq!(hand.gets(&mut last), &3);
}

#[test]
fn one_that_is_dropped_unpolled_asleep_or_told_leaves_no_trace() {
    let (cell, open) = (OnceCell::new(), Counter::new(None));
    let hand = Hand::new();
    drop(cell.get_or_init(|| gate(&open)));
    let mut tries = Box::pin(cell.get_or_init(|| gate(&open)));
    let mut asleep = Box::pin(cell.get_or_init(|| gate(&open)));
    let mut told = Box::pin(cell.get_or_init(|| gate(&open)));
    hand.parks(&mut tries);
    hand.parks(&mut asleep);
    hand.parks(&mut told);
    drop(asleep);
    open.set(Some(3));
    assert_eq!(hand.gets(&mut tries), &3);
    drop(told);
    assert_eq!(cell.get(), Some(&3));
}

#[test]
fn a_failure_leaves_the_cell_empty_for_the_next() {
    let (cell, open) = (OnceCell::<u8>::new(), Counter::new(None::<Result<u8, &str>>));
    let hand = Hand::new();
    let mut fails = Box::pin(cell.get_or_try_init(|| gate(&open)));
    let mut next = Box::pin(cell.get_or_try_init(|| async { Ok::<_, &str>(2) }));
    hand.parks(&mut fails);
    hand.parks(&mut next);
    open.set(Some(Err("no")));
    assert_eq!(hand.gets(&mut fails), Err("no"));
    assert_eq!(hand.gets(&mut next), Ok(&2));
}

#[test]
fn asking_for_the_value_of_ones_own_cell_waits() {
    let cell = OnceCell::new();
    let mut outer = pin!(cell.get_or_init(|| async { *cell.get_or_init(|| async { 1 }).await }));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(outer.as_mut().poll(&mut cx).is_pending());
}

#[test]
fn a_cell_may_be_made_full_or_set() {
    assert_eq!(OnceCell::from(4).get(), Some(&4));
    let mut cell = OnceCell::new();
    assert_eq!(format!("{cell:?}"), "OnceCell { value: None }");
    assert_eq!(cell.set(5), Ok(()));
    assert!(cell.is_initialized());
    *cell.get_mut().unwrap() = 6;
    assert_eq!(cell.get(), Some(&6));
}
