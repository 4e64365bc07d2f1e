//! tokio's guarantees for `Notify`, one by one.

use std::pin::Pin;

use wakeful_sync::Notify;

use crate::hand::{Hand, now};

#[test]
fn one_notification_is_stored_and_no_more() {
    let notify = Notify::new();
    notify.notify_one();
    notify.notify_one();
    now(notify.notified());
    Hand::new().parks(&mut notify.notified());
}

#[test]
fn those_who_wait_are_notified_in_order() {
    let notify = Notify::new();
    let hands = [Hand::new(), Hand::new()];
    let mut waits = [notify.notified(), notify.notified()];
    hands[0].parks(&mut waits[0]);
    hands[1].parks(&mut waits[1]);
    notify.notify_one();
    assert_eq!((hands[0].wakes(), hands[1].wakes()), (1, 0));
    hands[1].parks(&mut waits[1]);
    hands[0].gets(&mut waits[0]);
    notify.notify_one();
    hands[1].gets(&mut waits[1]);
}

#[test]
fn notifying_all_reaches_those_who_exist_and_stores_nothing() {
    let notify = Notify::new();
    let (hand, mut waits, mut unpolled) = (Hand::new(), notify.notified(), notify.notified());
    hand.parks(&mut waits);
    notify.notify_waiters();
    let mut late = notify.notified();
    hand.gets(&mut waits);
    hand.gets(&mut unpolled);
    hand.parks(&mut late);
}

#[test]
fn a_notification_for_a_dropped_future_goes_to_the_next_or_is_stored() {
    let notify = Notify::new();
    let (hand, mut gone, mut next) = (Hand::new(), notify.notified(), notify.notified());
    hand.parks(&mut gone);
    hand.parks(&mut next);
    notify.notify_one();
    drop(gone);
    assert_eq!(hand.wakes(), 2);
    drop(next);
    now(notify.notified());
}

#[test]
fn a_round_for_a_dropped_future_is_over() {
    let notify = Notify::new();
    let (hand, mut gone) = (Hand::new(), notify.notified());
    hand.parks(&mut gone);
    notify.notify_waiters();
    drop(gone);
    hand.parks(&mut notify.notified());
}

#[test]
fn a_future_that_is_dropped_unpolled_or_asleep_takes_nothing() {
    let notify = Notify::new();
    drop(notify.notified());
    let mut asleep = notify.notified();
    Hand::new().parks(&mut asleep);
    drop(asleep);
    notify.notify_one();
    now(notify.notified());
}

#[test]
fn an_enabled_future_is_in_line_before_it_is_polled() {
    let notify = Notify::new();
    let (hand, mut first, mut second) = (Hand::new(), notify.notified(), notify.notified());
    assert!(!Pin::new(&mut first).enable());
    hand.parks(&mut second);
    notify.notify_one();
    hand.parks(&mut second);
    assert!(Pin::new(&mut first).enable());
    hand.gets(&mut first);
    notify.notify_one();
    hand.gets(&mut second);
}

#[test]
fn enabling_one_who_waits_keeps_its_waker() {
    let notify = Notify::new();
    let (hand, mut waits) = (Hand::new(), notify.notified());
    hand.parks(&mut waits);
    assert!(!Pin::new(&mut waits).enable());
    notify.notify_one();
    assert_eq!(hand.wakes(), 1);
    hand.gets(&mut waits);
}
