//! What looks like a deadlock of a part and is none.

use std::sync::Arc;
use std::time::Duration;

use wakeful::diagnostics::Action;
use wakeful::sync::{Barrier, Mutex, WaitGroup};
use wakeful::task;
use wakeful::time::sleep;
use wakeful::{channel, spawn};

use crate::alone::alone;
use crate::house::{runtime, ticker};
use crate::told::{already_told_of, let_them_look, until_asleep};

#[test]
fn a_receive_whose_sender_lies_behind_a_live_tasks_pointers_is_no_deadlock() {
    alone(|| {
        struct State {
            _inner: Box<[Option<wakeful::channels::Sender<u8>>]>,
        }
        let rt = runtime(Action::Report);
        rt.block_on(async {
            let (tx, rx) = channel::<u8>(1);
            let state = Arc::new(State { _inner: Box::new([None, Some(tx)]) });
            task::Builder::new().name("patient").spawn(async move { rx.recv().await });
            task::Builder::new().name("keeper").daemon().spawn(async move {
                loop {
                    sleep(Duration::from_millis(10)).await;
                    std::hint::black_box(&state);
                }
            });
            until_asleep("patient").await;
            let_them_look().await;
            assert_eq!(already_told_of("patient"), None);
        });
    });
}

#[test]
fn a_select_with_one_live_arm_is_no_deadlock() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            let (live, rx) = channel::<u8>(1);
            task::Builder::new().name("two arms").spawn(async move {
                let (_mine, own) = channel::<u8>(1);
                wakeful::select! {
                    _ = own.recv() => {},
                    _ = rx.recv() => {},
                }
            });
            until_asleep("two arms").await;
            let_them_look().await;
            assert_eq!(already_told_of("two arms"), None);
            drop(live);
        });
    });
}

#[test]
fn a_group_whose_members_sleep_is_no_deadlock() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            let group = WaitGroup::named("sleepy group");
            let token = group.token();
            let waits = group.clone();
            task::Builder::new().name("waits for members").spawn(async move { waits.wait().await });
            spawn(async move {
                sleep(Duration::from_secs(5)).await;
                drop(token);
            });
            until_asleep("waits for members").await;
            let_them_look().await;
            assert_eq!(already_told_of("sleepy group"), None);
        });
    });
}

#[test]
fn a_lock_whose_guard_moved_to_a_live_task_is_no_deadlock() {
    alone(|| {
        static MOVED: Mutex<()> = Mutex::named("moved guard", ());
        let rt = runtime(Action::Panic);
        rt.block_on(async {
            let other = Arc::new(Mutex::named("other of moved", ()));
            let (tx, rx) = channel(1);
            let second = other.clone();
            let both = Arc::new(Barrier::new(2));
            let met = both.clone();
            let one = task::Builder::new().name("one").spawn(async move {
                let guard = MOVED.lock().await;
                tx.send(guard).await.unwrap();
                met.wait().await;
                drop(second.lock().await);
            });
            let two = task::Builder::new().name("two").spawn(async move {
                let _held = other.lock().await;
                both.wait().await;
                drop(MOVED.lock().await);
            });
            let three = spawn(async move {
                let guard = rx.recv().await;
                until_asleep("one").await;
                until_asleep("two").await;
                let_them_look().await;
                drop(guard);
            });
            for task in [one, two, three] {
                task.await.unwrap();
            }
            assert_eq!(already_told_of("moved guard"), None);
        });
    });
}

#[test]
fn a_receive_whose_sender_is_the_output_of_a_task_is_no_deadlock() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            let (tx, rx) = channel::<u8>(1);
            let patient =
                task::Builder::new().name("patient").spawn(async move { rx.recv().await });
            let giver = spawn(async move { tx });
            until_asleep("patient").await;
            let_them_look().await;
            assert_eq!(already_told_of("patient"), None);
            giver.await.unwrap().send(1).await.unwrap();
            assert_eq!(patient.await.unwrap(), Some(1));
        });
    });
}

#[test]
fn a_task_that_leaked_is_in_the_profile_of_leaks_and_a_live_one_is_not() {
    alone(|| {
        let rt = runtime(Action::Off);
        rt.block_on(async {
            ticker();
            let leaked = task::Builder::new().name("leaked").spawn(async {
                let (_tx, rx) = channel::<u8>(1);
                rx.recv().await
            });
            let (tx, rx) = channel::<u8>(1);
            let fed = task::Builder::new().name("fed").spawn(async move { rx.recv().await });
            until_asleep("fed").await;
            let stuck = || wakeful::diagnostics::verdict::stuck_tasks();
            let is_stuck =
                |name: &str| stuck().tasks.iter().any(|t| t.name.as_deref() == Some(name));
            while !is_stuck("leaked") {
                sleep(Duration::from_millis(20)).await;
            }
            assert!(!is_stuck("fed"));
            drop(tx);
            assert_eq!(fed.await.unwrap(), None);
            leaked.abort();
        });
    });
}

#[test]
fn a_receive_that_a_timer_will_serve_is_no_deadlock() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            let alarm = wakeful::time::after(Duration::from_secs(5));
            let waits = task::Builder::new().name("early").spawn(async move { alarm.recv().await });
            until_asleep("early").await;
            let_them_look().await;
            assert_eq!(already_told_of("early"), None);
            assert!(waits.await.unwrap().is_some());
        });
    });
}
