//! Which locks count as the same: by name, by line and type, one by one.

use std::sync::Arc;

use wakeful::diagnostics::Class;
use wakeful::spawn;
use wakeful::sync::{Mutex, lock_many};
use wakeful::task::JoinHandle;

use super::{mutexes, nest, report, silent, told, told_all, told_as};

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

#[test]
fn locks_made_in_one_line_are_told_with_their_columns() {
    report(async {
        let (one, two) = (Arc::new(Mutex::new([1_u8; 22])), Arc::new(Mutex::new([2_u8; 22])));
        nest_any(&one, &two).await.unwrap();
        nest_any(&two, &one).await.unwrap();
        let found = told_as(Class::Proof, "[u8; 22]");
        let fix = found.fix.as_deref().unwrap();
        let line = line!() - 5;
        let first = format!("take the mutex of {}:{line}:36 before the mutex of", file!());
        assert!(fix.starts_with(&first), "{found}");
    });
}

fn nest_any<T: Send + 'static>(one: &Arc<Mutex<T>>, other: &Arc<Mutex<T>>) -> JoinHandle<()> {
    let (one, other) = (one.clone(), other.clone());
    spawn(async move { drop((one.lock().await, other.lock().await)) })
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
