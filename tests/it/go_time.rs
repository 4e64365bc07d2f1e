//! Go's timers on channels; tests name the tests of Go's they answer to.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use wakeful::channels::TryRecvError;
use wakeful::time::{Instant, Timer, after, after_func, sleep, tick};
use wakeful::{block_on, runtime, select, spawn, yield_now};
use wakeful_runtime::time::watched;

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Runs on a runtime of its own, so that its timers can be counted.
fn alone<F: Future>(future: F) -> F::Output {
    runtime::Builder::new_current_thread().build().expect("a runtime starts").block_on(future)
}

async fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}

fn wait_until(moment: Instant) {
    std::thread::sleep(moment.duration_since(Instant::now()) + MS);
}

/// `TestAfter`, `TestAfterTimes`
#[test]
fn the_value_is_the_moment_it_was_due_and_never_early() {
    alone(async {
        let begun = Instant::now();
        let late = after(10 * MS);
        let due = late.recv().await.unwrap();
        assert!(due >= begun + 10 * MS && due <= Instant::now());
        assert_eq!(late.recv().await, None, "it has nothing more to tell");

        let begun = Instant::now();
        let timer = Timer::new(5 * MS);
        wait_until(begun + 30 * MS);
        let due = timer.receiver().recv().await.unwrap();
        assert!(due < begun + 20 * MS, "however late one looks");
    });
}

/// `TestAfterQueuing`
#[test]
fn moments_come_in_their_order() {
    alone(async {
        let waits: Vec<_> = [5, 3, 4, 1, 2]
            .map(|n: u32| (n, after(n * 4 * MS)))
            .into_iter()
            .map(|(n, late)| spawn(async move { (late.recv().await.unwrap(), n) }))
            .collect();
        let mut seen = Vec::new();
        for wait in waits {
            seen.push(wait.await.unwrap());
        }
        seen.sort_unstable();
        assert_eq!(seen.iter().map(|&(_, n)| n).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    });
}

/// `TestSleepZeroDeadlock`, `TestOverflowSleep`
#[test]
fn no_duration_is_too_short_or_too_long() {
    alone(async {
        assert!(after(Duration::ZERO).recv().await.is_some());
        assert!(Timer::new(Duration::ZERO).receiver().try_recv().is_ok());
        let far = Timer::new(Duration::MAX);
        assert!(poll_once(&mut far.receiver().recv()).await.is_pending());
        assert!(far.stop());
    });
}

#[test]
fn nobody_who_waits_costs_nothing_and_the_last_receiver_takes_the_timer_along() {
    alone(async {
        let (late, beat, timer) = (after(HOUR), tick(HOUR), Timer::new(HOUR));
        assert_eq!(watched(), 0, "nobody waits");
        for receiver in [&late, &beat, timer.receiver()] {
            let clone = receiver.clone();
            let (mut first, mut second) = (receiver.recv(), clone.recv());
            assert!(poll_once(&mut first).await.is_pending());
            assert_eq!(watched(), 1);
            assert!(poll_once(&mut second).await.is_pending());
            assert!(poll_once(&mut second).await.is_pending());
            assert_eq!(watched(), 1, "one clock for all who wait");
            drop(first);
            assert_eq!(watched(), 1);
            drop(second);
            assert_eq!(watched(), 0);
        }
        for _ in 0..10_000 {
            let late = after(HOUR);
            select! {
                _ = late.recv() => unreachable!(),
                () = yield_now() => (),
            }
        }
        assert_eq!(watched(), 0);
        assert_eq!(late.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn each_way_to_give_up_a_wait_gives_up_the_timer() {
    alone(async {
        let late = after(HOUR);
        drop(late.recv());
        let task = spawn({
            let late = late.clone();
            async move { late.recv().await }
        });
        yield_now().await;
        assert_eq!(watched(), 1);
        task.abort();
        assert!(task.await.is_err());
        assert_eq!(watched(), 0);
    });
}

/// `TestAfterStop`, `TestStopResult`
#[test]
fn stop_says_whether_the_value_was_still_to_be_received() {
    alone(async {
        let timer = Timer::new(HOUR);
        assert!(timer.stop() && !timer.stop());

        let begun = Instant::now();
        timer.reset(5 * MS);
        wait_until(begun + 5 * MS);
        assert!(timer.stop(), "due, and not received");
        assert_eq!(timer.receiver().try_recv(), Err(TryRecvError::Empty), "nothing of before");

        timer.reset(Duration::ZERO);
        assert!(timer.receiver().try_recv().is_ok());
        assert!(!timer.stop(), "received");
    });
}

/// `TestReset`, `TestResetResult`
#[test]
fn reset_moves_the_moment_for_those_who_wait() {
    alone(async {
        let timer = Timer::new(HOUR);
        let waits = spawn({
            let receiver = timer.receiver().clone();
            async move { receiver.recv().await }
        });
        yield_now().await;
        let begun = Instant::now();
        assert!(timer.reset(10 * MS));
        let due = waits.await.unwrap().unwrap();
        assert!(due >= begun + 10 * MS && due < begun + HOUR);
        assert!(!timer.reset(HOUR), "received");
        assert!(timer.reset(Duration::ZERO));
        assert!(timer.receiver().recv().await.is_some());
        assert!(!timer.reset(2 * MS));
        assert!(timer.receiver().recv().await.is_some(), "again and again");
        assert_eq!(watched(), 0);
    });
}

/// `TestChan`, where the length is always zero; here it says whether `try_recv` finds something.
#[test]
fn a_timers_channel_has_no_room_and_at_most_one_value() {
    alone(async {
        let begun = Instant::now();
        let (timer, beat) = (Timer::new(2 * MS), tick(2 * MS));
        wait_until(begun + 5 * MS);
        for receiver in [timer.receiver(), &beat] {
            assert_eq!((receiver.len(), receiver.capacity()), (1, Some(0)));
            assert!(!receiver.is_closed());
            assert!(receiver.try_recv().is_ok());
            assert_eq!(receiver.len(), 0);
        }
    });
}

/// `TestStopResult`, `TestResetResult`, with several threads.
#[test]
fn a_stop_and_a_receive_at_the_same_moment_agree_who_was_first() {
    block_on(async {
        for n in 0..2000_u32 {
            let timer = Timer::new(Duration::from_micros(u64::from(n % 100)));
            let receiver = timer.receiver().clone();
            let receives = spawn(async move {
                select! {
                    due = receiver.recv() => due.is_some(),
                    () = sleep(Duration::from_micros(200)) => false,
                }
            });
            if n % 3 == 0 {
                yield_now().await;
            }
            let stopped = timer.stop();
            let received = receives.await.unwrap();
            // Who was handed the value and gave it up after the stop has lost it, as it must be.
            assert!(!(stopped && received), "stopped and received");
            assert_eq!(timer.receiver().try_recv(), Err(TryRecvError::Empty), "stale");
        }
    });
}

#[test]
fn a_value_that_was_handed_over_and_given_up_goes_to_the_next_or_is_stale() {
    alone(async {
        let timer = Timer::new(2 * MS);
        let mut served = timer.receiver().recv();
        assert!(poll_once(&mut served).await.is_pending());
        while watched() > 0 {
            sleep(MS / 10).await;
        }
        drop(served);
        assert!(timer.receiver().try_recv().is_ok(), "it is not lost");

        timer.reset(2 * MS);
        let mut served = timer.receiver().recv();
        assert!(poll_once(&mut served).await.is_pending());
        while watched() > 0 {
            sleep(MS / 10).await;
        }
        timer.reset(HOUR);
        drop(served);
        assert_eq!(timer.receiver().try_recv(), Err(TryRecvError::Empty), "of before the reset");
        assert!(timer.stop());
    });
}

#[test]
fn one_of_many_receivers_gets_the_value_and_of_a_finished_channel_the_others_the_end() {
    block_on(async {
        let late = after(3 * MS);
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let late = late.clone();
                spawn(async move { late.recv().await.is_some() })
            })
            .collect();
        let mut got = 0;
        for task in tasks {
            got += usize::from(task.await.unwrap());
        }
        assert_eq!(got, 1);
    });
}

/// `TestTicker`, `TestTickTimes`
#[test]
fn ticks_keep_their_beat() {
    alone(async {
        let begun = Instant::now();
        let beat = tick(4 * MS);
        let mut before = begun;
        for _ in 0..5 {
            let due = beat.recv().await.unwrap();
            let since = due.duration_since(begun).as_nanos();
            assert_eq!(since / 1_000_000 % 4, 0, "on the beat: {since}");
            assert!(due > before);
            before = due;
        }
    });
}

#[test]
fn a_slow_reader_gets_the_first_tick_it_missed_and_then_the_next() {
    alone(async {
        let begun = Instant::now();
        let beat = tick(4 * MS);
        wait_until(begun + 21 * MS);
        let first = beat.recv().await.unwrap();
        assert!(first < begun + 6 * MS, "the first");
        let second = beat.recv().await.unwrap();
        assert!(second >= begun + 24 * MS, "and none of the others");
        assert!(poll_once(&mut tick(Duration::ZERO).recv()).await.is_pending());
    });
}

#[test]
fn selects_share_a_ticker_without_losing_or_doubling_a_beat() {
    block_on(async {
        let beat = tick(Duration::from_micros(300));
        let taken = Arc::new(std::sync::Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let (beat, taken) = (beat.clone(), Arc::clone(&taken));
                spawn(async move {
                    let end = after(60 * MS);
                    loop {
                        select! {
                            due = beat.recv() => taken.lock().unwrap().push(due.unwrap()),
                            _ = end.recv() => break,
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let mut taken = std::mem::take(&mut *taken.lock().unwrap());
        taken.sort_unstable();
        assert!(taken.len() > 5);
        assert!(taken.windows(2).all(|pair| pair[0] < pair[1]), "each beat once");
    });
}

/// `TestAfterFunc`
#[test]
fn functions_are_called_by_tasks_until_they_are_stopped() {
    block_on(async {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = {
            let calls = Arc::clone(&calls);
            move || _ = calls.fetch_add(1, Ordering::SeqCst)
        };
        let timer = after_func(MS, count.clone());
        while calls.load(Ordering::SeqCst) == 0 {
            yield_now().await;
        }
        assert!(!timer.stop(), "it was called");
        assert!(!timer.reset(MS));
        while calls.load(Ordering::SeqCst) == 1 {
            yield_now().await;
        }
        assert!(poll_once(&mut timer.receiver().recv()).await.is_pending());
        drop(after_func(MS, count.clone()));
        while calls.load(Ordering::SeqCst) == 2 {
            yield_now().await;
        }
        let never = after_func(HOUR, count);
        assert!(never.reset(HOUR));
        assert!(never.stop() && !never.stop());
    });
}

/// `TestAfterFuncStarvation`
#[test]
fn a_function_is_called_on_one_thread_beside_tasks_that_never_rest() {
    alone(async {
        let (tx, rx) = wakeful::channel(1);
        let (ping, pong) = wakeful::channel(0);
        let (answer, answered) = wakeful::channel(0);
        let other = spawn(async move {
            while let Some(n) = pong.recv().await {
                let _ = answer.send(n).await;
            }
        });
        after_func(2 * MS, move || _ = tx.try_send(()));
        loop {
            select! {
                biased;
                _ = rx.recv() => break,
                _ = ping.send(1) => drop(answered.recv().await),
            }
        }
        drop(ping);
        other.await.unwrap();
    });
}

#[test]
fn timers_are_made_anywhere_and_looked_at_without_a_runtime() {
    let (timer, late) = (Timer::new(MS), after(MS));
    assert!(timer.reset(2 * MS));
    std::thread::sleep(5 * MS);
    assert!(timer.receiver().try_recv().is_ok());
    assert_eq!(alone(late.recv()).map(|due| due < Instant::now()), Some(true));
}
