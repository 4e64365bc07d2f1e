//! Locks.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use wakeful::channels::oneshot;
use wakeful::diagnostics::FindingKind::{Deadlock, LockOrder, LongHold, SelfDeadlock};
use wakeful::runtime::Handle;
use wakeful::sync::{
    Cond, Mutex, MutexGuard, Notify, OnceCell, OwnedMutexGuard, RwLock, Semaphore,
};
use wakeful::time::sleep;
use wakeful::{channel, select, spawn, task, yield_now};

use crate::program::{a_moment, named, stuck};

/// As in moby: a method that locks calls one that does.
#[test]
fn a_helper_on_the_error_path_locks_what_its_caller_has_locked() {
    struct Daemon {
        containers: Mutex<Vec<&'static str>>,
    }
    impl Daemon {
        async fn remove(&self, name: &str) -> Result<(), String> {
            let mut containers = self.containers.lock().await;
            let Some(at) = containers.iter().position(|c| *c == name) else {
                return Err(format!("{name} is none of {}", self.names().await));
            };
            containers.remove(at);
            Ok(())
        }
        async fn names(&self) -> String {
            self.containers.lock().await.join(", ")
        }
    }
    stuck(SelfDeadlock, async || {
        let daemon = Arc::new(Daemon { containers: Mutex::named("containers", vec!["db"]) });
        named("api", async move {
            daemon.remove("web").await.unwrap_err();
        });
    })
    .says(&["proof", "\"api\" waits for mutex 1 \"containers\", which it holds itself"]);
}

#[test]
fn a_store_and_its_index_are_locked_by_callbacks_in_both_orders() {
    struct Store {
        entries: Mutex<u32>,
        index: Mutex<u32>,
    }
    impl Store {
        async fn put(&self) {
            let mut entries = self.entries.lock().await;
            a_moment().await;
            *self.index.lock().await += *entries;
            *entries += 1;
        }
        async fn compact(&self) {
            let mut index = self.index.lock().await;
            a_moment().await;
            *index -= *self.entries.lock().await;
        }
    }
    stuck(Deadlock, async || {
        let (entries, index) = (Mutex::named("entries", 0), Mutex::named("index", 0));
        let store = Arc::new(Store { entries, index });
        let other = store.clone();
        named("put", async move { store.put().await });
        named("compact", async move { other.compact().await });
    })
    .says(&["DL ("]);
}

#[test]
fn three_services_lock_each_others_state_in_a_ring() {
    stuck(Deadlock, async || {
        let a = Arc::new((
            RwLock::named("routes", ()),
            Mutex::named("peers", ()),
            RwLock::named("leases", ()),
        ));
        let (b, c) = (a.clone(), a.clone());
        named("router", async move {
            let _routes = a.0.read().await;
            a_moment().await;
            let _peers = a.1.lock().await;
        });
        named("gossip", async move {
            let _peers = b.1.lock().await;
            a_moment().await;
            let _leases = b.2.write().await;
        });
        named("lessor", async move {
            let _leases = c.2.read().await;
            a_moment().await;
            let _routes = c.0.write().await;
        });
    })
    .says(&["DL (", "in a ring"]);
}

/// As in kubernetes: the pod worker reads again in a helper while an update waits to write.
#[test]
fn a_reader_reads_again_in_a_helper_behind_a_writer() {
    struct Cache(RwLock<u32>);
    impl Cache {
        async fn total(&self) -> u32 {
            let first = self.0.read().await;
            a_moment().await;
            *first + self.limit().await
        }
        async fn limit(&self) -> u32 {
            *self.0.read().await
        }
    }
    stuck(SelfDeadlock, async || {
        let cache = Arc::new(Cache(RwLock::named("cache", 1)));
        let writer = cache.clone();
        named("reader", async move {
            cache.total().await;
        });
        named("writer", async move {
            sleep(Duration::from_millis(30)).await;
            *writer.0.write().await += 1;
        });
    })
    .says(&["proof", "reader"]);
}

#[test]
fn two_readers_both_want_to_write() {
    stuck(SelfDeadlock, async || {
        let lock = Arc::new(RwLock::named("sessions", 0));
        for name in ["login", "logout"] {
            let lock = lock.clone();
            named(name, async move {
                let count = *lock.read().await;
                let seen = lock.read().await;
                a_moment().await;
                *lock.write().await = count + *seen;
            });
        }
    })
    .says(&["proof"]);
}

#[test]
fn a_guard_leaves_its_function_in_an_error() {
    struct Failed {
        _during: OwnedMutexGuard<u32>,
    }
    impl fmt::Debug for Failed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("failed")
        }
    }
    static ERRORS: std::sync::Mutex<Vec<Failed>> = std::sync::Mutex::new(Vec::new());
    stuck(LongHold, async || {
        let lock = Arc::new(Mutex::named("journal", 0));
        let write =
            async |lock: Arc<Mutex<u32>>| Err::<(), _>(Failed { _during: lock.lock_owned().await });
        let again = lock.clone();
        named("flush", async move {
            if let Err(error) = write(lock).await {
                ERRORS.lock().unwrap().push(error);
            }
        });
        named("append", async move {
            a_moment().await;
            *again.lock().await += 1;
        });
    })
    .says(&["it was taken at", "journal", "fix: let the guard taken at"]);
}

#[test]
fn a_guard_is_forgotten_on_the_error_path() {
    stuck(Deadlock, async || {
        let lock = Arc::new(Mutex::named("state", 0));
        let again = lock.clone();
        named("apply", async move {
            let guard = lock.lock().await;
            if *guard == 0 {
                mem::forget(guard);
            }
        });
        named("read", async move {
            a_moment().await;
            *again.lock().await += 1;
        });
    })
    .says(&[
        "proof",
        "no task is known to hold it",
        "it was taken at",
        "which has ended since",
        "fix",
    ]);
}

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
fn the_initializer_of_a_cell_waits_for_a_task_that_wants_the_cell() {
    stuck(Deadlock, async || {
        static CONFIG: OnceCell<u32> = OnceCell::named("config");
        named("main", async {
            CONFIG
                .get_or_init(async || {
                    let loader = task::Builder::new()
                        .name("loader")
                        .spawn(async { *CONFIG.get_or_init(async || 1).await });
                    loader.await.unwrap()
                })
                .await;
        });
    })
    .says(&["loader", "config"]);
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
fn a_lock_is_kept_by_who_selects_for_ever() {
    stuck(Deadlock, async || {
        let table = Arc::new(Mutex::named("table", 0));
        let theirs = table.clone();
        named("scanner", async move {
            let _table = table.lock().await;
            let (_tx, rx) = channel::<u8>(1);
            let (_stop, stopped) = channel::<u8>(1);
            select! {
                _ = rx.recv() => {},
                _ = stopped.recv() => {},
            }
        });
        for _ in 0..3 {
            let table = theirs.clone();
            named("insert", async move {
                a_moment().await;
                *table.lock().await += 1;
            });
        }
    })
    .says(&["scanner", "table"]);
}

#[test]
fn locks_in_both_orders_that_never_met() {
    stuck(LockOrder, async || {
        let locks = Arc::new((Mutex::named("users", 0), Mutex::named("groups", 0)));
        let other = locks.clone();
        let join = spawn(async move {
            let users = locks.0.lock().await;
            *locks.1.lock().await += *users;
        });
        join.await.unwrap();
        let join = spawn(async move {
            let groups = other.1.lock().await;
            *other.0.lock().await += *groups;
        });
        join.await.unwrap();
    })
    .says(&["LO (proof)", "are taken in both orders", "users", "groups", "fix: take"]);
}

#[test]
fn a_lock_and_a_readers_lock_in_both_orders_over_helpers() {
    struct Node {
        peers: RwLock<u32>,
        log: Mutex<u32>,
    }
    async fn append(node: &Node) -> MutexGuard<'_, u32> {
        node.log.lock().await
    }
    stuck(LockOrder, async || {
        let node = Arc::new(Node { peers: RwLock::named("peers", 0), log: Mutex::named("log", 0) });
        let other = node.clone();
        spawn(async move {
            let peers = node.peers.read().await;
            *append(&node).await += *peers;
        })
        .await
        .unwrap();
        spawn(async move {
            let log = append(&other).await;
            *other.peers.write().await += *log;
        })
        .await
        .unwrap();
    })
    .says(&["LO (proof)", "are taken in both orders", "to read", "fix: take"]);
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
