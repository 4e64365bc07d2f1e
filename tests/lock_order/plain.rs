//! Mutexes: rings, instances and classes, gates, tries.

use std::sync::Arc;

use wakeful::diagnostics::Class;
use wakeful::sync::{Cond, Mutex, WaitGroup, lock_many};
use wakeful::yield_now;
use wakeful::{Runtime, spawn};

use super::{mutexes, nest, report, runtime, silent, told, told_all, told_as};

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
fn s2_s3_two_locks_of_one_line_are_told_apart() {
    report(async {
        let locks: Vec<_> = (0..3).map(|_| Arc::new(Mutex::named("3 x", ()))).collect();
        for (from, to) in [(0, 1), (1, 2), (0, 2)] {
            nest(&locks[from], &locks[to]).await.unwrap();
        }
        silent("`3 x`");
        nest(&locks[2], &locks[0]).await.unwrap();
        told_as(Class::Proof, "`3 x`");
    });
}

#[test]
fn s21_s23_what_locks_said_that_are_gone_counts_for_their_class() {
    report(async {
        let [a, c] = mutexes(["21 a", "21 c"]);
        {
            let b = Arc::new(Mutex::named("21 b", ()));
            let _a = a.lock().await;
            let _b = b.lock().await;
            let _c = c.lock().await;
        }
        nest(&c, &a).await.unwrap();
        told_as(Class::Proof, "`21 a`");
        for turned in [false, true] {
            let [one, two] = mutexes(["23 a", "23 b"]);
            let (from, to) = if turned { (&two, &one) } else { (&one, &two) };
            nest(from, to).await.unwrap();
        }
        let found = told_as(Class::Likely, "`23 a`");
        assert!(found.to_string().contains("not the same locks"), "{found}");
    });
}

#[test]
fn s67_a_ring_of_classes_becomes_a_proof_when_the_same_locks_meet() {
    report(async {
        let [a, b, other_a, other_b] = mutexes(["67 a", "67 b", "67 a", "67 b"]);
        nest(&a, &b).await.unwrap();
        nest(&other_b, &other_a).await.unwrap();
        told_as(Class::Likely, "`67 a`");
        nest(&b, &a).await.unwrap();
        told_as(Class::Proof, "`67 a`");
    });
}

#[test]
fn locks_without_a_name_are_known_by_line_and_type() {
    report(async {
        let make = || (Arc::new(Mutex::new(1_u8)), Arc::new(Mutex::new("unnamed")));
        for turned in [false, true] {
            let (one, two) = make();
            spawn(async move {
                if turned {
                    drop((two.lock().await, one.lock().await));
                } else {
                    drop((one.lock().await, two.lock().await));
                }
            })
            .await
            .unwrap();
        }
        let found = told_all("mutex of `&str`");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].class, Class::Likely);
    });
}

#[derive(Default)]
struct Pair {
    one: Mutex<[u8; 21]>,
    two: Mutex<[u8; 21]>,
}

#[test]
fn locks_made_by_one_derive_are_told_apart() {
    report(async {
        // Of both fields, line and type are the same: as classes they would be a ring at once.
        for _ in 0..2 {
            let pair = Arc::new(Pair::default());
            spawn(async move { drop((pair.one.lock().await, pair.two.lock().await)) })
                .await
                .unwrap();
        }
        silent("[u8; 21]");
        let pair = Arc::new(Pair::default());
        for turned in [false, true] {
            let pair = pair.clone();
            spawn(async move {
                let (from, to) =
                    if turned { (&pair.two, &pair.one) } else { (&pair.one, &pair.two) };
                drop((from.lock().await, to.lock().await));
            })
            .await
            .unwrap();
        }
        told_as(Class::Proof, "[u8; 21]");
    });
}

#[test]
fn locks_made_in_the_library_stand_for_themselves() {
    report(async {
        // The line is one of `Option::unwrap_or_default` and the like, whoever calls it.
        let make = || Arc::new(std::hint::black_box(None::<Mutex<[u8; 22]>>).unwrap_or_default());
        let [a, b, c, d] = [(); 4].map(|()| make());
        for (from, to) in [(&a, &b), (&c, &d), (&d, &a)] {
            let (from, to) = (from.clone(), to.clone());
            spawn(async move { drop((from.lock().await, to.lock().await)) }).await.unwrap();
        }
        let all = told_all("lock ");
        assert!(all.iter().all(|found| !found.headline.starts_with("lock ")), "{all:?}");
        let (from, to) = (b, c);
        spawn(async move { drop((from.lock().await, to.lock().await)) }).await.unwrap();
        let all = told_all("lock ");
        let found = all.iter().find(|found| found.headline.starts_with("lock ")).expect("a ring");
        assert_eq!((found.class, found.subjects.len()), (Class::Proof, 8), "{found}");
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
            let (gate, one, other) = (gate.clone(), one.clone(), other.clone());
            spawn(async move {
                let _gate = gate.lock().await;
                let _one = one.lock().await;
                let _other = other.lock().await;
            })
            .await
            .unwrap();
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
        let through =
            async |gate: &Arc<Mutex<()>>, one: &Arc<Mutex<()>>, other: &Arc<Mutex<()>>| {
                let (gate, one, other) = (gate.clone(), one.clone(), other.clone());
                spawn(async move {
                    let _gate = gate.lock().await;
                    let _one = one.lock().await;
                    let _other = other.lock().await;
                })
                .await
                .unwrap();
            };
        through(&gate, &a, &b).await;
        through(&gate, &b, &a).await;
        silent("`63 a`");
        through(&other_gate, &b, &a).await;
        told_as(Class::Proof, "`63 a`");
    });
}

#[test]
fn s64_lock_many_has_no_inversions_of_its_own() {
    report(async {
        let locks: Arc<[_; 2]> = Arc::new([(); 2].map(|()| Mutex::named("64 x", ())));
        for turned in [false, true] {
            let locks = locks.clone();
            spawn(async move {
                let [one, two] = &*locks;
                let [one, two] = if turned { [two, one] } else { [one, two] };
                drop(lock_many([one, two]).await);
            })
            .await
            .unwrap();
        }
        // The same locks at other addresses.
        let Some(locks) = Arc::into_inner(locks) else { panic!("tasks are over") };
        let [one, two] = locks;
        let moved = Arc::new([two, one]);
        let both = moved.clone();
        spawn(async move { drop(lock_many([&both[0], &both[1]]).await) }).await.unwrap();
        silent("`64 x`");
        // By hand, whichever way is not that of the addresses.
        spawn(async move { drop((moved[1].lock().await, moved[0].lock().await)) }).await.unwrap();
        told("`64 x`");
    });
}

#[test]
fn s65_subclasses_have_an_order_of_their_own() {
    report(async {
        let parent = Arc::new(Mutex::named("65 tree", ()).subclass(0));
        let children: Vec<_> =
            (0..3).map(|_| Arc::new(Mutex::named("65 tree", ()).subclass(1))).collect();
        for child in &children {
            nest(&parent, child).await.unwrap();
        }
        silent("`65 tree`");
        nest(&children[0], &parent).await.unwrap();
        let found = told_as(Class::Proof, "`65 tree`");
        assert_eq!(found.headline, "`65 tree` and `65 tree#1` are taken in both orders");
    });
}

#[test]
fn s66_under_an_outer_lock_any_order_of_inner_ones_is_safe() {
    report(async {
        let [x, one, two] = mutexes(["66 x", "66 y", "66 y"]);
        for (from, to) in [(&one, &two), (&two, &one)] {
            let (x, from, to) = (x.clone(), from.clone(), to.clone());
            spawn(async move {
                let _x = x.lock().await;
                let _from = from.lock().await;
                let _to = to.lock().await;
            })
            .await
            .unwrap();
        }
        silent("`66 y`");
        nest(&one, &two).await.unwrap();
        nest(&two, &one).await.unwrap();
        told_as(Class::Proof, "`66 y`");
    });
}

#[test]
fn s70_what_main_does_alone_is_a_hint() {
    let runtime: Runtime = runtime(wakeful::diagnostics::Action::Report);
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
        told_as(Class::Proof, "`72 a`");
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
