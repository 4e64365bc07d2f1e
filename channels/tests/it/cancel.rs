//! Futures that are dropped: unpolled, parked, and served but not yet polled again.

use std::sync::Arc;
use std::task::Poll;

use wakeful_channels::channel;
use wakeful_channels::{SendError, TryRecvError, TrySendError};

use crate::harness::{Bell, block_on, poll, poll_bell};

#[test]
fn a_future_that_was_never_polled_has_no_effect() {
    let (tx, rx) = channel(1);
    drop(tx.send(1));
    drop(rx.recv());
    assert!(tx.is_empty());
    tx.try_send(2).unwrap();
    drop(rx.recv());
    assert_eq!(rx.try_recv(), Ok(2));
}

#[test]
fn a_send_dropped_in_line_sends_nothing() {
    let value = Arc::new(());
    let (tx, rx) = channel(0);
    let mut send = tx.send(Arc::clone(&value));
    assert!(poll(&mut send).is_pending());
    drop(send);
    assert_eq!(Arc::strong_count(&value), 1);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_receive_dropped_in_line_takes_nothing() {
    let (tx, rx) = channel(0);
    let mut recv = rx.recv();
    assert!(poll(&mut recv).is_pending());
    drop(recv);
    assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
}

#[test]
fn leaving_the_middle_of_the_line_keeps_the_order() {
    let (tx, rx) = channel(0);
    let mut line: Vec<_> = (0..5).map(|_| rx.recv()).collect();
    line.iter_mut().for_each(|recv| assert!(poll(recv).is_pending()));
    drop(line.remove(2));
    for n in 0..4 {
        tx.try_send(n).unwrap();
    }
    for (n, recv) in line.iter_mut().enumerate() {
        assert_eq!(poll(recv), Poll::Ready(Some(n)));
    }
}

#[test]
fn a_value_handed_to_a_dropped_receive_goes_to_the_next_in_line() {
    let (tx, rx) = channel(0);
    let (mut first, mut second) = (rx.recv(), rx.recv());
    let bell = Bell::new();
    assert!(poll(&mut first).is_pending());
    assert!(poll_bell(&mut second, &bell).is_pending());
    tx.try_send(1).unwrap();
    drop(first);
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut second), Poll::Ready(Some(1)));
}

#[test]
fn a_value_handed_to_a_dropped_receive_goes_back_to_the_front() {
    for capacity in [0, 1, 2] {
        let (tx, rx) = channel(capacity);
        let mut recv = rx.recv();
        assert!(poll(&mut recv).is_pending());
        (0..=capacity).for_each(|n| tx.try_send(n).unwrap());
        drop(recv);
        assert_eq!(rx.len(), capacity + 1, "one more than fits, for once");
        assert_eq!(tx.try_send(99), Err(TrySendError::Full(99)));
        (0..=capacity).for_each(|n| assert_eq!(rx.try_recv(), Ok(n)));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
}

#[test]
fn a_value_that_came_back_to_an_unbuffered_channel_lets_no_sender_pass() {
    let (tx, rx) = channel(0);
    let mut recv = rx.recv();
    assert!(poll(&mut recv).is_pending());
    tx.try_send(1).unwrap();
    drop(recv);
    let mut send = tx.send(2);
    assert!(poll(&mut send).is_pending());
    assert_eq!(rx.try_recv(), Ok(1));
    assert!(poll(&mut send).is_pending(), "nobody has received it");
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(poll(&mut send), Poll::Ready(Ok(())));
}

#[test]
fn a_value_that_comes_back_after_the_close_can_still_be_received() {
    let (tx, rx) = channel(0);
    let mut recv = rx.recv();
    assert!(poll(&mut recv).is_pending());
    tx.try_send(1).unwrap();
    drop(tx);
    drop(recv);
    assert_eq!(block_on(rx.recv()), Some(1));
    assert_eq!(block_on(rx.recv()), None);
}

#[test]
fn a_send_that_was_taken_and_is_dropped_has_sent() {
    let (tx, rx) = channel(0);
    let mut send = tx.send(1);
    assert!(poll(&mut send).is_pending());
    assert_eq!(rx.try_recv(), Ok(1));
    drop(send);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_send_that_the_close_gave_back_and_is_dropped_drops_its_value() {
    let value = Arc::new(());
    let (tx, rx) = channel(0);
    let mut send = tx.send(Arc::clone(&value));
    assert!(poll(&mut send).is_pending());
    rx.close();
    drop(send);
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(matches!(block_on(tx.send(value)), Err(SendError(_))));
}
