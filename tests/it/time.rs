//! Time, and timers on channels.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use wakeful::channels::TryRecvError;
use wakeful::time::{self, Instant, Timer};
use wakeful::{channel, select};

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(3600);

#[wakeful::test]
async fn a_sleep_is_never_early() {
    let begun = Instant::now();
    time::sleep(SHORT).await;
    assert!(begun.elapsed() >= SHORT);
}

#[wakeful::test]
async fn a_timeout_drops_what_takes_too_long() {
    assert!(time::timeout(SHORT, std::future::pending::<()>()).await.is_err());
    assert_eq!(time::timeout(LONG, async { 7 }).await.unwrap(), 7);
}

#[wakeful::test]
async fn an_interval_beats_from_the_start() {
    let mut beats = time::interval(SHORT);
    let begun = Instant::now();
    for _ in 0..3 {
        beats.tick().await;
    }
    assert!(begun.elapsed() >= 2 * SHORT);
}

#[wakeful::test]
async fn after_tells_the_moment_it_was_due_and_ends() {
    let begun = Instant::now();
    let late = time::after(SHORT);
    let due = late.recv().await.unwrap();
    assert!(due.duration_since(begun) >= SHORT);
    assert!(due <= Instant::now());
    assert_eq!(late.recv().await, None);
}

#[wakeful::test]
async fn after_can_be_called_in_the_arm_that_waits_for_it() {
    let (_keep, never) = channel::<u8>(0);
    let due = select! {
        late = time::after(SHORT).recv() => late,
        _ = never.recv() => None,
    };
    assert!(due.is_some());
}

#[wakeful::test]
async fn a_moment_that_is_not_collected_can_be_had_by_another_receive() {
    let late = time::after(SHORT);
    let mut first = pin!(late.recv());
    assert!(poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_pending())).await);
    while late.try_recv().is_err() {
        time::sleep(SHORT).await;
    }
    assert_eq!(first.await, None);
}

#[wakeful::test]
async fn tick_keeps_one_beat_for_who_comes_late() {
    let beats = time::tick(SHORT);
    time::sleep(5 * SHORT).await;
    let first = beats.recv().await.unwrap();
    let next = beats.recv().await.unwrap();
    assert!(next.duration_since(first) >= 3 * SHORT, "of the missed beats only the first is kept");
}

#[wakeful::test]
async fn tick_with_a_period_of_zero_never_beats() {
    let beats = time::tick(Duration::ZERO);
    select! {
        _ = beats.recv() => panic!("it beat"),
        () = time::sleep(SHORT) => {}
    }
}

#[wakeful::test]
async fn a_stopped_timer_leaves_nothing_to_receive() {
    let timer = Timer::new(LONG);
    assert!(timer.stop());
    assert!(!timer.stop());

    let timer = Timer::new(SHORT);
    // As in Go, a timer's channel never shows what is in it; so it is given the time.
    time::sleep(2 * SHORT).await;
    assert!(timer.stop(), "it went off, but nobody has received it");
    assert_eq!(timer.receiver().try_recv(), Err(TryRecvError::Empty));
    assert!(!timer.stop());
}

#[wakeful::test]
async fn a_timer_that_is_reset_tells_the_new_moment_only() {
    let timer = Timer::new(SHORT);
    // As in Go, a timer's channel never shows what is in it; so it is given the time.
    time::sleep(2 * SHORT).await;
    let again = Instant::now();
    assert!(timer.reset(2 * SHORT));
    let due = timer.receiver().recv().await.unwrap();
    assert!(due.duration_since(again) >= 2 * SHORT);
    assert!(!timer.reset(SHORT), "it was received");
    timer.receiver().recv().await.unwrap();

    let timer = Timer::new(LONG);
    assert!(timer.reset(SHORT));
    assert!(timer.receiver().recv().await.is_some());
}

#[wakeful::test]
async fn after_func_calls_in_a_task_unless_it_is_stopped() {
    let (tx, rx) = channel(4);
    let calls = {
        let tx = tx.clone();
        time::after_func(SHORT, move || tx.try_send(wakeful::task::current()).unwrap())
    };
    assert_ne!(rx.recv().await.unwrap(), wakeful::task::current());
    assert!(!calls.stop());
    calls.reset(SHORT);
    rx.recv().await.unwrap();

    let never = time::after_func(LONG, move || _ = tx.try_send(wakeful::task::current()));
    assert!(never.stop());
    drop((calls, never));
    assert_eq!(rx.recv().await, None, "a stopped call lets go of what it captured");
}

#[wakeful::test]
async fn a_call_that_is_due_survives_its_timer() {
    let (tx, rx) = channel(1);
    drop(time::after_func(SHORT, move || tx.try_send("called").unwrap()));
    assert_eq!(rx.recv().await, Some("called"));
}
