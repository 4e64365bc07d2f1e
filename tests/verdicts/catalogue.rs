//! Scenarios of the catalogue, by their numbers there, that are stuck in part.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt;
use wakeful::diagnostics::{self, Action, Finding, FindingKind};
use wakeful::sync::{Barrier, Mutex, RwLock, Semaphore, WaitGroup};
use wakeful::time::sleep;
use wakeful::{channel, join, select, spawn, task};

use crate::alone::{alone, alone_as};
use crate::house::{runtime, ticker};
use crate::told::{told_of, until_asleep};

/// Starts what gets stuck beside a ticker; `check` looks at what is told of `word`.
fn told<S: AsyncFnOnce()>(word: &str, start: S, check: impl FnOnce(&Finding)) {
    alone_as::<S>(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            // In a box: what it leaves in its own future is not to lie in that of the root.
            Box::pin(start()).await;
            check(&told_of(word).await);
        });
    });
}

fn is_self(found: &Finding) {
    assert_eq!(found.kind, FindingKind::SelfDeadlock, "{found}");
}

fn is_deadlock(found: &Finding) {
    assert_eq!(found.kind, FindingKind::Deadlock, "{found}");
}

#[test]
fn s43_a_reader_that_asks_to_write() {
    let start = async || {
        spawn(async {
            let lock = RwLock::named("s43 lock", ());
            let _reads = lock.read().await;
            let _writes = lock.write().await;
        });
    };
    told("s43 lock", start, is_self);
}

#[test]
fn s79_three_tasks_in_a_ring_are_one_finding() {
    let start = async || {
        let names = ["s79 a", "s79 b", "s79 c"];
        let locks = names.map(|name| Arc::new(Mutex::named(name, ())));
        let all = Arc::new(Barrier::new(3));
        for n in 0..3 {
            let (one, next) = (locks[n].clone(), locks[(n + 1) % 3].clone());
            let all = all.clone();
            spawn(async move {
                let _one = one.lock().await;
                all.wait().await;
                let _next = next.lock().await;
            });
        }
        told_of("s79 a").await;
        sleep(Duration::from_secs(2)).await;
    };
    told("s79 a", start, |found| {
        assert!(found.headline.ends_with("wait for each other in a ring"), "{found}");
        let findings = diagnostics::findings();
        let of_it = findings.iter().filter(|found| found.kind == FindingKind::Deadlock);
        assert_eq!(of_it.count(), 1);
    });
}

#[test]
fn s80_a_ring_of_readers_and_writers() {
    let start = async || {
        let (a, b) = (RwLock::named("s80 a", ()), RwLock::named("s80 b", ()));
        let locks = Arc::new((a, b, Barrier::new(2)));
        let other = locks.clone();
        spawn(async move {
            let _a = locks.0.read().await;
            locks.2.wait().await;
            let _b = locks.1.write().await;
        });
        spawn(async move {
            let _b = other.1.read().await;
            other.2.wait().await;
            let _a = other.0.write().await;
        });
    };
    told("s80 a", start, is_deadlock);
}

#[test]
fn s84_a_receive_under_a_lock_that_the_only_sender_wants() {
    let start = async || {
        let lock = Arc::new(Mutex::named("s84 lock", ()));
        let (tx, rx) = channel::<u8>(1);
        let held = lock.clone();
        task::Builder::new().name("receiver").spawn(async move {
            let _held = held.lock().await;
            rx.recv().await;
        });
        until_asleep("receiver").await;
        spawn(async move {
            let _held = lock.lock().await;
            tx.send(1).await.ok();
        });
    };
    told("s84 lock", start, is_deadlock);
}

#[test]
fn s87_a_group_is_waited_for_while_its_members_are_still_spawned() {
    let start = async || {
        let group = WaitGroup::named("s87 group");
        spawn(async move {
            let mut tokens: Vec<_> = (0..3).map(|_| group.token()).collect();
            while let Some(token) = tokens.pop() {
                spawn(async move { drop(token) });
                group.wait().await;
            }
        });
    };
    told("s87 group", start, is_deadlock);
}

#[test]
fn s92_who_is_fed_by_a_ring_is_its_victim() {
    let start = async || {
        let locks = Arc::new((Mutex::named("s92 a", ()), Mutex::new(()), Barrier::new(2)));
        let other = locks.clone();
        let (tx, rx) = channel::<u8>(1);
        task::Builder::new().name("victim").spawn(async move { rx.recv().await });
        spawn(async move {
            let _a = locks.0.lock().await;
            locks.2.wait().await;
            let _b = locks.1.lock().await;
            tx.send(1).await.ok();
        });
        spawn(async move {
            let _b = other.1.lock().await;
            other.2.wait().await;
            let _a = other.0.lock().await;
        });
    };
    told("s92 a", start, |found| {
        is_deadlock(found);
        assert!(!found.headline.contains("victim"), "{found}");
    });
}

#[test]
fn s110_items_of_a_stream_and_its_body_want_one_lock() {
    let start = async || {
        task::Builder::new().name("s110 task").spawn(async {
            let lock = &Mutex::named("s110 lock", ());
            let items = futures::stream::iter(0..3).map(|_| async move {
                let _held = lock.lock().await;
                // The others come to the lock, and this one keeps it.
                sleep(Duration::from_millis(1)).await;
                lock.lock().await
            });
            let mut items = pin!(items.buffer_unordered(3));
            while items.next().await.is_some() {}
        });
        until_asleep("s110 task").await;
    };
    // A crowd of another crate keeps wakers of its own: what they will do nobody knows.
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            start().await;
            sleep(Duration::from_secs(2)).await;
            let proofs = diagnostics::findings();
            let is_proof = |found: &Finding| found.class == diagnostics::Class::Proof;
            assert!(!proofs.iter().any(is_proof), "{proofs:?}");
        });
    });
}

#[test]
fn s116_a_future_that_is_left_unpolled_keeps_its_guard() {
    let start = async || {
        spawn(async {
            let lock = Mutex::named("s116 lock", ());
            let mut holder = pin!(async {
                let _held = lock.lock().await;
                sleep(Duration::from_secs(3600)).await;
            });
            select! {
                () = &mut holder => {},
                () = sleep(Duration::from_millis(5)) => {},
            }
            let mut first = true;
            // As a `select!` of which only one arm is polled.
            let mut again = pin!(lock.lock());
            poll_fn(|cx| {
                if std::mem::take(&mut first) {
                    let _ = holder.as_mut().poll(cx);
                }
                again.as_mut().poll(cx).map(drop)
            })
            .await;
        });
        sleep(Duration::from_secs(2)).await;
    };
    // Its timer may wake the task: that counts as a way on, and nothing is proved.
    alone(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            start().await;
            let is_proof = |found: &Finding| found.class == diagnostics::Class::Proof;
            assert!(!diagnostics::findings().iter().any(is_proof));
        });
    });
}

#[test]
fn s123_a_branch_that_nothing_wakes_is_lost_once_the_others_are_done() {
    let start = async || {
        task::Builder::new().name("s123 task").spawn(async {
            join!(poll_fn(|_| Poll::<()>::Pending), sleep(Duration::from_millis(5)));
        });
    };
    told("s123 task", start, |found| {
        assert_eq!(found.kind, FindingKind::LostWakeup, "{found}");
    });
}

#[test]
fn tasks_of_one_line_that_nothing_wakes_are_one_finding_which_says_where() {
    let start = async || {
        for _ in 0..3 {
            task::Builder::new().name("lost alike").spawn(poll_fn(|_| Poll::<()>::Pending));
        }
    };
    told("lost alike", start, |found| {
        assert_eq!(found.kind, FindingKind::LostWakeup, "{found}");
        let text = found.to_string();
        assert!(text.contains(", spawned at tests/verdicts/catalogue.rs:"), "{text}");
        assert!(text.contains("\tand 2 more there\n"), "{text}");
    });
}

#[test]
fn a_task_of_which_a_deadlock_was_told_is_left_over_with_a_word_of_that() {
    let start = async || {
        let [one, two] = [(); 2].map(|()| Arc::new(Mutex::new(())));
        for (first, second) in [(one.clone(), two.clone()), (two, one)] {
            task::Builder::new().name("left in a ring").spawn(async move {
                let _first = first.lock().await;
                sleep(Duration::from_millis(5)).await;
                let _second = second.lock().await;
            });
        }
    };
    told("left in a ring", start, |found| {
        assert!(found.to_string().contains(" was created at tests/verdicts/catalogue.rs:"));
        let left = diagnostics::leak::find();
        let fixes: Vec<&str> = left.iter().filter_map(|leak| leak.fix.as_deref()).collect();
        assert_eq!(fixes, [format!("see {}, which says why they wait", found.id)]);
    });
}

#[test]
fn s94_all_permits_are_with_those_who_want_more() {
    let start = async || {
        let permits = Arc::new(Semaphore::named("s94 permits", 3));
        let all = Arc::new(Barrier::new(3));
        for _ in 0..3 {
            let (permits, all) = (permits.clone(), all.clone());
            spawn(async move {
                let _one = permits.acquire().await;
                all.wait().await;
                let _two = permits.acquire().await;
            });
        }
    };
    told("s94 permits", start, |f| {
        is_deadlock(f);
        let lines = f.evidence.iter().filter(|line| line.text.contains("has a permit of it since"));
        assert_eq!(lines.count(), 3, "{f}");
    });
}
