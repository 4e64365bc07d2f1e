//! Locks that are taken inside another one, and those that are only tried.

use std::sync::Arc;

use wakeful::diagnostics::Class;
use wakeful::spawn;
use wakeful::sync::{Mutex, Semaphore, WaitGroup};
use wakeful::task::JoinHandle;

use super::{mutexes, nest, report, silent, told_as};

type Lock = Arc<Mutex<()>>;

/// A task that takes one lock inside the other, and both inside a gate.
fn through(gate: &Lock, one: &Lock, other: &Lock) -> JoinHandle<()> {
    let (gate, one, other) = (gate.clone(), one.clone(), other.clone());
    spawn(async move {
        let _gate = gate.lock().await;
        let _one = one.lock().await;
        let _other = other.lock().await;
    })
}

#[test]
fn s31_to_s35_s39_s40_a_try_has_orders_out_of_it_and_none_into_it() {
    report(async {
        let [a, b] = mutexes(["31 a", "31 b"]);
        for (one, other) in [(&a, &b), (&b, &a)] {
            let (one, other) = (one.clone(), other.clone());
            spawn(async move {
                let _one = one.lock().await;
                assert!(one.try_lock().is_err(), "its own");
                let _other = other.try_lock().unwrap();
            })
            .await
            .unwrap();
        }
        silent("`31 a`");
        let [a, b, c] = mutexes(["35 a", "35 b", "35 c"]);
        let (one, two, three) = (a.clone(), b.clone(), c.clone());
        spawn(async move {
            let _one = one.lock().await;
            let _two = two.try_lock().unwrap();
            let _three = three.lock().await;
        })
        .await
        .unwrap();
        nest(&c, &a).await.unwrap();
        told_as(Class::Proof, "`35 a`");
        let (one, two) = (a.clone(), b.clone());
        silent("`35 a` and `35 b`");
        let [a, b] = [one, two];
        nest(&a, &b).await.unwrap();
        silent("`35 b` and `35 a`");
    });
}

#[test]
fn s59_s60_a_gate_keeps_orders_apart_until_one_goes_round_it() {
    report(async {
        let [gate, a, b] = mutexes(["59 gate", "59 a", "59 b"]);
        for (one, other) in [(&a, &b), (&b, &a)] {
            through(&gate, one, other).await.unwrap();
        }
        silent("`59 a`");
        nest(&a, &b).await.unwrap();
        let found = told_as(Class::Proof, "`59 a`");
        assert!(found.to_string().contains("holding `59 gate` as well"), "{found}");
    });
}

#[test]
fn s62_s63_a_second_gate_of_the_class_keeps_nothing_apart() {
    report(async {
        let [gate, other_gate, a, b] = mutexes(["63 gate", "63 gate", "63 a", "63 b"]);
        through(&gate, &a, &b).await.unwrap();
        through(&gate, &b, &a).await.unwrap();
        silent("`63 a`");
        through(&other_gate, &b, &a).await.unwrap();
        told_as(Class::Proof, "`63 a`");
    });
}

#[test]
fn s66_under_an_outer_lock_any_order_of_inner_ones_is_safe() {
    report(async {
        let [x, one, two] = mutexes(["66 x", "66 y", "66 y"]);
        for (from, to) in [(&one, &two), (&two, &one)] {
            through(&x, from, to).await.unwrap();
        }
        silent("`66 y`");
        nest(&one, &two).await.unwrap();
        nest(&two, &one).await.unwrap();
        told_as(Class::Proof, "`66 y`");
    });
}

#[test]
fn members_of_one_group_are_not_kept_apart_by_it() {
    report(async {
        let [a, b] = mutexes(["group a", "group b"]);
        let group = WaitGroup::new();
        for (one, other) in [(&a, &b), (&b, &a)] {
            let (one, other) = (one.clone(), other.clone());
            group.spawn(async move {
                let _one = one.lock().await;
                let _other = other.lock().await;
            });
            group.wait().await;
        }
        told_as(Class::Proof, "`group a`");
    });
}

#[test]
fn permits_keep_others_out() {
    report(async {
        for (permits, locks) in [(1, ["permit a", "permit b"]), (2, ["permits a", "permits b"])] {
            let semaphore = Arc::new(Semaphore::new(permits as usize));
            let [a, b] = mutexes(locks);
            for (one, other) in [(&a, &b), (&b, &a)] {
                let (semaphore, one, other) = (semaphore.clone(), one.clone(), other.clone());
                let task = spawn(async move {
                    let _permits = semaphore.acquire_many(permits).await.unwrap();
                    let _one = one.lock().await;
                    let _other = other.lock().await;
                });
                task.await.unwrap();
            }
            silent(locks[0]);
        }
    });
}
