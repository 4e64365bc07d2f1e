//! Every interleaving of the races a channel is made of, under loom:
//! `RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom cargo test --test loom --release`.
#![cfg(loom)]

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wakeful_channels::TryRecvError;
use wakeful_channels::{Recv, broadcast, channel, oneshot, select, watch};
use wakeful_sync::shim::{block_on, model, thread};

fn poll_once<T>(recv: &mut Recv<'_, T>) -> Poll<Option<T>> {
    Pin::new(recv).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_value_crosses_an_unbuffered_channel() {
    model(|| {
        let (tx, rx) = channel(0);
        let sender = thread::spawn(move || block_on(tx.send(7)).unwrap());
        assert_eq!(block_on(rx.recv()), Some(7));
        sender.join().unwrap();
    });
}

#[test]
fn a_full_channel_lets_its_sender_wait() {
    model(|| {
        let (tx, rx) = channel(1);
        tx.try_send(1).unwrap();
        let sender = thread::spawn(move || block_on(tx.send(2)).unwrap());
        assert_eq!(block_on(rx.recv()), Some(1));
        assert_eq!(block_on(rx.recv()), Some(2));
        sender.join().unwrap();
    });
}

#[test]
fn a_value_handed_to_a_receive_that_gives_up_passes_on() {
    model(|| {
        let (tx, rx) = channel(0);
        let other = rx.clone();
        let receiver = thread::spawn(move || block_on(other.recv()));
        let leaver = thread::spawn(move || {
            let mut recv = rx.recv();
            let got = poll_once(&mut recv);
            drop(recv);
            match got {
                Poll::Ready(value) => value,
                Poll::Pending => None,
            }
        });
        let sent = block_on(tx.send(7));
        let mut got = leaver.join().unwrap();
        drop(tx);
        got = got.or(receiver.join().unwrap());
        assert_eq!((sent, got), (Ok(()), Some(7)));
    });
}

#[test]
fn a_close_meets_a_receive() {
    model(|| {
        let (tx, rx) = channel(1);
        let sender = thread::spawn(move || {
            tx.try_send(7).unwrap();
            tx.close();
        });
        assert_eq!(block_on(rx.recv()), Some(7));
        assert_eq!(block_on(rx.recv()), None);
        sender.join().unwrap();
    });
}

#[test]
fn a_close_meets_a_send() {
    model(|| {
        let (tx, rx) = channel(0);
        let sender = thread::spawn(move || block_on(tx.send(7)));
        let got = rx.try_recv().ok();
        rx.close();
        let sent = sender.join().unwrap();
        assert_eq!(got.is_some(), sent.is_ok(), "it was received, or it came back");
    });
}

#[test]
fn the_last_sender_leaving_ends_the_wait() {
    model(|| {
        let (tx, rx) = channel::<()>(0);
        let other = tx.clone();
        let first = thread::spawn(move || drop(tx));
        let second = thread::spawn(move || drop(other));
        assert_eq!(block_on(rx.recv()), None);
        first.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn the_last_receiver_leaving_gives_the_value_back() {
    model(|| {
        let (tx, rx) = channel(0);
        let receiver = thread::spawn(move || drop(rx));
        assert!(block_on(tx.send(7)).is_err());
        receiver.join().unwrap();
    });
}

#[test]
fn a_select_served_by_two_channels_takes_one_value() {
    model(|| {
        let (a, from_a) = channel(1);
        let (b, from_b) = channel(1);
        let first = thread::spawn(move || a.try_send(1).unwrap());
        let second = thread::spawn(move || b.try_send(2).unwrap());
        let got = block_on(async {
            select! {
                biased;
                value = from_a.recv() => value,
                value = from_b.recv() => value,
            }
        });
        first.join().unwrap();
        second.join().unwrap();
        let left = from_a.try_recv().or(from_b.try_recv()).ok();
        assert_eq!(got.unwrap() + left.unwrap(), 3);
        assert!(from_a.try_recv().is_err() && from_b.try_recv().is_err());
    });
}

#[test]
fn a_select_with_a_send_and_a_receive_does_one() {
    model(|| {
        let (a, from_a) = channel(0);
        let (b, from_b) = channel(0);
        let first = thread::spawn(move || block_on(a.send(1)).is_ok());
        let got = block_on(async {
            select! {
                biased;
                value = from_a.recv() => value,
                sent = b.send(2) => sent.map(|()| 0).ok(),
            }
        });
        assert_eq!(from_b.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(got, Some(1));
        assert!(first.join().unwrap());
    });
}

#[test]
fn a_claim_meets_a_close() {
    model(|| {
        let (a, from_a) = channel::<u8>(0);
        let (b, from_b) = channel(1);
        let closer = thread::spawn(move || drop(a));
        let sender = thread::spawn(move || b.try_send(7).unwrap());
        let got = block_on(async {
            select! {
                biased;
                value = from_a.recv() => value,
                value = from_b.recv() => value,
            }
        });
        closer.join().unwrap();
        sender.join().unwrap();
        match got {
            Some(7) => assert_eq!(from_b.try_recv(), Err(TryRecvError::Closed)),
            None => assert_eq!(from_b.try_recv(), Ok(7)),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn two_selects_find_each_other() {
    model(|| {
        let (tx, rx) = channel(0);
        let (_keep, never) = channel::<u8>(0);
        let sender = thread::spawn(move || {
            block_on(async {
                select! {
                    biased;
                    _ = never.recv() => false,
                    sent = tx.send(7) => sent.is_ok(),
                }
            })
        });
        let (_keep, never) = channel::<u8>(0);
        let got = block_on(async {
            select! {
                biased;
                value = rx.recv() => value,
                value = never.recv() => value,
            }
        });
        assert_eq!(got, Some(7));
        assert!(sender.join().unwrap());
    });
}

#[test]
fn a_select_that_is_dropped_while_it_is_served_passes_the_value_on() {
    model(|| {
        let (tx, rx) = channel(1);
        let (_keep, never) = channel::<u8>(0);
        let sender = thread::spawn(move || tx.try_send(7).unwrap());
        let mut select = Box::pin(async {
            select! {
                biased;
                value = rx.recv() => value,
                value = never.recv() => value,
            }
        });
        let got = select.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(select);
        sender.join().unwrap();
        match got {
            Poll::Ready(value) => assert_eq!(value, Some(7)),
            Poll::Pending => assert_eq!(rx.try_recv(), Ok(7)),
        }
    });
}

#[test]
fn default_sees_the_channels_at_one_moment() {
    model(|| {
        let (a, from_a) = channel(1);
        let (b, from_b) = channel(1);
        a.try_send(1).unwrap();
        let taker = {
            let (from_a, from_b) = (from_a.clone(), from_b.clone());
            thread::spawn(move || {
                b.try_send(2).unwrap();
                let _ = from_a.try_recv();
                drop(from_b);
                b
            })
        };
        let found = block_on(async {
            select! {
                biased;
                _ = from_b.recv() => true,
                _ = from_a.recv() => true,
                default => false,
            }
        });
        assert!(found);
        drop(taker.join().unwrap());
    });
}

#[test]
fn a_oneshot_value_arrives() {
    model(|| {
        let (tx, rx) = oneshot();
        let sender = thread::spawn(move || tx.send(7).unwrap());
        assert_eq!(block_on(rx), Ok(7));
        sender.join().unwrap();
    });
}

#[test]
fn a_oneshot_send_meets_the_drop_of_its_receiver() {
    model(|| {
        let (tx, rx) = oneshot();
        let value = std::sync::Arc::new(());
        let held = std::sync::Arc::clone(&value);
        let receiver = thread::spawn(move || drop(rx));
        drop(tx.send(held));
        receiver.join().unwrap();
        assert_eq!(
            std::sync::Arc::strong_count(&value),
            1,
            "it came back, or went with the receiver"
        );
    });
}

#[test]
fn a_oneshot_sender_that_leaves_ends_the_wait() {
    model(|| {
        let (tx, rx) = oneshot::<u8>();
        let sender = thread::spawn(move || drop(tx));
        assert!(block_on(rx).is_err());
        sender.join().unwrap();
    });
}

#[test]
fn a_change_is_seen_or_wakes() {
    model(|| {
        let (tx, mut rx) = watch(0);
        let sender = thread::spawn(move || {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
        });
        let mut last = 0;
        while block_on(rx.changed()).is_ok() {
            last = *rx.borrow_and_update();
        }
        assert_eq!(last, 2);
        sender.join().unwrap();
    });
}

#[test]
fn a_broadcast_reaches_both_receivers() {
    model(|| {
        let (tx, mut first) = broadcast(1);
        let mut second = tx.subscribe();
        let sender = thread::spawn(move || tx.send(7).is_ok());
        let other = thread::spawn(move || block_on(second.recv()));
        assert_eq!(block_on(first.recv()), Ok(7));
        assert_eq!(other.join().unwrap(), Ok(7));
        sender.join().unwrap();
    });
}
