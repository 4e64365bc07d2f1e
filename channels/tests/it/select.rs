//! `select!`: its grammar, and which arm wins.

use std::future::{pending, ready};
use std::pin::pin;
use std::task::Poll;

use wakeful_channels::{
    Receiver, Sender, TryRecvError, TrySendError, channel, never, select, unbounded,
};

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

#[test]
fn what_a_future_borrows_can_be_made_in_its_arm() {
    struct Chime(Receiver<u8>, Sender<&'static str>);
    impl Drop for Chime {
        fn drop(&mut self) {
            self.1.try_send("the chime is gone").unwrap();
        }
    }
    let (log, entries) = unbounded();
    let chime = |value| {
        let (tx, rx) = channel(1);
        tx.try_send(value).unwrap();
        Chime(rx, log.clone())
    };
    let (_keep, never) = channel::<u8>(0);
    let value = block_on(async {
        select! {
            value = never.recv(), if true => value,
            value = chime(7).0.recv() => {
                log.try_send("the body runs").unwrap();
                value
            }
        }
    });
    assert_eq!(value, Some(7));
    assert_eq!(entries.try_recv(), Ok("the chime is gone"));
    assert_eq!(entries.try_recv(), Ok("the body runs"));
}
