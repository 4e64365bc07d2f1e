//! Futures dropped at random moments on several threads; every value is accounted for.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use wakeful_channels::{Receiver, Sender, channel, select};

use crate::harness::{Dice, poll};

const THREADS: usize = 4;
const DROPS_PER_THREAD: usize = 25_000;

thread_local! {
    /// Values that were dropped on this thread without having been received.
    static LOST: Cell<usize> = const { Cell::new(0) };
}

/// A value that notices being dropped unreceived.
struct Value(bool);

impl Value {
    fn receive(mut self) {
        self.0 = true;
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        if !self.0 {
            LOST.set(LOST.get() + 1);
        }
    }
}

type Pair = (Sender<Value>, Receiver<Value>);

struct Counts {
    made: AtomicUsize,
    received: AtomicUsize,
    lost: AtomicUsize,
}

/// Polls a few times, then drops; says what came of it.
fn abandon<F: Future>(dice: &mut Dice, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    for _ in 0..dice.roll(4) {
        if let Poll::Ready(end) = poll(&mut future) {
            return Some(end);
        }
        if dice.roll(4) == 0 {
            thread::yield_now();
        }
    }
    None
}

/// What one operation did: values made for it, whether one was received, how many it may lose.
fn operate(dice: &mut Dice, chans: &[Pair], counts: &Counts) {
    let [a, b] = [0, 1].map(|_| &chans[dice.roll(chans.len())]);
    let make = || {
        counts.made.fetch_add(1, Ordering::Relaxed);
        Value(false)
    };
    let receive = |value: Option<Value>| {
        value.expect("nobody closes").receive();
        counts.received.fetch_add(1, Ordering::Relaxed);
    };
    let before = LOST.get();
    let lost = || LOST.get() - before;
    match dice.roll(4) {
        0 => match abandon(dice, a.0.send(make())) {
            Some(end) => assert!(end.is_ok() && lost() == 0),
            None => assert!(lost() <= 1),
        },
        1 => {
            abandon(dice, a.1.recv()).into_iter().for_each(receive);
            assert_eq!(lost(), 0, "a receive loses nothing");
        }
        2 => {
            let both = async {
                select! {
                    value = a.1.recv() => value,
                    value = b.1.recv() => value,
                }
            };
            abandon(dice, both).into_iter().for_each(receive);
            assert_eq!(lost(), 0, "a select of receives loses nothing");
        }
        _ => {
            let value = make();
            let both = async {
                select! {
                    value = a.1.recv() => value,
                    sent = b.0.send(value) => { assert!(sent.is_ok()); None }
                }
            };
            match abandon(dice, both) {
                Some(Some(value)) => {
                    receive(Some(value));
                    assert_eq!(lost(), 1, "received, so it did not send");
                }
                Some(None) => assert_eq!(lost(), 0, "sent"),
                None => assert!(lost() <= 1),
            }
        }
    }
    counts.lost.fetch_add(lost(), Ordering::Relaxed);
}

#[test]
fn a_hundred_thousand_dropped_futures_lose_no_value() {
    let chans: Arc<Vec<Pair>> = Arc::new([0, 0, 1, 3].into_iter().map(channel).collect());
    let counts = Arc::new(Counts {
        made: AtomicUsize::new(0),
        received: AtomicUsize::new(0),
        lost: AtomicUsize::new(0),
    });
    let threads: Vec<_> = (0..THREADS)
        .map(|n| {
            let (chans, counts) = (Arc::clone(&chans), Arc::clone(&counts));
            thread::spawn(move || {
                let mut dice = Dice::new(n as u64 + 7);
                (0..DROPS_PER_THREAD).for_each(|_| operate(&mut dice, &chans, &counts));
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let mut left = 0;
    for (_, rx) in chans.iter() {
        while let Ok(value) = rx.try_recv() {
            value.receive();
            left += 1;
        }
    }
    let count = |n: &AtomicUsize| n.load(Ordering::SeqCst);
    assert!(count(&counts.received) > DROPS_PER_THREAD / 10, "it did something");
    assert_eq!(count(&counts.made), count(&counts.received) + count(&counts.lost) + left);
}
