//! Something is awaited under a lock, and who brings it wants the lock first.

use std::sync::Arc;

use wakeful::channels::oneshot;
use wakeful::diagnostics::FindingKind::Deadlock;
use wakeful::runtime::Handle;
use wakeful::sync::{Cond, Mutex, Notify, Semaphore};
use wakeful::{channel, task, yield_now};

use crate::program::{a_moment, named, stuck};

/// As in grpc: a watcher sends under the lock that who tears down wants before it drains.
#[test]
fn an_update_is_sent_under_the_lock_that_its_only_reader_wants() {
    stuck(Deadlock, async || {
        let conns = Arc::new(Mutex::named("conns", ()));
        let (updates, inbox) = channel::<u32>(1);
        let held = conns.clone();
        named("resolver", async move {
            for n in 0..4 {
                let _held = held.lock().await;
                updates.send(n).await.unwrap();
                a_moment().await;
            }
        });
        named("balancer", async move {
            while inbox.recv().await.is_some() {
                a_moment().await;
                let _held = conns.lock().await;
            }
        });
    })
    .says(&["DL (likely)", "wait for each other", "fix: release mutex"]);
}

#[test]
fn a_child_is_joined_under_the_lock_that_it_wants() {
    stuck(Deadlock, async || {
        let jobs = Arc::new(Mutex::named("jobs", 0));
        named("supervisor", async move {
            let mut count = jobs.lock().await;
            let theirs = jobs.clone();
            let child = task::Builder::new().name("child").spawn(async move {
                *theirs.lock().await += 1;
            });
            child.await.unwrap();
            *count += 1;
        });
    })
    .says(&["DL (", "fix: release mutex 1 \"jobs\""]);
}

#[test]
fn a_blocking_job_is_awaited_under_the_lock_that_it_wants() {
    stuck(Deadlock, async || {
        let db = Arc::new(Mutex::named("db", 0));
        named("request", async move {
            let guard = db.lock().await;
            let theirs = db.clone();
            let job = task::spawn_blocking(move || {
                Handle::current().block_on(async { *theirs.lock().await += 1 });
            });
            job.await.unwrap();
            drop(guard);
        });
    })
    .says(&["request", "db"]);
}

#[test]
fn a_permit_is_wanted_under_a_lock_that_who_has_the_permits_wants() {
    stuck(Deadlock, async || {
        let pool = Arc::new((Semaphore::named("connections", 1), Mutex::named("stats", 0)));
        let other = pool.clone();
        named("query", async move {
            let _permit = pool.0.acquire().await.unwrap();
            a_moment().await;
            *pool.1.lock().await += 1;
        });
        named("report", async move {
            let mut stats = other.1.lock().await;
            a_moment().await;
            let _permit = other.0.acquire().await.unwrap();
            *stats = 0;
        });
    })
    .says(&["DL (likely)", "wait for each other", "fix: release mutex"]);
}

#[test]
fn an_answer_is_awaited_under_the_lock_that_who_answers_wants() {
    stuck(Deadlock, async || {
        let state = Arc::new(Mutex::named("raft", 0));
        let (ask, asked) = channel::<oneshot::Sender<u32>>(8);
        let theirs = state.clone();
        named("applier", async move {
            while let Some(reply) = asked.recv().await {
                let _ = reply.send(*theirs.lock().await);
            }
        });
        named("proposer", async move {
            let mut state = state.lock().await;
            let (reply, answer) = oneshot();
            ask.send(reply).await.unwrap();
            *state = answer.await.unwrap();
        });
    })
    .says(&["DL (likely)", "wait for each other", "fix: release mutex"]);
}

#[test]
fn a_condition_is_awaited_under_a_second_lock() {
    struct Queue {
        outer: Mutex<()>,
        items: Mutex<u32>,
        filled: Cond,
    }
    stuck(Deadlock, async || {
        let (outer, items) = (Mutex::named("outer", ()), Mutex::named("items", 0));
        let queue = Arc::new(Queue { outer, items, filled: Cond::named("filled") });
        let other = queue.clone();
        named("consumer", async move {
            let _outer = queue.outer.lock().await;
            let mut items = queue.items.lock().await;
            while *items == 0 {
                items = queue.filled.wait(items).await;
            }
        });
        named("producer", async move {
            a_moment().await;
            let _outer = other.outer.lock().await;
            *other.items.lock().await += 1;
            other.filled.notify_one();
        });
    })
    .says(&["wait for each other", "fix: release mutex"]);
}

#[test]
fn a_notification_is_awaited_under_the_lock_that_who_notifies_wants() {
    stuck(Deadlock, async || {
        let both = Arc::new((Mutex::named("ready state", false), Notify::named("ready")));
        let other = both.clone();
        named("waiter", async move {
            let state = both.0.lock().await;
            if !*state {
                both.1.notified().await;
            }
        });
        named("setter", async move {
            a_moment().await;
            *other.0.lock().await = true;
            other.1.notify_one();
        });
    })
    .says(&["wait for each other", "fix: release mutex"]);
}

#[test]
fn all_of_a_program_hangs_on_a_lock_that_main_keeps_while_it_joins() {
    stuck(Deadlock, async || {
        let total = Arc::new(Mutex::named("total", 0));
        let guard = total.lock().await;
        let workers: Vec<_> = (0..3)
            .map(|n| {
                let total = total.clone();
                task::Builder::new().name("adder").spawn(async move { *total.lock().await += n })
            })
            .collect();
        yield_now().await;
        for worker in workers {
            let _ = worker.await;
        }
        drop(guard);
    })
    .says(&["DL (", "2 more tasks wait behind them", "fix: release mutex 1 \"total\""]);
}
