//! Reader-writer locks: readers that stand in each other's way, and those that do not.

use std::sync::Arc;

use wakeful::diagnostics::{Class, FindingKind};
use wakeful::spawn;
use wakeful::sync::{Mutex, RwLock, RwLockWriteGuard};

use super::{report, silent, told, told_all, told_as};

fn rwlocks<const N: usize>(names: [&'static str; N]) -> [Arc<RwLock<()>>; N] {
    names.map(|name| Arc::new(RwLock::named(name, ())))
}

/// A task that reads one, then the other.
async fn read_both(one: &Arc<RwLock<()>>, other: &Arc<RwLock<()>>) {
    let (one, other) = (one.clone(), other.clone());
    spawn(async move { drop((one.read().await, other.read().await)) })
        .await
        .expect("it does not panic");
}

#[test]
fn s41_a_lock_read_twice_by_one_task_is_a_hazard() {
    report(async {
        let lock = Arc::new(RwLock::named("41 limits", ()));
        drop((lock.read().await, lock.read().await));
        let found = told_as(Class::Likely, "`41 limits`");
        assert_eq!(found.kind, FindingKind::RecursiveRead);
        assert_eq!(found.id.as_str()[..3], *"RR-");
        let (one, two) = (lock.clone(), lock);
        let first = spawn(async move { drop(one.read().await) });
        let second = spawn(async move { drop(two.read().await) });
        first.await.unwrap();
        second.await.unwrap();
        told("`41 limits`");
    });
}

#[test]
fn s45_a_reader_against_a_writer() {
    report(async {
        let [a] = rwlocks(["45 a"]);
        let b = Arc::new(Mutex::named("45 b", ()));
        let (one, two) = (a.clone(), b.clone());
        spawn(async move { drop((one.read().await, two.lock().await)) }).await.unwrap();
        spawn(async move { drop((b.lock().await, a.write().await)) }).await.unwrap();
        told_as(Class::Proof, "`45 a`");
    });
}

#[test]
fn s46_s47_readers_are_in_the_way_only_once_somebody_writes() {
    report(async {
        let [a] = rwlocks(["47 a"]);
        let b = Arc::new(Mutex::named("47 b", ()));
        let read_last = async || {
            let (a, b) = (a.clone(), b.clone());
            spawn(async move { drop((b.lock().await, a.read().await)) }).await.unwrap();
        };
        let (one, two) = (a.clone(), b.clone());
        spawn(async move { drop((one.read().await, two.lock().await)) }).await.unwrap();
        read_last().await;
        silent("`47 a`");
        drop(a.write().await);
        read_last().await;
        let found = told_as(Class::Likely, "`47 a`");
        assert!(found.to_string().contains("only if a task asks to write"), "{found}");
    });
}

#[test]
fn s48_an_order_that_reads_does_not_hide_the_same_one_that_writes() {
    report(async {
        let [a] = rwlocks(["48 a"]);
        let b = Arc::new(Mutex::named("48 b", ()));
        let (one, two) = (a.clone(), b.clone());
        spawn(async move { drop((one.read().await, two.lock().await)) }).await.unwrap();
        let (one, two) = (a.clone(), b.clone());
        spawn(async move { drop((two.lock().await, one.read().await)) }).await.unwrap();
        silent("`48 a`");
        spawn(async move { drop((b.lock().await, a.write().await)) }).await.unwrap();
        told_as(Class::Proof, "`48 a`");
    });
}

#[test]
fn s53_s54_readers_in_both_orders() {
    report(async {
        let [a, b] = rwlocks(["53 a", "53 b"]);
        read_both(&a, &b).await;
        read_both(&b, &a).await;
        silent("`53 a`");
        let [a, b] = rwlocks(["53 c", "53 d"]);
        drop(a.write().await);
        drop(b.try_write().unwrap());
        read_both(&a, &b).await;
        read_both(&b, &a).await;
        told_as(Class::Likely, "`53 c`");
        let locks = rwlocks(["54 a", "54 b", "54 c", "54 d"]);
        for _ in 0..4 {
            let locks = locks.clone();
            spawn(async move {
                let mut held = Vec::new();
                for lock in &locks {
                    held.push(lock.read().await);
                }
            })
            .await
            .unwrap();
        }
        silent("`54 a`");
    });
}

#[test]
fn s58_a_writer_that_reads_on_asks_for_nothing() {
    report(async {
        let [a, b] = rwlocks(["58 a", "58 b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            let one = one.write().await;
            let _two = two.write().await;
            drop(RwLockWriteGuard::downgrade(one));
        })
        .await
        .unwrap();
        spawn(async move {
            let two = a.write().await;
            let _one = b.read().await;
            drop(RwLockWriteGuard::downgrade(two));
        })
        .await
        .unwrap();
        silent("`58 a`");
    });
}

#[test]
fn s61_readers_pass_a_gate_together() {
    report(async {
        let [gate] = rwlocks(["61 gate"]);
        drop(gate.write().await);
        let [a, b] = [(); 2].map(|()| Arc::new(Mutex::named("61 a", ())));
        for (one, other) in [(&a, &b), (&b, &a)] {
            let (gate, one, other) = (gate.clone(), one.clone(), other.clone());
            spawn(async move {
                let _gate = gate.read().await;
                let _one = one.lock().await;
                let _other = other.lock().await;
            })
            .await
            .unwrap();
        }
        let all = told_all("named `61 a`");
        assert_eq!(all.len(), 1, "{all:?}");
    });
}
