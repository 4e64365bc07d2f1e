//! A select takes one operation of several.

use std::task::{Context, Poll, Waker};

use wakeful_channels::{TryRecvError, channel, select};
use wakeful_sync::shim::{block_on, model, thread};

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
