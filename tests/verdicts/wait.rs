//! Deadlocks of a part: scenarios 78 to 97 of the catalogue.

use std::sync::Arc;
use std::time::Duration;

use wakeful::diagnostics::{Action, Class, Config, FindingKind};
use wakeful::runtime::Builder;
use wakeful::sync::{Mutex, WaitGroup};
use wakeful::task;
use wakeful::time::sleep;
use wakeful::{Runtime, channel, spawn};

use crate::told::{already_told_of, let_them_look, told_of};

fn runtime(action: Action) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .diagnostics(Config::dev().deadlock(action).lock_order(Action::Off))
        .build()
        .unwrap()
}

fn ticker() {
    task::Builder::new().name("ticker").daemon().spawn(async {
        loop {
            sleep(Duration::from_millis(10)).await;
        }
    });
}

#[test]
fn two_locks_in_two_orders_are_told_and_the_youngest_victim_panics() {
    let rt = runtime(Action::Panic);
    rt.block_on(async {
        ticker();
        let a = Arc::new(Mutex::named("ring a", ()));
        let b = Arc::new(Mutex::named("ring b", ()));
        let (a2, b2) = (a.clone(), b.clone());
        let one = spawn(async move {
            let _a = a2.lock().await;
            sleep(Duration::from_millis(50)).await;
            let _b = b2.lock().await;
        });
        let (a2, b2) = (a.clone(), b.clone());
        let two = spawn(async move {
            let _b = b2.lock().await;
            sleep(Duration::from_millis(50)).await;
            let _a = a2.lock().await;
        });
        let found = told_of("ring a").await;
        assert_eq!((found.kind, found.class), (FindingKind::Deadlock, Class::Proof), "{found}");
        let (one, two) = (one.await, two.await);
        assert!(one.is_ok() != two.is_ok(), "one panics, the other goes on");
        let error = one.err().or(two.err()).unwrap();
        let message = error.into_panic().downcast::<String>().unwrap();
        assert!(message.starts_with("deadlock: "), "{message}");
        drop((a.lock().await, b.lock().await));
    });
}

#[test]
fn a_send_under_a_lock_that_the_only_receiver_wants_is_told() {
    let rt = runtime(Action::Report);
    rt.block_on(async {
        ticker();
        let lock = Arc::new(Mutex::named("send lock", ()));
        let (tx, rx) = channel(0);
        let under = lock.clone();
        spawn(async move {
            let _held = under.lock().await;
            sleep(Duration::from_millis(50)).await;
            let _ = tx.send(1).await;
        });
        spawn(async move {
            sleep(Duration::from_millis(20)).await;
            let _held = lock.lock().await;
            rx.recv().await;
        });
        let found = told_of("send lock").await;
        println!("{found}");
        assert_eq!((found.kind, found.class), (FindingKind::Deadlock, Class::Likely));
    });
}

#[test]
fn a_group_that_waits_under_a_lock_its_members_want_is_told() {
    let rt = runtime(Action::Report);
    rt.block_on(async {
        ticker();
        let lock = Arc::new(Mutex::named("group lock", ()));
        let wg = WaitGroup::new();
        wg.add(1);
        let (under, group) = (lock.clone(), wg.clone());
        spawn(async move {
            sleep(Duration::from_millis(20)).await;
            drop(under.lock().await);
            group.done();
        });
        spawn(async move {
            let _held = lock.lock().await;
            wg.wait().await;
        });
        let found = told_of("group lock").await;
        println!("{found}");
        assert_eq!(found.kind, FindingKind::Deadlock);
    });
}

#[test]
fn a_receive_by_the_only_sender_is_told() {
    let rt = runtime(Action::Report);
    rt.block_on(async {
        ticker();
        let stuck = task::Builder::new().name("own sender").spawn(async {
            let (tx, rx) = channel::<u8>(1);
            let value = rx.recv().await;
            drop(tx);
            value
        });
        let found = told_of("own sender").await;
        println!("{found}");
        assert_eq!((found.kind, found.class), (FindingKind::Deadlock, Class::Likely));
        stuck.abort();
    });
}

#[test]
fn a_receive_whose_sender_lies_behind_a_live_tasks_pointers_is_no_deadlock() {
    struct State {
        _inner: Vec<Box<wakeful::channels::Sender<u8>>>,
    }
    let rt = runtime(Action::Report);
    rt.block_on(async {
        let (tx, rx) = channel::<u8>(1);
        let state = Arc::new(State { _inner: vec![Box::new(tx)] });
        task::Builder::new().name("patient").spawn(async move { rx.recv().await });
        task::Builder::new().name("keeper").daemon().spawn(async move {
            loop {
                sleep(Duration::from_millis(10)).await;
                std::hint::black_box(&state);
            }
        });
        let_them_look().await;
        assert_eq!(already_told_of("patient"), None);
    });
}

#[test]
fn a_receive_whose_sender_lies_behind_a_dead_tasks_pointers_is_told() {
    struct State {
        _inner: Vec<Box<wakeful::channels::Sender<u8>>>,
    }
    let rt = runtime(Action::Report);
    rt.block_on(async {
        ticker();
        let stuck = task::Builder::new().name("boxed sender").spawn(async move {
            let (tx, rx) = channel::<u8>(1);
            let state = Arc::new(State { _inner: vec![Box::new(tx)] });
            let value = rx.recv().await;
            drop(state);
            value
        });
        let found = told_of("boxed sender").await;
        println!("{found}");
        stuck.abort();
    });
}
