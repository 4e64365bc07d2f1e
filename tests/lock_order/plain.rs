//! Mutexes: rings of orders, and what is none.

use std::sync::Arc;

use wakeful::diagnostics::{Action, Class};
use wakeful::sync::{Cond, Mutex, WaitGroup};
use wakeful::{spawn, yield_now};

use super::{mutexes, nest, report, runtime, silent, told, told_as};

#[test]
fn s5_both_orders_by_two_tasks_that_never_meet_are_a_proof() {
    report(async {
        let [a, b] = mutexes(["5 a", "5 b"]);
        let first = line!() + 3;
        let one = (a.clone(), b.clone());
        spawn(async move {
            let _a = one.0.lock().await;
            let _b = one.1.lock().await;
        })
        .await
        .unwrap();
        silent("`5 a`");
        nest(&b, &a).await.unwrap();
        let found = told_as(Class::Proof, "`5 a`");
        assert_eq!(found.headline, "`5 a` and `5 b` are taken in both orders");
        let text = found.to_string();
        let places = format!("`5 a` ({}:{first}), then `5 b` ({0}:{})", file!(), first + 1);
        assert!(text.contains(&places), "{text}");
        assert!(text.contains("is a mutex created at "), "{text}");
    });
}

#[test]
fn s12_s13_a_ring_is_told_once_however_often_it_shows() {
    report(async {
        let [a, b] = mutexes(["12 a", "12 b"]);
        nest(&a, &b).await.unwrap();
        let group = WaitGroup::new();
        for _ in 0..20 {
            let (a, b) = (a.clone(), b.clone());
            group.spawn(async move {
                for _ in 0..10 {
                    let _b = b.lock().await;
                    let _a = a.lock().await;
                }
            });
        }
        group.wait().await;
        told("`12 a`");
    });
}

#[test]
fn s4_one_task_that_shows_both_orders_is_likely_and_says_so() {
    report(async {
        let [a, b] = mutexes(["4 a", "4 b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            drop((one.lock().await, two.lock().await));
            drop((two.lock().await, one.lock().await));
        })
        .await
        .unwrap();
        let found = told_as(Class::Likely, "`4 a`");
        assert!(found.to_string().contains("seen in one task"), "{found}");
        nest(&b, &a).await.unwrap();
        told_as(Class::Proof, "`4 a`");
    });
}

#[test]
fn s6_to_s11_a_ring_of_four_is_told_by_its_last_order() {
    report(async {
        let [a, b, c, d] = mutexes(["6 a", "6 b", "6 c", "6 d"]);
        for (one, other) in [(&a, &b), (&c, &d), (&b, &c)] {
            nest(one, other).await.unwrap();
        }
        silent("`6 a`");
        nest(&d, &a).await.unwrap();
        let found = told_as(Class::Proof, "`6 a`");
        assert!(found.headline.ends_with("are taken in a ring of orders"), "{found}");
    });
}

#[test]
fn s16_s17_s28_private_or_not_nested_locks_are_silent() {
    report(async {
        let shared = mutexes(["28 a", "28 b"]);
        let group = WaitGroup::new();
        for task in 0..4 {
            let [a, b] = shared.clone();
            group.spawn(async move {
                let own: Vec<_> = (0..4).map(|_| Mutex::named("16 own", ())).collect();
                for _ in 0..100 {
                    let mut held = Vec::new();
                    for lock in &own {
                        held.push(lock.lock().await);
                    }
                    drop(held);
                    let (first, second) = if task % 2 == 0 { (&a, &b) } else { (&b, &a) };
                    drop(first.lock().await);
                    drop(second.lock().await);
                }
            });
        }
        group.wait().await;
        silent("`16 own`");
        silent("`28 a`");
    });
}

#[test]
fn s24_s27_hand_over_hand() {
    report(async {
        let list: Vec<_> = (0..6).map(|_| Mutex::named("24 node", ())).collect();
        let list = Arc::new(list);
        for _ in 0..2 {
            let list = list.clone();
            spawn(async move {
                let mut held = list[0].lock().await;
                for node in &list[1..] {
                    held = node.lock().await;
                }
                drop(held);
            })
            .await
            .unwrap();
        }
        silent("`24 node`");
        let [a, b, c] = mutexes(["27 a", "27 b", "27 c"]);
        let (one, two, three) = (a.clone(), b.clone(), c.clone());
        spawn(async move {
            let first = one.lock().await;
            let _second = two.lock().await;
            drop(first);
            let _third = three.lock().await;
        })
        .await
        .unwrap();
        nest(&c, &a).await.unwrap();
        assert!(told("`27 b`").headline.contains("ring"));
    });
}

#[test]
fn s26_twelve_deep_beyond_what_a_record_holds() {
    report(async {
        let names = [
            "26 0", "26 1", "26 2", "26 3", "26 4", "26 5", "26 6", "26 7", "26 8", "26 9",
            "26 10", "26 11",
        ];
        let locks = mutexes(names);
        for _ in 0..3 {
            let locks = locks.clone();
            spawn(async move {
                let mut held = Vec::new();
                for lock in &locks {
                    held.push(lock.lock().await);
                }
            })
            .await
            .unwrap();
        }
        silent("`26 0`");
        nest(&locks[11], &locks[0]).await.unwrap();
        assert_eq!(told("`26 11`").headline, "`26 0` and `26 11` are taken in both orders");
    });
}

#[test]
fn s70_what_main_does_alone_is_a_hint() {
    let runtime = runtime(Action::Report);
    runtime.block_on(async {
        let [a, b] = mutexes(["70 a", "70 b"]);
        drop((b.lock().await, a.lock().await));
        nest(&a, &b).await.unwrap();
        told_as(Class::Hint, "`70 a`");
    });
}

#[test]
fn s72_a_task_that_moves_between_workers_keeps_what_it_holds() {
    report(async {
        let [a, b] = mutexes(["72 a", "72 b"]);
        let (one, two) = (a.clone(), b.clone());
        let busy: Vec<_> = (0..4)
            .map(|_| {
                spawn(async {
                    for _ in 0..50 {
                        yield_now().await;
                    }
                })
            })
            .collect();
        spawn(async move {
            let _a = one.lock().await;
            for _ in 0..50 {
                yield_now().await;
            }
            let _b = two.lock().await;
        })
        .await
        .unwrap();
        for task in busy {
            task.await.unwrap();
        }
        nest(&b, &a).await.unwrap();
        told_as(Class::Likely, "`72 a`");
    });
}

#[test]
fn a_condition_takes_its_lock_again_while_others_are_held() {
    report(async {
        let [state, other] = mutexes(["cond state", "cond other"]);
        let cond = Arc::new(Cond::new());
        let (mine, held, called) = (state.clone(), other.clone(), cond.clone());
        let waits = spawn(async move {
            let guard = mine.lock().await;
            let _other = held.lock().await;
            drop(called.wait(guard).await);
        });
        while !waits.is_finished() {
            cond.notify_all();
            yield_now().await;
        }
        waits.await.unwrap();
        told_as(Class::Likely, "`cond state`");
    });
}
