//! One channel: what sends, receives and closes do, as in Go's `chan_test.go`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake, Waker};
use std::thread;

use futures::stream::{FusedStream, StreamExt};
use wakeful_channels::{Builder, Sender, channel, never, unbounded};
use wakeful_channels::{SendError, TryRecvError, TrySendError};

use crate::harness::{Bell, block_on, poll, poll_bell, poll_next, poll_with};

const CAPACITIES: [usize; 4] = [0, 1, 2, 10];

/// `TestChan`: "ensure that receive from empty chan blocks".
#[test]
fn a_receive_from_an_empty_channel_waits() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel::<u8>(capacity);
        let mut recv = rx.recv();
        let bell = Bell::new();
        assert!(poll_bell(&mut recv, &bell).is_pending());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(bell.rings(), 0);
        tx.try_send(7).unwrap();
        assert_eq!(bell.rings(), 1);
        assert_eq!(tx.len(), 0, "handed over, not buffered");
        assert_eq!(poll(&mut recv), Poll::Ready(Some(7)));
    }
}

/// `TestChan`: "ensure that send to full chan blocks".
#[test]
fn a_send_into_a_full_channel_waits() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel(capacity);
        for n in 0..capacity {
            assert_eq!(poll(&mut tx.send(n)), Poll::Ready(Ok(())));
        }
        assert!(tx.is_full());
        let bell = Bell::new();
        let mut send = tx.send(capacity);
        assert!(poll_bell(&mut send, &bell).is_pending());
        assert_eq!(tx.try_send(99), Err(TrySendError::Full(99)));
        assert_eq!(rx.try_recv(), Ok(0));
        assert_eq!(bell.rings(), 1);
        assert_eq!(tx.len(), capacity, "the value that waited took the room");
        assert_eq!(poll(&mut send), Poll::Ready(Ok(())));
        for n in 1..=capacity {
            assert_eq!(rx.try_recv(), Ok(n));
        }
    }
}

/// `TestChan`: "ensure that we receive 0 from closed chan", and the values before it.
#[test]
fn a_closed_channel_is_drained_and_then_ends() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel(capacity);
        (0..capacity).for_each(|n| tx.try_send(n).unwrap());
        assert!(tx.close());
        assert_eq!(rx.len(), capacity, "closing takes nothing away");
        for n in 0..capacity {
            assert_eq!(block_on(rx.recv()), Some(n));
        }
        assert_eq!(block_on(rx.recv()), None);
        assert_eq!(block_on(rx.recv()), None, "and so forever");
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    }
}

/// `TestChan`: "ensure that close unblocks receive".
#[test]
fn a_close_ends_every_receive_that_waits() {
    for capacity in CAPACITIES {
        let (tx, rx) = channel::<u8>(capacity);
        let (mut first, mut second) = (rx.recv(), rx.recv());
        let bell = Bell::new();
        assert!(poll_bell(&mut first, &bell).is_pending());
        assert!(poll_bell(&mut second, &bell).is_pending());
        tx.close();
        assert_eq!(bell.rings(), 2);
        assert_eq!(poll(&mut first), Poll::Ready(None));
        assert_eq!(poll(&mut second), Poll::Ready(None));
    }
}

/// In Go a sender that waits panics when the channel is closed.
#[test]
fn a_close_gives_senders_that_wait_their_values_back() {
    let (tx, rx) = channel(1);
    tx.try_send(1).unwrap();
    let mut send = tx.send(2);
    assert!(poll(&mut send).is_pending());
    assert!(rx.close());
    assert_eq!(poll(&mut send), Poll::Ready(Err(SendError(2))));
    assert_eq!(block_on(tx.send(3)), Err(SendError(3)));
    assert_eq!(tx.try_send(4), Err(TrySendError::Closed(4)));
    assert_eq!(rx.try_recv(), Ok(1), "what was in the channel stays");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert!(!tx.close(), "closed already");
}

#[test]
fn the_last_sender_leaving_ends_the_wait() {
    let (tx, rx) = channel::<u8>(0);
    let other = tx.clone();
    let mut recv = rx.recv();
    assert!(poll(&mut recv).is_pending());
    drop(tx);
    assert!(poll(&mut recv).is_pending());
    drop(other);
    assert_eq!(poll(&mut recv), Poll::Ready(None));
    assert!(rx.is_closed());
}

#[test]
fn the_last_receiver_leaving_gives_values_back_and_drops_what_is_left() {
    let value = Arc::new(());
    let (tx, rx) = channel(1);
    let other = rx.clone();
    tx.try_send(Arc::clone(&value)).unwrap();
    let mut send = tx.send(Arc::clone(&value));
    assert!(poll(&mut send).is_pending());
    drop(rx);
    assert!(!tx.is_closed());
    drop(other);
    assert!(matches!(poll(&mut send), Poll::Ready(Err(SendError(_)))));
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(tx.is_closed());
    assert_eq!(tx.len(), 0);
}

#[test]
fn who_waited_longest_is_served_first() {
    let (tx, rx) = channel(0);
    let (mut first, mut second) = (rx.recv(), rx.recv());
    assert!(poll(&mut first).is_pending());
    assert!(poll(&mut second).is_pending());
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
    assert_eq!(poll(&mut second), Poll::Ready(Some(2)));
    assert_eq!(poll(&mut first), Poll::Ready(Some(1)));

    let (mut first, mut second) = (tx.send(1), tx.send(2));
    assert!(poll(&mut first).is_pending());
    assert!(poll(&mut second).is_pending());
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(poll(&mut second), Poll::Ready(Ok(())));
    assert_eq!(poll(&mut first), Poll::Ready(Ok(())));
}

/// `TestChan`: four senders, four receivers, each value once and in its sender's order.
#[test]
fn each_value_arrives_once_and_in_its_senders_order() {
    const EACH: usize = 2_000;
    for capacity in [0, 1, 10] {
        let (tx, rx) = channel(capacity);
        let senders: Vec<_> = (0..4)
            .map(|who| {
                let tx = tx.clone();
                thread::spawn(move || (0..EACH).for_each(|n| block_on(tx.send((who, n))).unwrap()))
            })
            .collect();
        drop(tx);
        let receivers: Vec<_> = (0..4)
            .map(|_| {
                let rx = rx.clone();
                thread::spawn(move || {
                    let (mut last, mut count) = ([None; 4], 0);
                    while let Some((who, n)) = block_on(rx.recv()) {
                        assert!(last[who] < Some(n), "{n} of {who} came after {:?}", last[who]);
                        last[who] = Some(n);
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        let counts = receivers.into_iter().map(|receiver| receiver.join().unwrap());
        assert_eq!(counts.sum::<usize>(), 4 * EACH);
    }
}

/// `TestMultiConsumer`: 23 workers between two channels.
#[test]
fn many_workers_see_every_item_once() {
    const ITEMS: u64 = 3_000;
    let (work, inbox) = channel(3);
    let (results, outbox) = channel(7);
    let workers: Vec<_> = (0..23)
        .map(|_| {
            let (mut inbox, results) = (inbox.clone(), results.clone());
            thread::spawn(move || {
                while let Some(n) = block_on(inbox.next()) {
                    block_on(results.send(n)).unwrap();
                }
            })
        })
        .collect();
    drop((inbox, results));
    let feeder = thread::spawn(move || (1..=ITEMS).for_each(|n| block_on(work.send(n)).unwrap()));
    assert_eq!(
        block_on(outbox.collect::<Vec<_>>()).into_iter().sum::<u64>(),
        ITEMS * (ITEMS + 1) / 2
    );
    feeder.join().unwrap();
    workers.into_iter().for_each(|worker| worker.join().unwrap());
}

#[test]
fn an_unbounded_channel_takes_everything() {
    let (tx, rx) = unbounded();
    for n in 0..10_000 {
        assert_eq!(poll(&mut tx.send(n)), Poll::Ready(Ok(())));
    }
    assert_eq!((tx.capacity(), tx.is_full(), tx.len()), (None, false, 10_000));
    assert!((0..10_000).all(|n| rx.try_recv() == Ok(n)));
}

#[test]
fn capacity_and_length_are_told() {
    let (tx, rx) = channel(2);
    assert_eq!((tx.capacity(), rx.capacity()), (Some(2), Some(2)));
    assert!(tx.is_empty() && rx.is_empty() && !tx.is_full());
    tx.try_send(()).unwrap();
    assert_eq!((tx.len(), rx.len()), (1, 1));
    assert!(tx.same_channel(&tx.clone()) && rx.same_channel(&rx.clone()));
    assert!(!tx.same_channel(&channel(2).0));
    let (tx, _rx) = channel::<()>(0);
    assert!(tx.is_full() && tx.is_empty());
}

#[test]
fn a_huge_capacity_costs_no_memory() {
    let (tx, _rx) = channel::<[u64; 64]>(1 << 40);
    assert_eq!(tx.capacity(), Some(1 << 40));
}

#[test]
fn never_is_never_ready() {
    let rx = never::<u8>();
    assert!(poll(&mut rx.recv()).is_pending());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert!(!rx.close() && !rx.is_closed());
    assert!(poll(&mut rx.recv()).is_pending());
}

#[test]
fn a_receiver_is_a_stream() {
    let (tx, mut rx) = channel(0);
    assert!(poll_next(&mut rx).is_pending());
    tx.try_send(1).unwrap();
    assert!(!rx.is_terminated());
    assert_eq!(poll_next(&mut rx), Poll::Ready(Some(1)));
    drop(tx);
    assert_eq!(poll_next(&mut rx), Poll::Ready(None));
    assert!(rx.is_terminated());
}

/// The stream's place is in line before the receive's; without care the receive would wait for
/// a value that its own handle already has.
#[test]
fn a_receive_after_an_abandoned_next_gets_what_the_stream_was_handed() {
    let (tx, mut rx) = channel(0);
    assert!(poll_next(&mut rx).is_pending());
    tx.try_send(1).unwrap();
    assert_eq!(rx.try_recv(), Ok(1));

    assert!(poll_next(&mut rx).is_pending());
    let mut recv = rx.recv();
    assert!(poll(&mut recv).is_pending());
    tx.try_send(2).unwrap();
    assert_eq!(poll(&mut recv), Poll::Ready(Some(2)));
}

#[test]
fn a_stream_that_is_dropped_passes_its_value_on() {
    let (tx, mut rx) = channel(0);
    let other = rx.clone();
    assert!(poll_next(&mut rx).is_pending());
    tx.try_send(1).unwrap();
    drop(rx);
    assert_eq!(other.try_recv(), Ok(1));
}

/// Looks at its own channel when it is dropped; under the channel's lock that would never end.
struct Nosy(Option<Sender<Nosy>>, Arc<AtomicUsize>);

impl Drop for Nosy {
    fn drop(&mut self) {
        if let Some(tx) = &self.0 {
            let _ = tx.len();
        }
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_value_may_use_its_own_channel_when_it_is_dropped() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = channel(1);
    let nosy = || Nosy(Some(tx.clone()), Arc::clone(&drops));
    tx.try_send(nosy()).unwrap();
    let mut parked = tx.send(nosy());
    assert!(poll(&mut parked).is_pending());
    drop(parked);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
    assert!(tx.try_send(nosy()).is_err());
    assert_eq!(drops.load(Ordering::SeqCst), 2);
    drop(rx);
    assert_eq!(drops.load(Ordering::SeqCst), 3, "the one in the channel");
}

/// A waker of somebody's own making, which looks at the channel when its last clone goes.
struct NosyWaker(Sender<u8>);

impl Wake for NosyWaker {
    fn wake(self: Arc<Self>) {}
}

impl Drop for NosyWaker {
    fn drop(&mut self) {
        let _ = self.0.len();
    }
}

#[test]
fn a_waker_may_use_the_channel_when_it_is_dropped() {
    let (tx, rx) = channel::<u8>(0);
    let waker = || Waker::from(Arc::new(NosyWaker(tx.clone())));
    let mut recv = rx.recv();
    for _ in 0..4 {
        assert!(poll_with(&mut recv, &waker()).is_pending(), "each replaces the last one");
    }
    drop(recv);
    let mut recv = rx.recv();
    assert!(poll_with(&mut recv, &waker()).is_pending());
    tx.try_send(1).unwrap();
    assert_eq!(poll(&mut recv), Poll::Ready(Some(1)));
    let mut send = tx.send(2);
    assert!(poll_with(&mut send, &waker()).is_pending());
    tx.close();
    drop(send);
}

#[test]
fn a_named_channel_has_its_name_in_the_registry() {
    let named = |name: &str| {
        wakeful_diagnostics::registry::resources().find(|view| view.name.as_deref() == Some(name))
    };
    let (tx, rx) = Builder::new().name("pages of a test").bounded::<u8>(3);
    assert!(named("pages of a test").is_none(), "nobody waited yet");
    let clone = tx.clone();
    let mut recv = rx.recv();
    assert!(poll(&mut recv).is_pending());
    let view = named("pages of a test").expect("somebody waits");
    assert_eq!((view.capacity, view.level, view.givers, view.takers), (3, 0, 2, 1));
    drop(clone);
    let _rx = rx.clone();
    let view = named("pages of a test").expect("somebody waits");
    assert_eq!((view.givers, view.takers, view.misuses), (1, 2, 0));
    tx.close();
    tx.close();
    assert!(tx.try_send(1).is_err());
    assert_eq!(named("pages of a test").expect("registered").misuses, 2);
    assert!(wakeful_diagnostics::misuses() >= 2);

    let _unused = Builder::new().name(format!("made at run time {}", 1)).unbounded::<u8>();
    assert!(named("made at run time 1").is_some());
}
