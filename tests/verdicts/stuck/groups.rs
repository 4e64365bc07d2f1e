//! Groups, conditions, permits.

use std::sync::Arc;

use wakeful::diagnostics::FindingKind::{Deadlock, SelfDeadlock};
use wakeful::sync::{Cond, Group, Mutex, Notify, Once, Semaphore, WaitGroup};
use wakeful::task::{self, LocalSet};
use wakeful::{channel, spawn};

use crate::program::{a_moment, named, stuck};

#[test]
fn an_item_that_is_skipped_is_never_done() {
    stuck(Deadlock, async || {
        named("sync", async {
            let group = WaitGroup::named("files");
            group.add(4);
            for n in 0..4 {
                if n == 2 {
                    continue;
                }
                let group = group.clone();
                spawn(async move { group.done() });
            }
            group.wait().await;
        });
    })
    .says(&["likely", "sync", "files", "still counts 1", "fix: call done() on"]);
}

#[test]
fn a_member_that_fails_returns_before_it_is_done() {
    stuck(Deadlock, async || {
        named("push", async {
            let group = WaitGroup::named("layers");
            for n in 0..3 {
                group.add(1);
                let group = group.clone();
                spawn(async move {
                    if n == 1 {
                        return Err("layer is gone");
                    }
                    group.done();
                    Ok(())
                });
            }
            group.wait().await;
        });
    })
    .says(&["likely", "layers"]);
}

/// As in moby: the wait stands in the loop that starts the members.
#[test]
fn a_group_is_awaited_in_the_loop_that_starts_its_members() {
    stuck(Deadlock, async || {
        named("plugins", async {
            let group = WaitGroup::named("plugins group");
            group.add(3);
            for _ in 0..3 {
                let group = group.clone();
                spawn(async move { group.done() }).await.unwrap();
                a_moment().await;
                group_wait(&group_of()).await;
            }
            group.wait().await;
        });
        fn group_of() -> WaitGroup {
            let group = WaitGroup::named("inner group");
            group.add(1);
            group
        }
        async fn group_wait(group: &WaitGroup) {
            group.wait().await;
        }
    })
    .says(&["likely", "inner group"]);
}

#[test]
fn a_limited_group_spawns_into_itself() {
    stuck(Deadlock, async || {
        named("crawl", async {
            let group = Group::<()>::new();
            group.limit(1);
            let inner = group.clone();
            group.spawn(async move {
                let (found, pages) = channel::<u32>(1);
                inner.spawn(async move {
                    found.send(1).await.unwrap();
                    Ok(())
                });
                pages.recv().await;
                Ok(())
            });
            let _ = group.wait().await;
        });
    })
    .says(&["wait for each other", "stuck/groups.rs", "limit of a group"]);
}

/// As in cockroach: the signal comes before who waits for it.
#[test]
fn a_signal_comes_before_who_waits_for_it() {
    stuck(Deadlock, async || {
        let both = Arc::new((Mutex::named("state", ()), Cond::named("changed")));
        let other = both.clone();
        named("signals", async move { other.1.notify_all() });
        named("waits", async move {
            a_moment().await;
            let guard = both.0.lock().await;
            drop(both.1.wait(guard).await);
        });
    })
    .says(&["likely", "waits", "changed", "nobody awake is left to notify it"]);
}

#[test]
fn each_request_takes_a_second_connection_while_it_has_one() {
    stuck(Deadlock, async || {
        let pool = Arc::new(Semaphore::named("connections", 4));
        for _ in 0..4 {
            let pool = pool.clone();
            named("request", async move {
                let _one = pool.acquire().await.unwrap();
                a_moment().await;
                let _two = pool.acquire().await.unwrap();
            });
        }
    })
    .says(&["likely", "connections", "request", "has a permit of it since"]);
}

#[test]
fn a_permit_is_forgotten_on_the_error_path() {
    stuck(Deadlock, async || {
        let pool = Arc::new(Semaphore::named("slots", 1));
        named("job", async move {
            for n in 0..2 {
                let permit = pool.acquire().await.unwrap();
                if n == 0 {
                    permit.forget();
                }
            }
        });
    })
    .says(&["likely", "slots", "has no permits", "fix: make semaphore"]);
}

#[test]
fn more_is_asked_for_than_the_pool_has() {
    stuck(Deadlock, async || {
        let memory = Arc::new(Semaphore::named("megabytes", 64));
        named("upload", async move {
            let _all = memory.acquire_many(128).await;
        });
    })
    .says(&["likely", "megabytes", "fix: ask for no more than 64 permits"]);
}

#[test]
fn who_notifies_waiters_comes_too_early() {
    stuck(Deadlock, async || {
        let stop = Arc::new(Notify::named("stop"));
        let other = stop.clone();
        named("main loop", async move {
            a_moment().await;
            stop.notified().await;
        });
        named("signal", async move { other.notify_waiters() });
    })
    .says(&["likely", "stop", "nobody awake is left to notify it"]);
}

#[test]
fn what_runs_once_runs_itself_again() {
    stuck(SelfDeadlock, async || {
        static SETUP: Once = Once::named("setup");
        fn setup() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(async {
                SETUP
                    .call_once(async || {
                        a_moment().await;
                        setup().await;
                    })
                    .await;
            })
        }
        named("boot", setup());
    })
    .says(&["boot", "setup"]);
}

#[test]
fn a_local_task_joins_one_that_waits_for_it() {
    stuck(Deadlock, async || {
        let local = LocalSet::new();
        let (tell, told) = channel::<task::JoinHandle<()>>(1);
        let first = local.spawn_local(async move {
            if let Some(second) = told.recv().await {
                let _ = second.await;
            }
        });
        let second = local.spawn_local(async move {
            let _ = first.await;
        });
        tell.send(second).await.unwrap();
        local.run_until(std::future::pending::<()>()).await;
    })
    .says(&["DL (", "to end"]);
}

#[test]
fn a_program_counts_one_member_too_many() {
    stuck(Deadlock, async || {
        let group = WaitGroup::named("requests");
        group.add(3);
        for _ in 0..2 {
            let group = group.clone();
            spawn(async move {
                a_moment().await;
                group.done();
            });
        }
        group.wait().await;
    })
    .says(&["requests", "still counts 1", "fix: call done() on"]);
}
