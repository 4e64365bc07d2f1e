//! Guards that move, are dropped unpolled, or unwind.

use std::sync::Arc;

use wakeful::diagnostics::Class;
use wakeful::sync::Mutex;
use wakeful::yield_now;
use wakeful::{channel, spawn};

use super::{mutexes, nest, report, silent, told_as};

#[test]
fn an_owned_guard_that_stays_is_as_good_as_any() {
    report(async {
        let [a, b] = mutexes(["owned a", "owned b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            let held = one.lock_owned().await;
            drop(two.lock().await);
            drop(held);
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        told_as(Class::Proof, "`owned a`");
    });
}

#[test]
fn s71_an_owned_guard_that_moves_says_nothing_of_what_its_taker_does() {
    report(async {
        let [a, b] = mutexes(["71 a", "71 b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            let (tx, rx) = channel(1);
            assert!(tx.send(one.lock_owned().await).await.is_ok());
            let other = spawn(async move { drop(rx.recv().await) });
            drop(two.lock().await);
            other.await.unwrap();
            // Nothing is held any more.
            drop(two.lock().await);
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        silent("`71 a`");
    });
}

static STOCK: Mutex<()> = Mutex::named("71 stock", ());

#[test]
fn s71_a_guard_of_a_static_that_moves_takes_back_what_it_said() {
    report(async {
        let [b] = mutexes(["71 shelf"]);
        let two = b.clone();
        spawn(async move {
            let (tx, rx) = channel(1);
            assert!(tx.send(STOCK.lock().await).await.is_ok());
            drop(two.lock().await);
            spawn(async move { drop(rx.recv().await) }).await.unwrap();
        })
        .await
        .unwrap();
        spawn(async move {
            let _b = b.lock().await;
            let _stock = STOCK.lock().await;
        })
        .await
        .unwrap();
        silent("`71 stock`");
    });
}

#[test]
fn s76_a_wait_that_is_given_up_leaves_nothing_behind() {
    report(async {
        let [a, b] = mutexes(["76 a", "76 b"]);
        let held = b.clone().lock_owned().await;
        let (one, two) = (a.clone(), b.clone());
        let waits = spawn(async move {
            let _one = one.lock().await;
            let _two = two.lock().await;
        });
        while a.try_lock().is_ok() {
            yield_now().await;
        }
        waits.abort();
        assert!(waits.await.unwrap_err().is_cancelled());
        drop(held);
        drop((a.lock().await, b.lock().await));
        silent("`76 a`");
    });
}

#[test]
fn s77_a_lock_released_by_a_panic_is_not_held() {
    report(async {
        let [a, b] = mutexes(["77 a", "77 b"]);
        let one = a.clone();
        let failed = spawn(async move {
            let _one = one.lock().await;
            std::panic::resume_unwind(Box::new("on purpose"));
        });
        assert!(failed.await.unwrap_err().is_panic());
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let _one = one.try_lock().unwrap();
                std::panic::resume_unwind(Box::new("on purpose"));
            }));
            assert!(caught.is_err());
            drop(two.lock().await);
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        silent("`77 a`");
    });
}

#[test]
fn a_guard_that_is_forgotten_is_not_held_once_its_lock_is_gone() {
    report(async {
        let [b] = mutexes(["forgot b"]);
        let two = b.clone();
        spawn(async move {
            let lost = Arc::new(Mutex::named("forgot a", ()));
            std::mem::forget(lost.lock().await);
            drop(lost);
            drop(two.lock().await);
            let next = Arc::new(Mutex::named("forgot c", ()));
            nest(&two, &next).await.unwrap();
            drop(two.lock().await);
        })
        .await
        .unwrap();
        let a = Arc::new(Mutex::named("forgot a", ()));
        nest(&b, &a).await.unwrap();
        silent("`forgot a`");
        silent("`forgot c`");
    });
}
