//! One value from one sender to one receiver.

use std::sync::Arc;
use std::task::Poll;
use std::thread;

use wakeful_channels::{RecvError, TryRecvError, channel, oneshot, select};

use crate::harness::{Bell, block_on, poll, poll_bell};

#[test]
fn the_value_arrives() {
    let (tx, mut rx) = oneshot();
    let bell = Bell::new();
    assert!(poll_bell(&mut rx, &bell).is_pending());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.send(7).unwrap();
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut rx), Poll::Ready(Ok(7)));
    assert_eq!(poll(&mut rx), Poll::Ready(Err(RecvError)), "it was received already");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_sender_that_is_dropped_ends_the_wait() {
    let (tx, mut rx) = oneshot::<u8>();
    let bell = Bell::new();
    assert!(poll_bell(&mut rx, &bell).is_pending());
    drop(tx);
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut rx), Poll::Ready(Err(RecvError)));
}

#[test]
fn a_value_without_a_receiver_comes_back() {
    let (tx, rx) = oneshot();
    drop(rx);
    assert!(tx.is_closed());
    assert_eq!(tx.send(7), Err(7));
}

#[test]
fn a_closed_receiver_still_has_what_was_sent_before() {
    let (tx, mut rx) = oneshot();
    tx.send(7).unwrap();
    rx.close();
    assert_eq!(rx.try_recv(), Ok(7));

    let (tx, mut rx) = oneshot::<u8>();
    rx.close();
    assert_eq!(tx.send(7), Err(7));
    assert_eq!(block_on(rx), Err(RecvError));
}

#[test]
fn a_sender_learns_that_nobody_wants_its_value() {
    let (mut tx, rx) = oneshot::<u8>();
    let bell = Bell::new();
    let mut closed = tx.closed();
    assert!(poll_bell(&mut closed, &bell).is_pending());
    drop(closed);
    let mut closed = tx.closed();
    assert!(poll_bell(&mut closed, &bell).is_pending());
    drop(rx);
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut closed), Poll::Ready(()));
}

#[test]
fn a_value_that_nobody_receives_is_dropped_with_the_receiver() {
    let value = Arc::new(());
    let (tx, rx) = oneshot();
    tx.send(Arc::clone(&value)).unwrap();
    drop(rx);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_receiver_by_reference_survives_a_select() {
    let (tx, mut rx) = oneshot();
    let (_open, other) = channel::<u8>(0);
    block_on(async {
        select! {
            _ = &mut rx => unreachable!(),
            _ = other.recv() => unreachable!(),
            default => {}
        }
        tx.send(7).unwrap();
        let got = select! {
            got = &mut rx => got,
            _ = other.recv() => unreachable!(),
        };
        assert_eq!(got, Ok(7));
    });
}

#[test]
fn it_crosses_threads() {
    for n in 0..1_000 {
        let (tx, rx) = oneshot();
        let sender = thread::spawn(move || tx.send(n).unwrap());
        assert_eq!(block_on(rx), Ok(n));
        sender.join().unwrap();
    }
}
