//! `join!` and `try_join!`.

use std::cell::RefCell;
use std::future::pending;
use std::task::Poll;

use wakeful_channels::{channel, join, try_join};

use crate::harness::{block_on, poll, yields};

#[test]
fn all_outputs_come_in_the_order_of_the_futures() {
    let three = block_on(async { join!(async { 1 }, async { "two" }, async { 3.0 }) });
    assert_eq!(three, (1, "two", 3.0));
    assert_eq!(block_on(async { join!(async { 1 },) }), (1,));
    block_on(async { join!() });
}

#[test]
fn futures_of_a_join_meet_each_other() {
    let (tx, rx) = channel(0);
    let (sent, got) = block_on(async { join!(tx.send(7), rx.recv()) });
    assert_eq!((sent, got), (Ok(()), Some(7)));
}

#[test]
fn each_poll_begins_with_the_next_future_unless_biased() {
    async fn noting(seen: &RefCell<String>, name: char) {
        for _ in 0..2 {
            seen.borrow_mut().push(name);
            yields(1).await;
        }
    }
    let seen = RefCell::new(String::new());
    let mut fair = Box::pin(async { join!(noting(&seen, 'a'), noting(&seen, 'b')) });
    (0..3).for_each(|n| assert_eq!(poll(&mut fair).is_ready(), n == 2));
    assert_eq!(seen.take(), "abba");
    let mut biased = Box::pin(async { join!(biased; noting(&seen, 'a'), noting(&seen, 'b')) });
    (0..3).for_each(|n| assert_eq!(poll(&mut biased).is_ready(), n == 2));
    assert_eq!(seen.take(), "abab");
}

#[test]
fn a_future_that_is_done_is_dropped_before_the_others_are() {
    let (tx, rx) = channel::<u8>(0);
    let holder = async move {
        let _tx = tx;
        yields(1).await;
    };
    let mut both = Box::pin(async { join!(rx.recv(), holder) });
    assert!(poll(&mut both).is_pending());
    assert_eq!(poll(&mut both), Poll::Ready((None, ())), "the holder went first, and is gone");
}

#[test]
fn the_first_error_ends_a_try_join() {
    let all: Result<_, &str> =
        block_on(async { try_join!(async { Ok(1) }, async { Ok::<_, &str>("two") }) });
    assert_eq!(all, Ok((1, "two")));
    let failed: Result<((), u8, ()), _> =
        block_on(async { try_join!(pending(), async { Err("no") }, pending()) });
    assert_eq!(failed, Err("no"));
    let none: Result<(), ()> = block_on(async { try_join!() });
    assert_eq!(none, Ok(()));
}
