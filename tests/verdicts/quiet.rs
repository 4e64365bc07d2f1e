//! Senders that somebody has where they are not easy to see.

use std::thread;

use wakeful::channels::{Sender, unbounded};
use wakeful::context::Context;
use wakeful::runtime::Handle;
use wakeful::task;
use wakeful::time::{after_func, sleep};
use wakeful::{channel, spawn};

use crate::house::{LONG, patient, silent};

#[test]
fn a_sender_in_a_function_that_a_timer_will_call() {
    silent(async || {
        let (tx, rx) = channel::<u8>(1);
        let timer = after_func(LONG, move || {
            let _ = tx.try_send(1);
        });
        patient(async move {
            rx.recv().await;
        });
        timer
    });
}

#[test]
fn a_sender_in_a_function_whose_timer_nobody_keeps() {
    silent(async || {
        let (tx, rx) = channel::<u8>(1);
        drop(after_func(LONG, move || {
            let _ = tx.try_send(1);
        }));
        patient(async move {
            rx.recv().await;
        });
    });
}

#[test]
fn a_sender_in_a_function_that_follows_a_context() {
    silent(async || {
        let (context, cancel) = Context::background().with_timeout(LONG);
        let (tx, rx) = channel::<u8>(1);
        let stop = context.after_func(move || {
            let _ = tx.try_send(1);
        });
        patient(async move {
            rx.recv().await;
        });
        (stop, cancel)
    });
}

#[test]
fn a_sender_on_the_stack_of_a_thread_that_sleeps() {
    silent(async || {
        let (tx, rx) = channel::<u8>(1);
        thread::spawn(move || {
            thread::sleep(LONG);
            drop(tx);
        });
        patient(async move {
            rx.recv().await;
        });
    });
}

#[test]
fn a_sender_on_the_stack_of_a_blocking_job() {
    silent(async || {
        let (tx, rx) = channel::<u8>(1);
        task::spawn_blocking(move || {
            thread::sleep(LONG);
            drop(tx);
        });
        patient(async move {
            rx.recv().await;
        });
    });
}

#[test]
fn a_sender_in_a_future_that_another_thread_blocks_on() {
    silent(async || {
        let (tx, rx) = channel::<u8>(1);
        let handle = Handle::current();
        thread::spawn(move || {
            handle.block_on(async move {
                sleep(LONG).await;
                drop(tx);
            });
        });
        patient(async move {
            rx.recv().await;
        });
    });
}

#[test]
fn a_sender_in_a_value_of_another_channel() {
    silent(async || {
        let (outer, later) = unbounded::<Sender<u8>>();
        let (tx, rx) = channel::<u8>(1);
        outer.try_send(tx).unwrap();
        patient(async move {
            rx.recv().await;
        });
        spawn(async move {
            sleep(LONG).await;
            let _ = later.recv().await;
            drop(outer);
        });
    });
}

#[test]
fn a_sender_in_a_boxed_future_of_a_crowd() {
    silent(async || {
        let (tx, rx) = channel::<u8>(1);
        patient(async move {
            rx.recv().await;
        });
        spawn(async move {
            let late: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move {
                sleep(LONG).await;
                drop(tx);
            });
            let mut all = futures::stream::FuturesUnordered::from_iter([late]);
            while futures::StreamExt::next(&mut all).await.is_some() {}
        });
    });
}

#[test]
fn a_sender_in_a_static() {
    static KEPT: std::sync::Mutex<Option<Sender<u8>>> = std::sync::Mutex::new(None);
    silent(async || {
        let (tx, rx) = channel::<u8>(1);
        *KEPT.lock().unwrap() = Some(tx);
        patient(async move {
            rx.recv().await;
        });
    });
}

#[test]
fn a_sender_in_a_thread_local_of_a_worker() {
    thread_local! {
        static KEPT: std::cell::RefCell<Option<Sender<u8>>> =
            const { std::cell::RefCell::new(None) };
    }
    silent(async || {
        let (tx, rx) = channel::<u8>(1);
        spawn(async move { KEPT.set(Some(tx)) }).await.unwrap();
        patient(async move {
            rx.recv().await;
        });
    });
}
