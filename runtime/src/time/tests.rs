//! Time, seen from inside one runtime on one thread.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::future::{join, join_all, pending, ready};

use super::{
    Instant, MissedTickBehavior, Sleep, call_at, call_every, interval, interval_at, sleep,
    sleep_until, timeout, timeout_at,
};
use crate::here::driver;
use crate::runtime::Builder;
use crate::spawn;

/// On a runtime of its own, so that its clock and its waits are its own.
fn block_on<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread().build().unwrap().block_on(future)
}

const MS: Duration = Duration::from_millis(1);

async fn poll_once<F: Future + Unpin>(future: &mut F) -> bool {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx).is_ready())).await
}

/// Runs a body in a runtime whose clock jumps to the next deadline when everything waits.
fn on_a_virtual_clock<F: Future<Output = ()>>(body: F) {
    Builder::new_current_thread().virtual_clock().build().unwrap().block_on(body);
}

#[test]
fn no_sleep_is_early() {
    block_on(async {
        let sleeps = (0..2000_u64).map(|i| async move {
            let span = Duration::from_micros(i * 7919 % 30_000);
            let begun = std::time::Instant::now();
            sleep(span).await;
            assert!(begun.elapsed() >= span);
        });
        join_all(sleeps).await;
    });
}

#[test]
fn sleeps_end_in_the_order_of_their_deadlines() {
    on_a_virtual_clock(async {
        let order = Arc::new(Mutex::new(Vec::new()));
        let sleeps = [30, 10, 20, 40, 15].map(|ms: u32| {
            let order = Arc::clone(&order);
            async move {
                sleep(MS * ms).await;
                order.lock().unwrap().push(ms);
            }
        });
        join_all(sleeps).await;
        assert_eq!(*order.lock().unwrap(), [10, 15, 20, 30, 40]);
    });
}

#[test]
fn a_moment_that_has_passed_is_not_waited_for() {
    block_on(async {
        assert!(poll_once(&mut sleep(Duration::ZERO)).await);
        assert!(poll_once(&mut sleep_until(Instant::now())).await);
    });
}

#[test]
fn a_hundred_thousand_sleeps_end() {
    block_on(async {
        let handle = driver().unwrap();
        let mut sleeps: Vec<Sleep> =
            (0..100_000_u32).map(|i| sleep(Duration::from_micros(u64::from(i % 50_000)))).collect();
        for sleep in &mut sleeps {
            poll_once(sleep).await;
        }
        // Half of them leave early.
        sleeps.truncate(50_000);
        join_all(sleeps).await;
        assert_eq!(handle.watched(), 0);
        assert_eq!(handle.next_deadline(), None);
    });
}

#[test]
fn a_dropped_sleep_is_gone_at_once() {
    block_on(async {
        let handle = driver().unwrap();
        let mut long = sleep(Duration::from_secs(3600));
        assert_eq!(handle.watched(), 0, "nobody has polled it");
        assert!(!poll_once(&mut long).await);
        assert_eq!(handle.watched(), 1);
        drop(long);
        assert_eq!(handle.watched(), 0);
        assert_eq!(handle.next_deadline(), None);
    });
}

#[test]
fn the_end_of_time_can_be_waited_for_and_left() {
    block_on(async {
        let handle = driver().unwrap();
        let mut forever = sleep(Duration::MAX);
        assert!(!poll_once(&mut forever).await);
        assert!(handle.next_deadline().is_some());
        assert!(timeout(MS, forever).await.is_err());
        assert!(timeout(Duration::MAX, ready(())).await.is_ok());
    });
}

#[test]
fn a_reset_sleep_ends_at_its_new_moment() {
    on_a_virtual_clock(async {
        let begun = Instant::now();
        let mut sleep = sleep(MS * 10);
        assert!(!poll_once(&mut sleep).await);
        sleep.reset(begun + MS * 50);
        (&mut sleep).await;
        assert!(begun.elapsed() >= MS * 50 && begun.elapsed() < MS * 51);
        sleep.reset(begun + MS * 60);
        assert!(!poll_once(&mut sleep).await, "it can be used again");
        sleep.reset(begun + MS * 55);
        sleep.await;
        assert!(begun.elapsed() >= MS * 55 && begun.elapsed() < MS * 56);
    });
}

#[test]
fn time_runs_from_the_call_and_not_from_the_first_poll() {
    on_a_virtual_clock(async {
        let called = Instant::now();
        // Deadlines are rounded up, by less than this.
        let is_at = |ms| called.elapsed() >= MS * ms && called.elapsed() < MS * (ms + 1);
        let late = timeout(MS * 30, pending::<()>());
        let slept = sleep(MS * 40);
        sleep(MS * 20).await;
        assert!(late.await.is_err());
        assert!(is_at(30));
        slept.await;
        assert!(is_at(40));
        let over = timeout(MS * 10, sleep(MS * 30));
        sleep(MS * 20).await;
        assert!(over.await.is_err(), "its time was over before the first poll");
        assert!(is_at(60));
        let ready_late = timeout(MS, ready(7));
        sleep(MS * 20).await;
        assert_eq!(ready_late.await, Ok(7), "what is ready wins");
    });
}

#[test]
fn a_timeout_runs_from_its_call_and_is_never_early() {
    block_on(async {
        // It is told from the time only if more has passed than a clock of the kernel's may lag.
        let late = timeout(MS * 30, pending::<()>());
        std::thread::sleep(MS * 60);
        let begun = std::time::Instant::now();
        assert!(late.await.is_err());
        assert!(begun.elapsed() < MS * 30, "{:?}", begun.elapsed());
        for micros in (0..4000_u64).step_by(97) {
            let (span, begun) = (Duration::from_micros(micros), std::time::Instant::now());
            let limited = timeout(span, pending::<()>());
            std::thread::sleep(Duration::from_micros(micros * 7919 % 2000));
            assert!(limited.await.is_err());
            assert!(begun.elapsed() >= span);
        }
    });
}

#[test]
fn a_timeout_cuts_off_what_takes_too_long_and_nothing_else() {
    block_on(async {
        let handle = driver().unwrap();
        assert_eq!(timeout(Duration::ZERO, ready(5)).await, Ok(5));
        assert_eq!(timeout(MS * 1000, sleep(MS)).await, Ok(()));
        let elapsed = timeout(MS, pending::<()>()).await.unwrap_err();
        assert_eq!(std::io::Error::from(elapsed).kind(), std::io::ErrorKind::TimedOut);
        assert!(timeout_at(Instant::now(), pending::<()>()).await.is_err());
        assert_eq!(handle.watched(), 0);
    });
}

#[test]
fn the_first_beat_is_at_once_and_none_is_lost_with_a_dropped_tick() {
    on_a_virtual_clock(async {
        let begun = Instant::now();
        let mut beat = interval(MS * 10);
        assert_eq!(beat.tick().await, begun);
        assert!(!poll_once(&mut beat.tick()).await);
        assert_eq!(beat.tick().await, begun + MS * 10);
        let mut later = interval_at(begun + MS * 35, MS * 10);
        assert_eq!(later.tick().await, begun + MS * 35);
        beat.reset();
        assert_eq!(beat.tick().await.duration_since(begun).as_millis(), 45);
    });
}

#[test]
fn missed_beats_are_made_up_for_delayed_or_skipped() {
    on_a_virtual_clock(async {
        for (behavior, expected) in [
            (MissedTickBehavior::Burst, [0, 10, 20, 30]),
            (MissedTickBehavior::Delay, [0, 10, 35, 45]),
            (MissedTickBehavior::Skip, [0, 10, 30, 40]),
        ] {
            let begun = Instant::now();
            let mut beat = interval(MS * 10);
            beat.set_missed_tick_behavior(behavior);
            let mut ticks = vec![beat.tick().await];
            sleep_until(begun + MS * 25).await;
            for _ in 0..3 {
                ticks.push(beat.tick().await);
            }
            let ticks: Vec<_> =
                ticks.iter().map(|tick| tick.duration_since(begun).as_millis()).collect();
            assert_eq!(ticks, expected, "{behavior:?}");
        }
    });
}

#[test]
fn calls_are_made_once_or_on_the_beat_until_they_are_stopped() {
    on_a_virtual_clock(async {
        let begun = Instant::now();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let note = |name: &'static str| {
            let calls = Arc::clone(&calls);
            move |due: Instant| {
                let after = due.duration_since(begun).as_millis();
                calls.lock().unwrap().push((name, after));
            }
        };
        let once = call_at(begun + MS * 5, note("once"));
        drop(call_at(begun + MS * 7, note("detached")));
        let beat = call_every(begun + MS * 10, MS * 10, note("beat"));
        let never = call_at(begun + MS * 20, note("never"));
        assert_eq!(driver().unwrap().watched(), 4);
        assert!(never.stop() && !never.stop());
        sleep(MS * 38).await;
        assert!(beat.stop());
        assert!(!once.stop(), "it was made");
        assert!(!once.reset(begun + MS * 45));
        sleep(MS * 62).await;
        let expected =
            [("once", 5), ("detached", 7), ("beat", 10), ("beat", 20), ("beat", 30), ("once", 45)];
        assert_eq!(*calls.lock().unwrap(), expected);
        assert_eq!(driver().unwrap().watched(), 0);
    });
}

#[test]
fn an_earlier_deadline_from_another_thread_rouses_the_driver() {
    block_on(async {
        let handle = driver().unwrap();
        let mut long = sleep(Duration::from_secs(3600));
        assert!(!poll_once(&mut long).await);
        let (sender, receiver) = futures::channel::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let sender = Mutex::new(Some(sender));
            let soon = std::time::Instant::now() + MS * 5;
            crate::timers::call_at(handle.timers(), soon, move |_| {
                let _ = sender.lock().unwrap().take().unwrap().send(());
            })
        });
        receiver.await.unwrap();
        drop(thread.join().unwrap());
    });
}

#[test]
fn a_sleep_outlives_its_runtime_and_finds_the_next() {
    let mut sleep = sleep(MS * 20);
    block_on(async {
        assert!(!poll_once(&mut sleep).await);
    });
    let begun = block_on(async {
        let deadline = sleep.deadline();
        sleep.await;
        deadline
    });
    assert!(begun <= Instant::now());
}

#[test]
fn outside_a_runtime_the_panic_names_the_call_and_the_cure() {
    let line = line!() + 1;
    let mut sleep = sleep(Duration::from_secs(1));
    let mut cx = Context::from_waker(Waker::noop());
    let poll = AssertUnwindSafe(|| Pin::new(&mut sleep).poll(&mut cx));
    let panic = std::panic::catch_unwind(poll).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.starts_with("wakeful::time::sleep: no runtime on this thread;"), "{text}");
    assert!(text.contains(&format!("{}:{line}", file!())), "{text}");
}

#[test]
fn a_sleep_ends_beside_a_task_that_never_rests() {
    block_on(async {
        let busy = spawn(async {
            let begun = Instant::now();
            while begun.elapsed() < MS * 20 {
                let mut yielded = false;
                poll_fn(|cx| {
                    cx.waker().wake_by_ref();
                    if std::mem::replace(&mut yielded, true) {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                })
                .await;
            }
        });
        let (_, busy) = join(sleep(MS * 2), busy).await;
        busy.unwrap();
    });
}
