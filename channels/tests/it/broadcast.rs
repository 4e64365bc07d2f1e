//! Each value to every receiver.

use std::sync::Arc;
use std::task::Poll;
use std::thread;

use wakeful_channels::broadcast::{RecvError, TryRecvError};
use wakeful_channels::{SendError, broadcast};

use crate::harness::{Bell, block_on, poll, poll_bell};

#[test]
fn each_receiver_gets_each_value() {
    let (tx, mut first) = broadcast(4);
    let mut second = tx.subscribe();
    assert_eq!(tx.send(1), Ok(2));
    assert_eq!(tx.send(2), Ok(2));
    assert_eq!((first.len(), tx.len()), (2, 2));
    assert_eq!((first.try_recv(), first.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(first.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(tx.len(), 2, "the other has not seen them");
    assert_eq!((second.try_recv(), second.try_recv()), (Ok(1), Ok(2)));
    assert!(tx.is_empty());
}

#[test]
fn a_receiver_gets_what_is_sent_after_it_was_made() {
    let (tx, mut first) = broadcast(4);
    tx.send(1).unwrap();
    let (mut second, mut third) = (tx.subscribe(), first.resubscribe());
    tx.send(2).unwrap();
    assert_eq!(first.try_recv(), Ok(1));
    assert_eq!((second.try_recv(), third.try_recv()), (Ok(2), Ok(2)));
}

#[test]
fn a_send_wakes_everybody_who_waits() {
    let (tx, mut first) = broadcast(1);
    let mut second = tx.subscribe();
    let bell = Bell::new();
    let (mut one, mut two) = (first.recv(), second.recv());
    assert!(poll_bell(&mut one, &bell).is_pending());
    assert!(poll_bell(&mut two, &bell).is_pending());
    tx.send(7).unwrap();
    assert_eq!(bell.rings(), 2);
    assert_eq!(poll(&mut one), Poll::Ready(Ok(7)));
    assert_eq!(poll(&mut two), Poll::Ready(Ok(7)));
}

#[test]
fn a_receiver_too_far_behind_is_told_how_much_it_lost() {
    let (tx, mut slow) = broadcast(2);
    let mut quick = tx.subscribe();
    for n in 0..5 {
        tx.send(n).unwrap();
        assert_eq!(quick.try_recv(), Ok(n));
    }
    assert_eq!(slow.len(), 5);
    assert_eq!(block_on(slow.recv()), Err(RecvError::Lagged(3)));
    assert_eq!((slow.try_recv(), slow.try_recv()), (Ok(3), Ok(4)));
    assert_eq!(slow.try_recv(), Err(TryRecvError::Empty));
    assert!(tx.is_empty());
}

#[test]
fn what_is_left_is_received_after_the_last_sender() {
    let (tx, mut rx) = broadcast(2);
    let other = tx.clone();
    tx.send(1).unwrap();
    drop(tx);
    assert!(!rx.is_closed());
    drop(other);
    assert!(rx.is_closed());
    assert_eq!(block_on(rx.recv()), Ok(1));
    assert_eq!(block_on(rx.recv()), Err(RecvError::Closed));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn the_last_sender_leaving_ends_the_wait() {
    let (tx, mut rx) = broadcast::<u8>(2);
    let bell = Bell::new();
    let mut recv = rx.recv();
    assert!(poll_bell(&mut recv, &bell).is_pending());
    drop(tx);
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut recv), Poll::Ready(Err(RecvError::Closed)));
}

#[test]
fn a_send_without_receivers_gives_the_value_back() {
    let (tx, rx) = broadcast(2);
    drop(rx);
    assert_eq!(tx.send(1), Err(SendError(1)));
    assert_eq!(poll(&mut tx.closed()), Poll::Ready(()));
    let mut rx = tx.subscribe();
    assert_eq!(tx.send(2), Ok(1));
    assert_eq!(rx.try_recv(), Ok(2));
    assert!(poll(&mut tx.closed()).is_pending());
}

#[test]
fn a_receiver_that_leaves_frees_what_only_it_had_not_seen() {
    let value = Arc::new(());
    let (tx, mut first) = broadcast(8);
    let second = tx.subscribe();
    (0..4).for_each(|_| drop(tx.send(Arc::clone(&value))));
    (0..4).for_each(|_| drop(first.try_recv()));
    assert_eq!(Arc::strong_count(&value), 5);
    drop(second);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn the_last_receiver_gets_the_value_and_not_a_clone() {
    struct Once(u8);
    impl Clone for Once {
        fn clone(&self) -> Self {
            panic!("there is one receiver")
        }
    }
    let (tx, mut rx) = broadcast(1);
    assert!(tx.send(Once(7)).is_ok());
    assert!(rx.try_recv().is_ok_and(|once| once.0 == 7));
}

#[test]
#[should_panic(expected = "broadcast: a capacity of 0")]
fn a_capacity_of_nothing_is_a_mistake() {
    let _ = broadcast::<u8>(0);
}

#[test]
fn quick_receivers_see_everything_in_order() {
    const COUNT: usize = 5_000;
    let (tx, rx) = broadcast(COUNT);
    let receivers: Vec<_> = (0..3)
        .map(|_| {
            let mut rx = rx.resubscribe();
            thread::spawn(move || {
                for n in 0..COUNT {
                    assert_eq!(block_on(rx.recv()), Ok(n));
                }
                assert_eq!(block_on(rx.recv()), Err(RecvError::Closed));
            })
        })
        .collect();
    drop(rx);
    (0..COUNT).for_each(|n| assert_eq!(tx.send(n), Ok(3)));
    drop(tx);
    receivers.into_iter().for_each(|receiver| receiver.join().unwrap());
}
