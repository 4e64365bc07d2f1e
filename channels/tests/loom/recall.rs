//! A value is handed to a task that goes to sleep without it.

use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Poll, Waker};

use wakeful_channels::{channel, select};
use wakeful_diagnostics::current;
use wakeful_diagnostics::registry::word;
use wakeful_sync::shim::{block_on, model, thread};

use crate::poll_once;
use crate::task::{fall_asleep, suspend_past, task, waker_of};

#[test]
fn a_value_for_a_task_that_falls_asleep_goes_to_the_next() {
    model(|| {
        let (tx, rx) = channel(0);
        let asleep = task();
        let mut first = rx.recv();
        assert!(current::scope(asleep, || poll_once(&mut first)).is_pending());
        let other = rx.clone();
        let waiter = thread::spawn(move || block_on(other.recv()));
        let sleeper = thread::spawn(move || fall_asleep(asleep));
        assert_eq!(block_on(tx.send(7)), Ok(()));
        sleeper.join().unwrap();
        assert_eq!(waiter.join().unwrap(), Some(7));
        assert!(poll_once(&mut first).is_pending());
    });
}

#[test]
fn a_value_is_taken_back_while_its_receive_is_polled() {
    model(|| {
        let (tx, rx) = channel(1);
        let asleep = task();
        let other = rx.clone();
        let polls = thread::spawn(move || {
            let mut first = other.recv();
            let mut got = current::scope(asleep, || poll_once(&mut first));
            fall_asleep(asleep);
            if got.is_pending() {
                asleep.word.fetch_or(word::RUNNING, SeqCst);
                got = current::scope(asleep, || poll_once(&mut first));
                fall_asleep(asleep);
            }
            // If it has it now, it had it before nobody polled it any more.
            match got {
                Poll::Ready(value) => value,
                Poll::Pending => None,
            }
        });
        tx.try_send(7).unwrap();
        let got = polls.join().unwrap();
        let left = rx.try_recv().ok();
        assert_eq!(got.or(left), Some(7));
        assert!(got.is_none() || left.is_none());
    });
}

#[test]
fn a_value_is_taken_back_while_its_receive_is_dropped() {
    model(|| {
        let (tx, rx) = channel(0);
        let asleep = task();
        let mut first = rx.recv();
        assert!(current::scope(asleep, || poll_once(&mut first)).is_pending());
        tx.try_send(7).unwrap();
        let sleeper = thread::spawn(move || fall_asleep(asleep));
        drop(first);
        sleeper.join().unwrap();
        assert_eq!(rx.try_recv(), Ok(7));
    });
}

#[test]
fn a_value_is_taken_back_while_the_last_receiver_leaves() {
    model(|| {
        let (tx, rx) = channel(0);
        let value = std::sync::Arc::new(());
        let asleep = task();
        let mut first = rx.recv();
        assert!(current::scope(asleep, || poll_once(&mut first)).is_pending());
        tx.try_send(std::sync::Arc::clone(&value)).unwrap();
        let sleeper = thread::spawn(move || fall_asleep(asleep));
        drop(first);
        drop((rx, tx));
        sleeper.join().unwrap();
        assert_eq!(std::sync::Arc::strong_count(&value), 1);
    });
}

#[test]
fn a_select_whose_task_falls_asleep_gives_its_win_back() {
    model(|| {
        let (tx, rx) = channel(1);
        let (_keep, never) = channel::<u8>(0);
        let asleep = task();
        let mut choice = Box::pin(async {
            select! {
                biased;
                value = rx.recv() => value,
                value = never.recv() => value,
            }
        });
        let mut cx = Context::from_waker(Waker::noop());
        assert!(current::scope(asleep, || choice.as_mut().poll(&mut cx)).is_pending());
        let sleeper = thread::spawn(move || fall_asleep(asleep));
        tx.try_send(7).unwrap();
        sleeper.join().unwrap();
        assert_eq!(rx.try_recv(), Ok(7));
        tx.try_send(8).unwrap();
        assert_eq!(choice.as_mut().poll(&mut cx), Poll::Ready(Some(8)));
    });
}

#[test]
fn a_value_in_a_slot_of_a_task_that_runs_past_it_goes_to_the_next() {
    model(|| {
        let (tx, rx) = channel(0);
        let runs_past = task();
        let waker = waker_of(runs_past);
        let mut first = Box::pin(rx.recv());
        let mut cx = Context::from_waker(&waker);
        assert!(current::scope(runs_past, || first.as_mut().poll(&mut cx)).is_pending());
        let other = rx.clone();
        let waiter = thread::spawn(move || block_on(other.recv()));
        let sleeper = thread::spawn(move || suspend_past(runs_past));
        assert_eq!(block_on(tx.send(7)), Ok(()));
        sleeper.join().unwrap();
        assert_eq!(waiter.join().unwrap(), Some(7));
        assert!(!runs_past.has_grants());
    });
}
