//! Locks.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use wakeful::diagnostics::FindingKind::{Deadlock, LockOrder, LongHold, SelfDeadlock};
use wakeful::sync::{Mutex, MutexGuard, OnceCell, OwnedMutexGuard, RwLock};
use wakeful::time::sleep;
use wakeful::{channel, select, spawn, task};

use crate::program::{a_moment, live_on, named, stuck, stuck_beside};

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
fn two_have_locks_by_guards_that_borrow_nothing_while_others_look_at_the_state_they_lie_in() {
    struct App {
        accounts: Arc<Mutex<u32>>,
        audit: Arc<Mutex<u32>>,
    }
    stuck_beside(Deadlock, async || {
        let (accounts, audit) = (Mutex::named("accounts", 0), Mutex::named("audit", 0));
        let app = Arc::new(App { accounts: Arc::new(accounts), audit: Arc::new(audit) });
        for (name, is_first) in [("transfer", true), ("report", false)] {
            let app = app.clone();
            named(name, async move {
                let both = [app.accounts.clone(), app.audit.clone()];
                let [one, other] = if is_first { [0, 1] } else { [1, 0] };
                let _one = both[one].clone().lock_owned().await;
                a_moment().await;
                let _other = both[other].clone().lock_owned().await;
            });
        }
        live_on().await;
        drop(app);
    })
    .says(&["likely", "transfer", "report"]);
}
