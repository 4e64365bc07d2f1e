//! `select!`: exactly one operation takes effect. Mirrors Go's select tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use wakeful_channels::{TryRecvError, TrySendError, channel, select};

use crate::harness::{Bell, block_on, poll, poll_bell, yields};

#[test]
fn a_select_wakes_when_one_of_its_operations_is_served() {
    let (a, from_a) = channel(0);
    let (b, from_b) = channel(0);
    let mut both = Box::pin(async {
        select! {
            value = from_a.recv() => ("a", value),
            value = from_b.recv() => ("b", value),
        }
    });
    let bell = Bell::new();
    assert!(poll_bell(&mut both, &bell).is_pending());
    b.try_send(1).unwrap();
    assert_eq!(bell.rings(), 1);
    assert_eq!(a.try_send(2), Err(TrySendError::Full(2)), "the select is taken");
    assert_eq!(b.try_send(3), Err(TrySendError::Full(3)), "the select is taken");
    assert_eq!(poll(&mut both), Poll::Ready(("b", Some(1))));
}

#[test]
fn an_arm_that_did_not_win_has_sent_nothing() {
    let (a, from_a) = channel(0);
    let (b, from_b) = channel(0);
    let mut sends = Box::pin(async {
        select! {
            sent = a.send(1) => sent.map(|()| "a"),
            sent = b.send(2) => sent.map(|()| "b"),
        }
    });
    assert!(poll(&mut sends).is_pending());
    assert_eq!(from_a.try_recv(), Ok(1));
    assert_eq!(from_b.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(poll(&mut sends), Poll::Ready(Ok("a")));
    assert_eq!(from_b.try_recv(), Err(TryRecvError::Empty));
}

/// `TestSelfSelect`: a select never pairs with itself.
#[test]
fn a_select_does_not_meet_itself() {
    for capacity in [0, 10] {
        let (tx, rx) = channel(capacity);
        let mut select = Box::pin(async {
            select! {
                sent = tx.send(1) => sent.map(|()| 0).unwrap(),
                got = rx.recv() => got.unwrap(),
            }
        });
        let first = poll(&mut select);
        if capacity == 0 {
            let bell = Bell::new();
            assert!(first.is_pending());
            assert!(poll_bell(&mut select, &bell).is_pending());
            assert_eq!(bell.rings(), 0, "nor leaves word for itself");
            assert_eq!(rx.try_recv(), Ok(1));
            assert_eq!(poll(&mut select), Poll::Ready(0));
        } else {
            assert_eq!(first, Poll::Ready(0));
        }
    }
}

/// `TestSelfSelect`, with two of them: each value crosses, none is lost, nobody hangs.
#[test]
fn two_selects_on_one_channel_meet_each_other() {
    const ROUNDS: usize = 2_000;
    for capacity in [0, 10] {
        let (tx, rx) = channel(capacity);
        let crossed = Arc::new(AtomicUsize::new(0));
        let players: Vec<_> = (0..2)
            .map(|me| {
                let (tx, rx, crossed) = (tx.clone(), rx.clone(), Arc::clone(&crossed));
                thread::spawn(move || {
                    block_on(async {
                        for _ in 0..ROUNDS {
                            select! {
                                biased;
                                sent = tx.send(me) => sent.unwrap(),
                                got = rx.recv() => {
                                    assert!(capacity > 0 || got != Some(me), "met itself");
                                    crossed.fetch_add(1, Ordering::SeqCst);
                                }
                            }
                        }
                    });
                })
            })
            .collect();
        if capacity == 0 {
            // Both take the same number of turns, each turn needs the other.
            players.into_iter().for_each(|player| player.join().unwrap());
            assert_eq!(crossed.load(Ordering::SeqCst), ROUNDS);
        } else {
            // What one cannot send any more because the other is done is drained here.
            while players.iter().any(|player| !player.is_finished()) {
                let _ = rx.try_recv();
                thread::yield_now();
            }
        }
    }
}

/// `TestSelectDuplicateChannel`: waiting twice on a channel and being woken by another leaves the
/// line in order.
#[test]
fn a_channel_may_stand_in_several_arms() {
    let (c, from_c) = channel(0);
    let (d, from_d) = channel::<u8>(0);
    let (e, from_e) = channel::<u8>(0);
    let mut first = Box::pin(async {
        select! {
            _ = from_c.recv() => 'c',
            _ = from_d.recv() => 'd',
            _ = from_e.recv() => 'e',
            _ = from_c.recv() => 'C',
        }
    });
    assert!(poll(&mut first).is_pending());
    let mut second = from_c.recv();
    assert!(poll(&mut second).is_pending());
    d.try_send(7).unwrap();
    c.try_send(8).unwrap();
    assert_eq!(poll(&mut second), Poll::Ready(Some(8)), "passed over, not stolen");
    assert_eq!(poll(&mut first), Poll::Ready('d'));
    assert_eq!(e.try_send(9), Err(TrySendError::Full(9)));
    assert_eq!(c.try_send(9), Err(TrySendError::Full(9)));
}

/// `TestNonblockSelectRace`: a value moves from one channel to the other, and at each moment one of
/// the two has one; so `default` would be wrong.
#[test]
fn default_is_not_taken_while_one_of_two_channels_is_always_ready() {
    for _ in 0..3_000 {
        let (c1, from_c1) = channel(1);
        let (c2, from_c2) = channel(1);
        c1.try_send(1).unwrap();
        let (other, _open) = (from_c1.clone(), from_c2.clone());
        let looker = thread::spawn(move || {
            block_on(async {
                select! {
                    _ = from_c1.recv() => true,
                    _ = from_c2.recv() => true,
                    default => false,
                }
            })
        });
        c2.try_send(1).unwrap();
        let _ = other.try_recv();
        assert!(looker.join().unwrap(), "no channel is ready");
    }
}

/// `TestNonblockRecvRace`: a ready channel is taken although it is being closed.
#[test]
fn default_is_not_taken_while_a_ready_channel_is_closed() {
    for _ in 0..1_000 {
        let (tx, rx) = channel(1);
        tx.try_send(1).unwrap();
        let looker = thread::spawn(move || {
            block_on(async {
                select! {
                    _ = rx.recv() => true,
                    default => false,
                }
            })
        });
        tx.close();
        assert!(looker.join().unwrap(), "the channel is not ready");
    }
}

#[test]
fn a_receive_that_a_select_left_behind_takes_nothing() {
    let (tx, rx) = channel(0);
    let mut left = rx.recv();
    block_on(async {
        let (_t, other) = channel::<()>(1);
        let mut race = Box::pin(async {
            select! {
                biased;
                _ = &mut left => unreachable!(),
                _ = other.recv() => unreachable!(),
                () = yields(1) => {}
            }
        });
        assert!(poll(&mut race).is_pending());
        assert_eq!(poll(&mut race), Poll::Ready(()));
    });
    let mut next = rx.recv();
    assert!(poll(&mut next).is_pending());
    tx.try_send(1).unwrap();
    assert_eq!(poll(&mut next), Poll::Ready(Some(1)), "it was passed over");
    assert!(poll(&mut left).is_pending(), "and waits again, at the end of the line");
    tx.try_send(2).unwrap();
    assert_eq!(poll(&mut left), Poll::Ready(Some(2)));
}

#[test]
fn a_receive_that_stood_in_line_before_the_select_cannot_be_served_behind_its_back() {
    let (tx, rx) = channel(0);
    let mut recv = rx.recv();
    assert!(poll(&mut recv).is_pending());
    let got = block_on(async {
        select! {
            biased;
            value = &mut recv => value,
            // In the middle of the poll: the select is busy, so this finds nobody.
            sent = async { tx.try_send(1) } => sent.err().map(TrySendError::into_inner),
        }
    });
    assert_eq!(got, Some(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_sender_that_comes_by_during_a_poll_is_found_before_the_select_sleeps() {
    let (tx, rx) = channel(1);
    let mut went = false;
    let mut select = Box::pin(async {
        select! {
            biased;
            value = rx.recv() => value,
            _ = std::future::poll_fn(|_| {
                if !went {
                    went = true;
                    tx.try_send(1).unwrap();
                }
                Poll::<()>::Pending
            }) => None,
        }
    });
    assert_eq!(poll(&mut select), Poll::Ready(Some(1)));
}

#[test]
fn a_select_dropped_at_any_moment_loses_nothing() {
    // Parked, then dropped.
    let (a, from_a) = channel(0);
    let (b, from_b) = channel::<u8>(0);
    let mut select = Box::pin(async {
        select! {
            value = from_a.recv() => value,
            value = from_b.recv() => value,
            sent = b.send(9) => sent.map(|()| 9).ok(),
        }
    });
    assert!(poll(&mut select).is_pending());
    drop(select);
    assert_eq!(a.try_send(1), Err(TrySendError::Full(1)));
    assert_eq!(from_b.try_recv(), Err(TryRecvError::Empty));
    // Served, then dropped: the value goes on to whoever is next.
    let mut select = Box::pin(async {
        select! {
            value = from_a.recv() => value,
            value = from_b.recv() => value,
        }
    });
    assert!(poll(&mut select).is_pending());
    a.try_send(1).unwrap();
    drop(select);
    assert_eq!(from_a.try_recv(), Ok(1));
}

#[test]
fn selects_nest() {
    let (a, from_a) = channel(0);
    let (b, from_b) = channel(0);
    let mut outer = Box::pin(async {
        select! {
            value = async {
                select! {
                    value = from_a.recv() => value,
                    value = from_b.recv() => value,
                }
            } => ("inner", value),
            value = from_b.recv() => ("outer", value),
        }
    });
    assert!(poll(&mut outer).is_pending());
    a.try_send(1).unwrap();
    assert_eq!(poll(&mut outer), Poll::Ready(("inner", Some(1))));
    assert_eq!(b.try_send(2), Err(TrySendError::Full(2)), "all of them left");
}

#[test]
fn a_close_wakes_a_select() {
    let (a, from_a) = channel::<u8>(0);
    let (_b, from_b) = channel::<u8>(0);
    let (c, from_c) = channel(0);
    let mut select = Box::pin(async {
        select! {
            value = from_a.recv() => value.map_or("closed", |_| "value"),
            _ = from_b.recv() => "b",
            _ = c.send(1) => "c",
        }
    });
    let bell = Bell::new();
    assert!(poll_bell(&mut select, &bell).is_pending());
    a.close();
    assert_eq!(bell.rings(), 1);
    assert_eq!(from_c.try_recv(), Err(TryRecvError::Empty), "the claim is lost");
    assert_eq!(poll(&mut select), Poll::Ready("closed"));
}

/// `TestSelectStress`: sends, receives and selects on four channels; everything ends.
#[test]
fn a_crowd_of_selects_comes_to_its_end() {
    const EACH: usize = 1_000;
    let channels: Vec<_> = [0, 0, 2, 3].into_iter().map(channel).collect();
    let taken = Arc::new(AtomicUsize::new(0));
    let mut threads = Vec::new();
    for (tx, rx) in &channels {
        let (tx, rx, taken) = (tx.clone(), rx.clone(), Arc::clone(&taken));
        threads.push(thread::spawn(move || {
            (0..EACH).for_each(|n| block_on(tx.send(n)).unwrap());
        }));
        threads.push(thread::spawn(move || {
            for _ in 0..EACH {
                block_on(rx.recv()).unwrap();
                taken.fetch_add(1, Ordering::SeqCst);
            }
        }));
    }
    let [a, b, c, d] = [0, 1, 2, 3].map(|n: usize| channels[n].clone());
    threads.push(thread::spawn(move || {
        block_on(async {
            let mut left = [EACH; 4];
            while left.iter().any(|n| *n > 0) {
                let sent = select! {
                    sent = a.0.send(0), if left[0] > 0 => { sent.unwrap(); 0 }
                    sent = b.0.send(0), if left[1] > 0 => { sent.unwrap(); 1 }
                    sent = c.0.send(0), if left[2] > 0 => { sent.unwrap(); 2 }
                    sent = d.0.send(0), if left[3] > 0 => { sent.unwrap(); 3 }
                };
                left[sent] -= 1;
            }
        });
    }));
    let [a, b, c, d] = [0, 1, 2, 3].map(|n: usize| channels[n].clone());
    let counted = Arc::clone(&taken);
    threads.push(thread::spawn(move || {
        block_on(async {
            let mut left = [EACH; 4];
            while left.iter().any(|n| *n > 0) {
                let (got, from) = select! {
                    got = a.1.recv(), if left[0] > 0 => (got, 0),
                    got = b.1.recv(), if left[1] > 0 => (got, 1),
                    got = c.1.recv(), if left[2] > 0 => (got, 2),
                    got = d.1.recv(), if left[3] > 0 => (got, 3),
                };
                got.unwrap();
                left[from] -= 1;
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
    }));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(taken.load(Ordering::SeqCst), 8 * EACH);
}
