//! A value is handed over, while somebody leaves or closes.

use std::task::Poll;

use wakeful_channels::channel;
use wakeful_sync::shim::{block_on, model, thread};

use crate::poll_once;

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
