//! The other channels.

use wakeful_channels::{broadcast, oneshot, watch};
use wakeful_sync::shim::{block_on, model, thread};

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
