//! Channels whose values come from a source, here one that is set by hand.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures::Stream;
use wakeful_channels::source::{Bell, Source, renew};
use wakeful_channels::{Builder, Receiver, TryRecvError, select};

#[derive(Default)]
struct Hand {
    due: Option<u32>,
    counts: Option<u32>,
    bell: Option<Bell<u32>>,
}

#[derive(Clone, Default)]
struct Hands(Arc<Mutex<Hand>>);

impl Hands {
    fn channel(&self) -> Receiver<u32> {
        Builder::new().fed(Box::new(self.clone()))
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_armed(&self) -> bool {
        self.hand().bell.is_some()
    }

    /// A value is due, and the bell rings if somebody waits.
    fn set(&self, value: u32) {
        self.hand().due = Some(value);
        let bell = self.hand().bell.take();
        if let Some(bell) = bell {
            bell.ring();
        }
    }
}

impl Source<u32> for Hands {
    fn is_due(&mut self) -> bool {
        self.hand().due.is_some()
    }

    fn take(&mut self) -> u32 {
        let mut hand = self.hand();
        hand.counts = hand.due.take();
        hand.counts.expect("the channel has asked")
    }

    fn still_counts(&self, value: &u32) -> bool {
        self.hand().counts == Some(*value)
    }

    fn is_over(&self) -> bool {
        false
    }

    fn arm(&mut self, bell: Bell<u32>) {
        self.hand().bell = Some(bell);
    }

    fn disarm(&mut self) {
        self.hand().bell = None;
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn it_is_armed_only_while_somebody_waits() {
    let hands = Hands::default();
    let rx = hands.channel();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert!(!hands.is_armed());
    let (mut first, mut second) = (rx.recv(), rx.recv());
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    drop(first);
    assert!(hands.is_armed());
    hands.set(1);
    assert!(!hands.is_armed(), "nobody waits any more");
    assert_eq!(poll(&mut second), Poll::Ready(Some(1)));
}

#[test]
fn who_waits_longest_comes_before_who_comes_by() {
    let hands = Hands::default();
    let rx = hands.channel();
    let mut waits = rx.recv();
    assert!(poll(&mut waits).is_pending());
    hands.hand().due = Some(2);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "it went to the one in line");
    assert_eq!(poll(&mut waits), Poll::Ready(Some(2)));
}

#[test]
fn a_value_that_no_longer_counts_is_not_put_back() {
    let hands = Hands::default();
    let rx = hands.channel();
    for is_renewed in [false, true] {
        let mut served = rx.recv();
        assert!(poll(&mut served).is_pending());
        hands.set(3);
        if is_renewed {
            renew(&rx, || hands.hand().counts = None);
        }
        drop(served);
        assert_eq!(rx.try_recv().is_ok(), !is_renewed);
    }
}

#[test]
fn a_value_that_was_put_back_can_be_renewed_away() {
    let hands = Hands::default();
    let rx = hands.channel();
    let mut served = rx.recv();
    assert!(poll(&mut served).is_pending());
    hands.set(4);
    drop(served);
    assert_eq!(rx.len(), 1);
    assert!(renew(&rx, || ()).0);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_stream_and_a_select_take_part() {
    let hands = Hands::default();
    let mut rx = hands.channel();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut rx).poll_next(&mut cx).is_pending());
    assert!(hands.is_armed());
    hands.set(5);
    assert_eq!(Pin::new(&mut rx).poll_next(&mut cx), Poll::Ready(Some(5)));
    let never = wakeful_channels::never::<u32>();
    let mut chooses = Box::pin(async {
        select! {
            value = rx.recv() => value,
            _ = never.recv() => None,
        }
    });
    assert!(poll(&mut chooses).is_pending());
    assert!(hands.is_armed());
    hands.set(6);
    assert_eq!(poll(&mut chooses), Poll::Ready(Some(6)));
    assert!(!hands.is_armed());
}

#[test]
fn the_source_goes_with_the_last_receiver() {
    let hands = Hands::default();
    let rx = hands.channel();
    let clone = rx.clone();
    drop(rx);
    assert_eq!(Arc::strong_count(&hands.0), 2);
    drop(clone);
    assert_eq!(Arc::strong_count(&hands.0), 1);
}
