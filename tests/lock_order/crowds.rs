//! Many locks, and locks taken where one does not expect it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wakeful::diagnostics::Class;
use wakeful::spawn;
use wakeful::sync::Mutex;

use super::{mutexes, nest, report, silent, told_as};

#[test]
fn s14_s15_an_order_is_kept_however_many_locks_come_and_go() {
    report(async {
        let [a, b] = mutexes(["14 a", "14 b"]);
        nest(&a, &b).await.unwrap();
        let unused: Vec<Mutex<u16>> = (0..4096).map(Mutex::new).collect();
        for n in 0..5000 {
            let lock = Mutex::new(n);
            drop((unused[0].lock().await, lock.lock().await));
        }
        nest(&b, &a).await.unwrap();
        told_as(Class::Proof, "`14 a`");
    });
}

#[test]
fn s18_locks_one_by_one_under_private_ones_are_silent() {
    report(async {
        let locks = mutexes(["18 a", "18 b", "18 c", "18 d"]);
        for _ in 0..4 {
            let locks = locks.clone();
            let task = spawn(async move {
                let outer = Mutex::named("18 outer", ());
                let _outer = outer.lock().await;
                for lock in locks.iter().chain(locks.iter().rev()) {
                    drop(lock.lock().await);
                }
            });
            task.await.unwrap();
        }
        silent("`18 ");
    });
}

#[test]
fn s20_all_rotations_of_many_locks_end_soon() {
    report(async {
        let began = Instant::now();
        let locks: Arc<Vec<Mutex<[u8; 20]>>> =
            Arc::new((0..45).map(|_| Mutex::named("20 lock", [0; 20])).collect());
        for first in 0..45 {
            let locks = locks.clone();
            let task = spawn(async move {
                let mut guards = Vec::new();
                for n in 0..45 {
                    guards.push(locks[(first + n) % 45].lock().await);
                }
            });
            task.await.unwrap();
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    });
}

#[test]
fn s29_a_lock_taken_in_a_drop_is_no_harm() {
    struct Takes(Arc<Mutex<()>>);

    impl Drop for Takes {
        fn drop(&mut self) {
            drop(self.0.try_lock());
        }
    }

    report(async {
        let [a, b] = mutexes(["29 a", "29 b"]);
        let (held, takes) = (a.clone(), Takes(b.clone()));
        let task = spawn(async move {
            let _held = held.lock().await;
            drop(takes);
        });
        task.await.unwrap();
        let takes = Takes(a);
        let task = spawn(async move {
            let _takes = takes;
            let _held = b.lock().await;
            std::future::pending::<()>().await;
        });
        task.abort();
        assert!(task.await.is_err());
        silent("`29 a`");
    });
}

#[test]
fn s30_orders_that_all_point_forward_are_silent() {
    const NAMES: [&str; 12] = [
        "30 a", "30 b", "30 c", "30 d", "30 e", "30 f", "30 g", "30 h", "30 i", "30 j", "30 k",
        "30 l",
    ];
    report(async {
        let locks = mutexes(NAMES);
        let mut state = 7_u64;
        for _ in 0..300 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_041);
            let (one, other) = ((state >> 33) as usize % 12, (state >> 45) as usize % 12);
            if one != other {
                nest(&locks[one.min(other)], &locks[one.max(other)]).await.unwrap();
            }
        }
        silent("`30 ");
    });
}
