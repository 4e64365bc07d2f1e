//! `select!`: which arm wins, and that only one does. Mirrors Go's select tests.

use std::future::{pending, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use wakeful_channels::{Receiver, channel, never, select, unbounded};
use wakeful_channels::{TryRecvError, TrySendError};

use crate::harness::{Bell, block_on, poll, poll_bell, yields};

#[test]
fn the_ready_arm_wins() {
    let (a, from_a) = channel(1);
    let (_b, from_b) = channel::<u8>(1);
    a.try_send(7).unwrap();
    let got = block_on(async {
        select! {
            value = from_a.recv() => value,
            value = from_b.recv() => value,
        }
    });
    assert_eq!(got, Some(7));
}

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

/// `TestSelectFairness`, `TestPseudoRandomSend`.
#[test]
fn each_ready_arm_wins_as_often_as_another() {
    const ROUNDS: usize = 10_000;
    let (tx, rx) = unbounded();
    (0..ROUNDS).for_each(|_| tx.try_send(()).unwrap());
    let closed = channel::<()>(0).1;
    let idle = never::<()>();
    let mut wins = [0usize; 4];
    block_on(async {
        for _ in 0..ROUNDS {
            select! {
                _ = idle.recv() => wins[3] += 1,
                _ = rx.recv() => wins[0] += 1,
                _ = closed.recv() => wins[1] += 1,
                () = ready(()) => wins[2] += 1,
            }
        }
    });
    assert_eq!(wins[3], 0);
    for count in &wins[..3] {
        // Ten standard deviations of a binomial: 10 * sqrt(10000 * 1/3 * 2/3).
        assert!(count.abs_diff(ROUNDS / 3) < 472, "{wins:?}");
    }
}

#[test]
fn a_biased_select_takes_the_topmost() {
    let (tx, rx) = channel(1);
    block_on(async {
        for _ in 0..100 {
            tx.try_send(1).unwrap();
            let got = select! {
                biased;
                value = rx.recv() => value,
                () = ready(()) => None,
            };
            assert_eq!(got, Some(1));
        }
    });
}

#[test]
fn default_runs_when_nothing_is_ready_and_leaves_nothing_behind() {
    let (tx, rx) = channel(0);
    let bell = Bell::new();
    let mut once = Box::pin(async {
        select! {
            value = rx.recv() => value,
            sent = tx.send(1) => sent.map(|()| 1).ok(),
            default => None,
        }
    });
    assert_eq!(poll_bell(&mut once, &bell), Poll::Ready(None));
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(bell.rings(), 0);
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
fn else_runs_when_every_arm_is_off() {
    let (tx, rx) = channel::<u8>(0);
    drop(tx);
    let refuted = block_on(async {
        select! {
            Some(n) = rx.recv() => n,
            n = async { 1 }, if false => n,
            else => 9,
        }
    });
    assert_eq!(refuted, 9);
    let off = block_on(async {
        select! {
            _ = pending::<()>(), if false => 1,
            default => 2,
            else => 3,
        }
    });
    assert_eq!(off, 3);
}

#[test]
fn a_pattern_that_does_not_fit_switches_its_arm_off() {
    let (a, from_a) = channel::<Option<u8>>(1);
    let (b, from_b) = channel(0);
    let mut select = Box::pin(async {
        select! {
            biased;
            Some(Some(n)) = from_a.recv() => n,
            Some(ref mut n @ 0..=8 | ref mut n @ 100) = from_b.recv() => { *n += 1; *n }
        }
    });
    a.try_send(None).unwrap();
    assert!(poll(&mut select).is_pending());
    assert_eq!(a.try_send(Some(1)), Ok(()), "nobody receives from it any more, it is buffered");
    assert_eq!(a.try_send(Some(2)), Err(TrySendError::Full(Some(2))));
    b.try_send(4).unwrap();
    assert_eq!(poll(&mut select), Poll::Ready(5));
}

#[test]
fn a_value_moves_into_the_body() {
    let (tx, rx) = channel(1);
    tx.try_send(String::from("moved")).unwrap();
    let got: String = block_on(async {
        select! {
            Some(mut text) = rx.recv() => { text.push('!'); text }
            else => unreachable!(),
        }
    });
    assert_eq!(got, "moved!");
}

#[test]
fn no_arm_at_all_waits_forever() {
    let bell = Bell::new();
    let mut forever = Box::pin(async {
        select! {}
    });
    assert!(poll_bell(&mut forever, &bell).is_pending());
    assert!(poll_bell(&mut forever, &bell).is_pending());
    let mut off = Box::pin(async {
        select! {
            n = ready(1), if false => n,
        }
    });
    assert!(poll_bell(&mut off, &bell).is_pending());
    assert_eq!(bell.rings(), 0);
    assert_eq!(
        block_on(async {
            select! { default => 1 }
        }),
        1
    );
    assert_eq!(
        block_on(async {
            select! { else => 2 }
        }),
        2
    );
}

#[test]
fn bodies_may_leave_the_function_or_the_loop() {
    async fn run(rx: &Receiver<u8>) -> Result<u32, u8> {
        let mut sum = 0;
        loop {
            select! {
                Some(n) = rx.recv() => match n {
                    0 => continue,
                    1 => break,
                    2 => return Ok(100),
                    3 => Err(n)?,
                    n => {
                        sum += async { u32::from(n) }.await;
                    }
                },
                else => return Ok(sum),
            }
        }
        Ok(sum + 1000)
    }
    for (values, end) in
        [(&[10, 0, 20][..], Ok(30)), (&[10, 1, 20], Ok(1010)), (&[2], Ok(100)), (&[10, 3], Err(3))]
    {
        let (tx, rx) = unbounded();
        values.iter().for_each(|n| tx.try_send(*n).unwrap());
        drop(tx);
        assert_eq!(block_on(run(&rx)), end);
    }
}

#[test]
fn bodies_may_use_what_the_futures_borrowed() {
    struct Counter(u8);
    impl Counter {
        async fn bump(&mut self) -> u8 {
            self.0 += 1;
            self.0
        }
    }
    let (_tx, rx) = channel::<u8>(0);
    let mut counter = Counter(0);
    let is_on = true;
    block_on(async {
        select! {
            _ = rx.recv(), if is_on => counter.0 = 100,
            n = counter.bump(), if counter.0 == 0 => counter.0 += n * 10,
        }
    });
    assert_eq!(counter.0, 11);
}

#[test]
fn a_future_by_reference_is_used_again() {
    let (tx, rx) = channel(0);
    let mut recv = rx.recv();
    let mut slow = pin!(async {
        yields(2).await;
    });
    let mut rounds = 0;
    let mut run = Box::pin(async {
        loop {
            rounds += 1;
            select! {
                biased;
                value = &mut recv => break value,
                () = &mut slow, if rounds == 1 => {}
            }
        }
    });
    assert!(poll(&mut run).is_pending());
    assert!(poll(&mut run).is_pending());
    assert!(poll(&mut run).is_pending(), "the slow one is done, the receive goes on");
    tx.try_send(5).unwrap();
    assert_eq!(poll(&mut run), Poll::Ready(Some(5)));
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

#[test]
fn a_select_may_have_64_arms() {
    macro_rules! wide {
        ($rx:ident, $($n:literal)*) => {
            select! { $(value = $rx[$n].recv() => ($n, value),)* }
        };
    }
    let (senders, rx): (Vec<_>, Vec<_>) = (0..64).map(|_| channel(0)).unzip();
    let mut select = Box::pin(async {
        wide!(rx, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30
            31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59
            60 61 62 63)
    });
    assert!(poll(&mut select).is_pending());
    senders[63].try_send('z').unwrap();
    assert_eq!(poll(&mut select), Poll::Ready((63, Some('z'))));
}

#[test]
fn a_select_future_can_be_sent_to_another_thread() {
    fn is_send<F: Send>(future: F) -> F {
        future
    }
    let (tx, rx) = channel::<u8>(0);
    let future = is_send(async move {
        select! {
            value = rx.recv() => value,
            _ = pending::<()>() => None,
        }
    });
    drop(tx);
    assert_eq!(block_on(future), None);
}
