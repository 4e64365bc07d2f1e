//! Deadlocks of a part: scenarios 78 to 97 of the catalogue.

use std::sync::Arc;

use wakeful::diagnostics::{Action, Class, FindingKind};
use wakeful::sync::{Barrier, Mutex, OnceCell, RwLock, Semaphore, WaitGroup};
use wakeful::task;
use wakeful::{channel, spawn, yield_now};

use crate::alone::alone;
use crate::house::{runtime, ticker};
use crate::told::{proved_of, told_of};

#[test]
fn two_locks_in_two_orders_are_told_and_the_youngest_victim_panics() {
    alone(|| {
        let rt = runtime(Action::Panic);
        rt.block_on(async {
            ticker();
            let a = Arc::new(Mutex::named("ring a", ()));
            let b = Arc::new(Mutex::named("ring b", ()));
            let both = Arc::new(Barrier::new(2));
            let [one, two] = [(&a, &b), (&b, &a)].map(|(first, second)| {
                let (first, second, both) = (first.clone(), second.clone(), both.clone());
                spawn(async move {
                    let _first = first.lock().await;
                    both.wait().await;
                    let _second = second.lock().await;
                })
            });
            let found = proved_of("ring a").await;
            assert_eq!(found.kind, FindingKind::Deadlock, "{found}");
            let (one, two) = (one.await, two.await);
            assert!(one.is_ok() != two.is_ok(), "one panics, the other goes on");
            let error = one.err().or(two.err()).unwrap();
            let message = error.into_panic().downcast::<String>().unwrap();
            assert!(message.starts_with("deadlock: "), "{message}");
            drop((a.lock().await, b.lock().await));
        });
    });
}

#[test]
fn a_send_under_a_lock_that_the_only_receiver_wants_is_told() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            let lock = Arc::new(Mutex::named("send lock", ()));
            let (tx, rx) = channel(0);
            let (under, both) = (lock.clone(), Arc::new(Barrier::new(2)));
            let held = both.clone();
            spawn(async move {
                let _held = under.lock().await;
                held.wait().await;
                let _ = tx.send(1).await;
            });
            spawn(async move {
                both.wait().await;
                let _held = lock.lock().await;
                rx.recv().await;
            });
            let found = told_of("send lock").await;
            assert_eq!((found.kind, found.class), (FindingKind::Deadlock, Class::Likely));
        });
    });
}

#[test]
fn a_group_that_waits_under_a_lock_its_members_want_is_told() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            let lock = Arc::new(Mutex::named("group lock", ()));
            let wg = WaitGroup::new();
            wg.add(1);
            let (under, group) = (lock.clone(), wg.clone());
            let both = Arc::new(Barrier::new(2));
            let held = both.clone();
            spawn(async move {
                both.wait().await;
                drop(under.lock().await);
                group.done();
            });
            spawn(async move {
                let _held = lock.lock().await;
                held.wait().await;
                wg.wait().await;
            });
            let found = told_of("group lock").await;
            assert_eq!(found.kind, FindingKind::Deadlock);
        });
    });
}

#[test]
fn a_receive_by_the_only_sender_is_told() {
    alone(|| {
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
            assert_eq!((found.kind, found.class), (FindingKind::Deadlock, Class::Likely));
            stuck.abort();
        });
    });
}

#[test]
fn a_receive_whose_sender_lies_behind_a_dead_tasks_pointers_is_told() {
    alone(|| {
        struct State {
            _inner: Box<[Option<wakeful::channels::Sender<u8>>]>,
        }
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            let stuck = task::Builder::new().name("boxed sender").spawn(async move {
                let (tx, rx) = channel::<u8>(1);
                let state = Arc::new(State { _inner: Box::new([None, Some(tx)]) });
                let value = rx.recv().await;
                drop(state);
                value
            });
            told_of("boxed sender").await;
            stuck.abort();
        });
    });
}

#[test]
fn a_task_that_locks_again_what_it_holds_panics_by_itself() {
    alone(|| {
        let rt = runtime(Action::Panic);
        rt.block_on(async {
            ticker();
            let lock = Arc::new(Mutex::named("locked again", ()));
            let again = lock.clone();
            let stuck = spawn(async move {
                let _first = again.lock().await;
                let _second = again.lock().await;
            });
            let found = proved_of("locked again").await;
            assert_eq!(found.kind, FindingKind::SelfDeadlock, "{found}");
            assert!(stuck.await.unwrap_err().is_panic());
            drop(lock.lock().await);
        });
    });
}

#[test]
fn a_reader_that_reads_again_behind_a_writer_is_told() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            let lock = Arc::new(RwLock::named("read twice", ()));
            let (reader, both) = (lock.clone(), Arc::new(Barrier::new(2)));
            let reads = both.clone();
            spawn(async move {
                let _first = reader.read().await;
                reads.wait().await;
                // A writer in line keeps readers out.
                while reader.try_read().is_ok() {
                    yield_now().await;
                }
                let _second = reader.read().await;
            });
            spawn(async move {
                both.wait().await;
                drop(lock.write().await);
            });
            told_of("read twice").await;
        });
    });
}

#[test]
fn a_ring_through_the_initializer_of_a_cell_is_told() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            let lock = Arc::new(Mutex::named("cell lock", ()));
            let cell = Arc::new(OnceCell::new());
            let (lock2, cell2) = (lock.clone(), cell.clone());
            let both = Arc::new(Barrier::new(2));
            let held = both.clone();
            spawn(async move {
                let init = async {
                    both.wait().await;
                    drop(lock2.lock().await);
                    7
                };
                assert_eq!(*cell2.get_or_init(|| init).await, 7);
            });
            spawn(async move {
                let _held = lock.lock().await;
                held.wait().await;
                cell.get_or_init(async || 8).await;
            });
            told_of("cell lock").await;
        });
    });
}

#[test]
fn tasks_that_join_each_other_are_told() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            let (tx, rx) = channel::<task::JoinHandle<()>>(1);
            let first = task::Builder::new().name("joins the second").spawn(async move {
                let second = rx.recv().await.unwrap();
                drop(rx);
                let _ = second.await;
            });
            let second = task::Builder::new().name("joins the first").spawn(async move {
                let _ = first.await;
            });
            tx.send(second).await.unwrap();
            let found = proved_of("joins the second").await;
            assert_eq!(found.kind, FindingKind::Deadlock, "{found}");
        });
    });
}

#[test]
fn permits_that_all_wait_for_more_are_told() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            let permits = Arc::new(Semaphore::named("tight", 2));
            let both = Arc::new(Barrier::new(2));
            for _ in 0..2 {
                let (permits, both) = (permits.clone(), both.clone());
                spawn(async move {
                    let _first = permits.acquire().await;
                    both.wait().await;
                    let _second = permits.acquire().await;
                });
            }
            told_of("tight").await;
        });
    });
}

#[test]
fn a_select_whose_arms_are_all_dead_is_told() {
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            let stuck = task::Builder::new().name("no live arm").spawn(async move {
                let (_tx1, one) = channel::<u8>(1);
                let (_tx2, two) = channel::<u8>(1);
                wakeful::select! {
                    _ = one.recv() => {},
                    _ = two.recv() => {},
                }
            });
            told_of("no live arm").await;
            stuck.abort();
        });
    });
}
