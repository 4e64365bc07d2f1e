//! Waits that only the waiter itself, or nobody at all, could end.

use std::mem;
use std::sync::Arc;

use wakeful::channels::oneshot::Sender as Reply;
use wakeful::channels::{broadcast, oneshot, unbounded, watch};
use wakeful::context::Context;
use wakeful::diagnostics::{Action, Finding, FindingKind};
use wakeful::sync::{Barrier, Cond, Mutex, Notify, OnceCell, RwLock, Semaphore, WaitGroup};
use wakeful::task::{self, JoinSet, LocalSet};
use wakeful::{channel, join, select, spawn};

use crate::alone::alone_as;
use crate::house::{runtime, ticker};
use crate::told::{told_of, until_asleep};

/// Starts what gets stuck beside a ticker, and waits until `word` is told.
fn told<S: AsyncFnOnce()>(word: &str, start: S) {
    told_to(word, "", start);
}

/// The same; the advice is to begin like this.
fn told_to<S: AsyncFnOnce()>(word: &str, advice: &str, start: S) {
    alone_as::<S>(|| {
        let rt = runtime(Action::Report);
        rt.block_on(async {
            ticker();
            start().await;
            let found = found(word).await;
            let fix = found.fix.as_deref().unwrap_or_default();
            assert!(fix.starts_with(advice), "{found}");
        });
    });
}

async fn found(word: &str) -> Finding {
    let found = told_of(word).await;
    assert!(matches!(found.kind, FindingKind::Deadlock | FindingKind::SelfDeadlock), "{found}");
    found
}

fn named(name: &'static str, body: impl Future<Output = ()> + Send + 'static) {
    task::Builder::new().name(name).spawn(body);
}

#[test]
fn a_oneshot_whose_sender_the_receiver_has() {
    told("own oneshot", async || {
        named("own oneshot", async {
            let (tx, rx) = oneshot::<u8>();
            let _ = rx.await;
            drop(tx);
        });
    });
}

#[test]
fn a_watch_whose_sender_the_receiver_has() {
    told("own watch", async || {
        named("own watch", async {
            let (tx, mut rx) = watch(1_u8);
            let _ = rx.changed().await;
            drop(tx);
        });
    });
}

#[test]
fn a_broadcast_whose_sender_the_receiver_has() {
    told("own broadcast", async || {
        named("own broadcast", async {
            let (tx, mut rx) = broadcast::<u8>(4);
            let _ = rx.recv().await;
            drop(tx);
        });
    });
}

#[test]
fn an_unbounded_channel_whose_sender_the_receiver_has() {
    told("own unbounded", async || {
        named("own unbounded", async {
            let (tx, rx) = unbounded::<u8>();
            rx.recv().await;
            drop(tx);
        });
    });
}

#[test]
fn a_notify_that_nobody_else_has() {
    told_to("own notify", "call notify_one()", async || {
        named("own notify", async {
            let notify = Arc::new(Notify::new());
            notify.notified().await;
        });
    });
}

#[test]
fn a_condition_that_nobody_announces() {
    told("own cond", async || {
        named("own cond", async {
            let (lock, cond) = (Mutex::new(false), Cond::new());
            let mut ready = lock.lock().await;
            while !*ready {
                ready = cond.wait(ready).await;
            }
        });
    });
}

#[test]
fn a_barrier_with_too_few_members() {
    told("short barrier", async || {
        let barrier = Arc::new(Barrier::new(3));
        for _ in 0..2 {
            let barrier = barrier.clone();
            named("short barrier", async move {
                barrier.wait().await;
            });
        }
    });
}

#[test]
fn a_context_that_nobody_can_cancel() {
    told("uncancelled", async || {
        let (context, cancel) = Context::background().with_cancel();
        cancel.detach();
        named("uncancelled", async move { context.done().await });
    });
}

#[test]
fn a_cell_whose_initializer_asks_for_the_cell() {
    told_to("own cell", "do not ask for once", async || {
        named("own cell", async {
            let cell = Arc::new(OnceCell::new());
            let inner = cell.clone();
            let value = cell.get_or_init(async move || *inner.get_or_init(async || 1).await).await;
            assert_eq!(*value, 1);
        });
    });
}

#[test]
fn a_semaphore_as_a_mutex_taken_twice() {
    told("own permit", async || {
        named("own permit", async {
            let permits = Arc::new(Semaphore::new(1));
            let _first = permits.acquire().await;
            let _second = permits.acquire().await;
        });
    });
}

#[test]
fn owned_permits_taken_twice() {
    told("owned permit", async || {
        named("owned permit", async {
            let permits = Arc::new(Semaphore::new(1));
            let _first = permits.clone().acquire_owned().await;
            let _second = permits.acquire_owned().await;
        });
    });
}

#[test]
fn more_permits_than_there_are() {
    told_to("too many permits", "ask for no more than 2 permits", async || {
        named("too many permits", async {
            let permits = Arc::new(Semaphore::new(2));
            let _permits = permits.acquire_many(3).await;
        });
    });
}

#[test]
fn a_group_that_is_waited_for_by_who_has_a_token() {
    told_to("own token", "call done() on waitgroup", async || {
        named("own token", async {
            let group = WaitGroup::new();
            let _token = group.token();
            group.wait().await;
        });
    });
}

#[test]
fn a_group_whose_member_waits_for_it() {
    told_to("member waits", "do not wait for waitgroup", async || {
        let group = WaitGroup::new();
        let inner = group.clone();
        group.spawn(async move {
            inner.wait().await;
        });
        named("member waits", async move { group.wait().await });
    });
}

#[test]
fn tasks_of_a_local_set_with_two_locks() {
    told("local a", async || {
        let local = LocalSet::new();
        let a = std::rc::Rc::new(Mutex::named("local a", ()));
        let b = std::rc::Rc::new(Mutex::named("local b", ()));
        let both = std::rc::Rc::new(Barrier::new(2));
        for (one, other) in [(&a, &b), (&b, &a)] {
            let (one, other, both) = (one.clone(), other.clone(), both.clone());
            local.spawn_local(async move {
                let _one = one.lock().await;
                both.wait().await;
                let _other = other.lock().await;
            });
        }
        local
            .run_until(async {
                let found = told_of("local a").await;
                assert_eq!(found.kind, FindingKind::Deadlock, "{found}");
            })
            .await;
    });
}

#[test]
fn branches_of_a_join_with_two_locks() {
    told_to("branch a", "take mutex 1 \"branch a\" and mutex", async || {
        named("two branches", async {
            let (a, b) = (Mutex::named("branch a", ()), Mutex::named("branch b", ()));
            let both = Barrier::new(2);
            let one = async {
                let _a = a.lock().await;
                both.wait().await;
                let _b = b.lock().await;
            };
            let other = async {
                let _b = b.lock().await;
                both.wait().await;
                let _a = a.lock().await;
            };
            join!(one, other);
        });
    });
}

#[test]
fn a_guard_that_was_forgotten() {
    told("forgotten lock", async || {
        let lock = Arc::new(RwLock::named("forgotten lock", ()));
        let reader = lock.clone();
        spawn(async move { mem::forget(reader.read_owned().await) }).await.unwrap();
        named("wants to write", async move { drop(lock.write().await) });
    });
}

#[test]
fn a_parent_that_joins_a_child_that_waits_for_the_parent() {
    told_to("parent", "let task 3 \"parent\" send on channel", async || {
        named("parent", async {
            let (tx, rx) = channel::<u8>(1);
            let mut children = JoinSet::new();
            children.spawn(async move { rx.recv().await });
            while children.join_next().await.is_some() {}
            drop(tx);
        });
    });
}

#[test]
fn a_thread_that_blocks_on_what_its_task_would_send() {
    told_to("blocker", "let task 3 \"blocker\" send on", async || {
        named("blocker", async {
            let (tx, rx) = channel::<u8>(1);
            let blocked = task::spawn_blocking(move || {
                wakeful::runtime::Handle::current().block_on(async { rx.recv().await })
            });
            let _ = blocked.await;
            drop(tx);
        });
    });
}

#[test]
fn a_select_under_a_lock_of_channels_that_only_those_have_who_want_the_lock() {
    told("select lock", async || {
        struct Both {
            lock: Mutex<()>,
            next: (wakeful::channels::Sender<u8>, wakeful::channels::Receiver<u8>),
            stop: (wakeful::channels::Sender<u8>, wakeful::channels::Receiver<u8>),
        }
        let lock = Mutex::named("select lock", ());
        let both = Arc::new(Both { lock, next: channel(0), stop: channel(0) });
        let selecting = both.clone();
        named("selects", async move {
            let _held = selecting.lock.lock().await;
            select! {
                _ = selecting.stop.1.recv() => {},
                _ = selecting.next.0.send(1) => {},
            }
        });
        until_asleep("selects").await;
        spawn(async move {
            drop(both.lock.lock().await);
            both.stop.0.close();
        });
    });
}

#[test]
fn an_actor_that_asks_itself() {
    told("actor", async || {
        let (ask, asked) = channel::<Reply<u8>>(0);
        named("actor", async move {
            let own = ask.clone();
            drop(ask);
            while let Some(reply) = {
                let (answer, answered) = oneshot::<u8>();
                own.send(answer).await.ok();
                let _ = answered.await;
                asked.recv().await
            } {
                let _ = reply.send(1);
            }
        });
    });
}
