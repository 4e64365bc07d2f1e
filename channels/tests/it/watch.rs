//! The latest of a value, shown to all.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use wakeful_channels::{RecvError, SendError, watch};

use crate::harness::{Bell, block_on, poll, poll_bell};

#[test]
fn the_first_value_counts_as_seen() {
    let (tx, mut rx) = watch(1);
    assert_eq!(*rx.borrow(), 1);
    assert_eq!(rx.has_changed(), Ok(false));
    let bell = Bell::new();
    let mut changed = rx.changed();
    assert!(poll_bell(&mut changed, &bell).is_pending());
    tx.send(2).unwrap();
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut changed), Poll::Ready(Ok(())));
    drop(changed);
    assert_eq!(*rx.borrow(), 2);
    assert!(poll(&mut rx.changed()).is_pending());
}

#[test]
fn values_in_between_go_unseen() {
    let (tx, mut rx) = watch(0);
    (1..10).for_each(|n| tx.send(n).unwrap());
    assert_eq!(block_on(rx.changed()), Ok(()));
    assert_eq!(*rx.borrow(), 9);
    assert!(poll(&mut rx.changed()).is_pending());
}

#[test]
fn borrow_does_not_mark_as_seen_and_borrow_and_update_does() {
    let (tx, mut rx) = watch(0);
    tx.send(1).unwrap();
    assert!(rx.borrow().has_changed());
    assert_eq!(rx.has_changed(), Ok(true));
    assert_eq!(*rx.borrow_and_update(), 1);
    assert!(!rx.borrow().has_changed());
    assert_eq!(rx.has_changed(), Ok(false));
    rx.mark_changed();
    assert_eq!(block_on(rx.changed()), Ok(()));
    rx.mark_changed();
    rx.mark_unchanged();
    assert_eq!(rx.has_changed(), Ok(false));
}

#[test]
fn the_last_value_is_seen_after_the_sender_is_gone() {
    let (tx, mut rx) = watch(0);
    let mut late = rx.clone();
    tx.send(1).unwrap();
    drop(tx);
    assert_eq!(block_on(rx.changed()), Ok(()));
    assert_eq!(block_on(rx.changed()), Err(RecvError));
    assert_eq!(rx.has_changed(), Err(RecvError));
    assert_eq!(block_on(late.wait_for(|n| *n == 1)).map(|n| *n), Ok(1));
    assert_eq!(block_on(late.wait_for(|n| *n == 2)).map(|n| *n), Err(RecvError));
    assert_eq!(*late.borrow(), 1);
}

#[test]
fn wait_for_looks_at_the_current_value_first() {
    let (tx, mut rx) = watch(5);
    assert_eq!(block_on(rx.wait_for(|n| *n == 5)).map(|n| *n), Ok(5));
    let looks = AtomicUsize::new(0);
    let mut wait = rx.wait_for(|n| {
        looks.fetch_add(1, Ordering::SeqCst);
        *n > 6
    });
    assert!(poll(&mut wait).is_pending());
    tx.send(6).unwrap();
    assert!(poll(&mut wait).is_pending());
    tx.send(7).unwrap();
    assert!(matches!(poll(&mut wait), Poll::Ready(Ok(n)) if *n == 7));
    assert_eq!(looks.load(Ordering::SeqCst), 3);
}

#[test]
fn a_send_without_receivers_fails_and_send_replace_does_not() {
    let (tx, rx) = watch(0);
    drop(rx);
    assert_eq!(tx.send(1), Err(SendError(1)));
    assert_eq!(*tx.borrow(), 0);
    assert_eq!(tx.send_replace(2), 0);
    let rx = tx.subscribe();
    assert_eq!(*rx.borrow(), 2);
    assert_eq!(rx.has_changed(), Ok(false));
    assert_eq!(tx.send(3), Ok(()));
}

#[test]
fn send_if_modified_wakes_only_if_it_was() {
    let (tx, mut rx) = watch(0);
    let bell = Bell::new();
    let mut changed = rx.changed();
    assert!(poll_bell(&mut changed, &bell).is_pending());
    assert!(!tx.send_if_modified(|_| false));
    assert_eq!(bell.rings(), 0);
    assert!(tx.send_if_modified(|n| {
        *n = 9;
        true
    }));
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut changed), Poll::Ready(Ok(())));
}

#[test]
fn a_panic_in_send_modify_leaves_the_watch_usable() {
    let (tx, mut rx) = watch(0);
    let panics = catch_unwind(AssertUnwindSafe(|| tx.send_modify(|_| panic!("on purpose"))));
    assert!(panics.is_err());
    assert_eq!(rx.has_changed(), Ok(false));
    tx.send(1).unwrap();
    assert_eq!(*rx.borrow_and_update(), 1);
}

#[test]
fn a_sender_learns_that_nobody_looks() {
    let (tx, rx) = watch(0);
    let bell = Bell::new();
    let mut closed = tx.closed();
    assert!(poll_bell(&mut closed, &bell).is_pending());
    drop(rx);
    assert_eq!(bell.rings(), 1);
    // Somebody looks again before it notices: so it waits on.
    let rx = tx.subscribe();
    assert!(poll_bell(&mut closed, &bell).is_pending());
    drop(rx);
    assert_eq!(poll(&mut closed), Poll::Ready(()));
}

#[test]
fn a_changed_that_is_dropped_has_seen_nothing() {
    let (tx, mut rx) = watch(0);
    let mut changed = rx.changed();
    assert!(poll(&mut changed).is_pending());
    tx.send(1).unwrap();
    drop(changed);
    assert_eq!(block_on(rx.changed()), Ok(()));
}

#[test]
fn every_receiver_sees_the_last_value() {
    let (tx, rx) = watch(0u32);
    let watchers: Vec<_> = (0..4)
        .map(|_| {
            let mut rx = rx.clone();
            thread::spawn(move || {
                let mut last = 0;
                while block_on(rx.changed()).is_ok() {
                    let now = *rx.borrow_and_update();
                    assert!(now >= last);
                    last = now;
                }
                last
            })
        })
        .collect();
    (1..=2_000).for_each(|n| tx.send(n).unwrap());
    drop(tx);
    watchers.into_iter().for_each(|watcher| assert_eq!(watcher.join().unwrap(), 2_000));
}
