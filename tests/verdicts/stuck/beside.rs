//! Services whose `main` goes on: what it has handed on and dropped still lies in its future.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex as StdMutex};

use futures::future::BoxFuture;
use wakeful::channels::{Receiver, Sender, oneshot, unbounded, watch};
use wakeful::context::Context;
use wakeful::diagnostics::FindingKind::Deadlock;
use wakeful::sync::{Barrier, Cond, Mutex, Notify, RwLock, Semaphore, Token, WaitGroup};
use wakeful::{channel, spawn};

use crate::program::{a_moment, live_on, named, stuck_beside};

struct Ask(u32, oneshot::Sender<u32>);

#[derive(Clone)]
struct Handle(Sender<Ask>);

impl Handle {
    async fn ask(&self, n: u32) -> u32 {
        let (reply, answer) = oneshot();
        self.0.send(Ask(n, reply)).await.ok();
        answer.await.unwrap_or(0)
    }
}

#[test]
fn a_boxed_handler_asks_the_actor_that_runs_it() {
    struct Actor {
        inbox: Receiver<Ask>,
        handler: Box<dyn FnMut(u32) -> BoxFuture<'static, u32> + Send>,
    }
    impl Actor {
        async fn run(mut self) {
            while let Some(Ask(n, reply)) = self.inbox.recv().await {
                reply.send((self.handler)(n).await).ok();
            }
        }
    }
    stuck_beside(Deadlock, async || {
        let (tx, inbox) = channel(8);
        let handle = Handle(tx);
        let own = handle.clone();
        let handler = Box::new(move |n| {
            let own = own.clone();
            Box::pin(async move { if n > 2 { own.ask(n - 1).await + 1 } else { n } })
                as BoxFuture<'static, u32>
        });
        named("actor", Actor { inbox, handler }.run());
        let client = handle.clone();
        named("client", async move {
            client.ask(5).await;
        });
        drop(handle);
        live_on().await;
    })
    .says(&["likely", "actor", "oneshot"]);
}

#[test]
fn sorters_ask_for_more_buffers_and_keep_what_they_have() {
    struct Buffers {
        free: Arc<Semaphore>,
    }
    stuck_beside(Deadlock, async || {
        let buffers = Arc::new(Buffers { free: Arc::new(Semaphore::named("buffers", 4)) });
        for _ in 0..2 {
            let buffers = buffers.clone();
            named("sorter", async move {
                let _runs = buffers.free.acquire_many(2).await;
                a_moment().await;
                let _merged = buffers.free.acquire_many(2).await;
            });
        }
        drop(buffers);
        live_on().await;
    })
    .says(&["likely", "sorter", "buffers"]);
}

#[test]
fn workers_fill_their_results_while_jobs_are_still_handed_out() {
    stuck_beside(Deadlock, async || {
        let (jobs, queue) = channel::<Vec<u8>>(2);
        let (results, out) = channel::<usize>(2);
        for _ in 0..3 {
            let (queue, results) = (queue.clone(), results.clone());
            named("worker", async move {
                while let Some(job) = queue.recv().await {
                    results.send(job.len()).await.ok();
                }
            });
        }
        drop((queue, results));
        named("dispatcher", async move {
            for n in 0..20 {
                jobs.send(vec![0; n]).await.ok();
            }
            drop(jobs);
            let mut lengths = BTreeMap::new();
            while let Some(length) = out.recv().await {
                *lengths.entry(length).or_insert(0) += 1;
            }
        });
        live_on().await;
    })
    .says(&["likely", "dispatcher", "worker"]);
}

#[test]
fn pages_are_visited_with_a_permit_by_who_waits_for_their_links() {
    struct Crawler(Semaphore);
    impl Crawler {
        fn visit(self: Arc<Self>, depth: u32) -> BoxFuture<'static, ()> {
            Box::pin(async move {
                let _permit = self.0.acquire().await;
                a_moment().await;
                if depth > 0 {
                    let links = [(); 2].map(|()| spawn(self.clone().visit(depth - 1)));
                    for link in links {
                        link.await.ok();
                    }
                }
            })
        }
    }
    stuck_beside(Deadlock, async || {
        let crawler = Arc::new(Crawler(Semaphore::named("pages", 3)));
        named("crawl", crawler.clone().visit(4));
        drop(crawler);
        live_on().await;
    })
    .says(&["likely", "pages"]);
}

#[test]
fn a_tree_of_contexts_is_awaited_by_who_would_cancel_it() {
    stuck_beside(Deadlock, async || {
        named("parent", async {
            let (root, cancel) = Context::background().with_cancel();
            let mut children = Vec::new();
            for n in 0..3_u32 {
                let (context, stop) = root.with_value(n).with_cancel();
                children.push(named("child", async move {
                    context.done().await;
                    drop(stop);
                }));
            }
            for child in children {
                child.await.ok();
            }
            cancel.cancel();
        });
        live_on().await;
    })
    .says(&["likely", "context"]);
}

#[test]
fn settings_are_awaited_under_the_lock_that_who_changes_them_wants() {
    struct Settings {
        tx: watch::Sender<u32>,
        rx: watch::Receiver<u32>,
    }
    stuck_beside(Deadlock, async || {
        let (tx, rx) = watch(1);
        let shared = Arc::new(Mutex::named("settings", Settings { tx, rx }));
        let reader = shared.clone();
        named("reload", async move {
            reader.lock().await.rx.changed().await.ok();
        });
        a_moment().await;
        let writer = shared.clone();
        named("update", async move {
            writer.lock().await.tx.send(2).ok();
        });
        drop(shared);
        live_on().await;
    })
    .says(&["likely", "reload", "settings"]);
}

#[test]
fn a_limiter_is_filled_through_the_queue_that_it_limits() {
    stuck_beside(Deadlock, async || {
        let (work, queue) = unbounded::<bool>();
        let tokens = Arc::new(Semaphore::named("tokens", 1));
        let own = tokens.clone();
        named("limiter", async move {
            while let Some(fills) = queue.recv().await {
                match fills {
                    true => own.add_permits(1),
                    false => own.acquire().await.expect("it is open").forget(),
                }
            }
        });
        for fills in [false, false, true] {
            work.send(fills).await.ok();
        }
        drop((work, tokens));
        live_on().await;
    })
    .says(&["likely", "limiter", "tokens"]);
}

#[test]
fn a_subscriber_leaves_the_hub_while_it_is_sent_to() {
    struct Hub(RwLock<HashMap<u32, Sender<String>>>);
    stuck_beside(Deadlock, async || {
        let hub = Arc::new(Hub(RwLock::named("subscribers", HashMap::with_capacity(64))));
        let (tx, rx) = channel(1);
        hub.0.write().await.insert(7, tx);
        let own = hub.clone();
        named("subscriber", async move {
            rx.recv().await;
            a_moment().await;
            own.0.write().await.remove(&7);
            drop(rx);
        });
        named("publisher", async move {
            for n in 0..100 {
                for subscriber in hub.0.read().await.values() {
                    subscriber.send(format!("event {n}")).await.ok();
                }
            }
        });
        live_on().await;
    })
    .says(&["likely", "subscribers"]);
}

#[test]
fn a_member_of_a_barrier_fails_before_it_comes() {
    stuck_beside(Deadlock, async || {
        let start = Arc::new(Barrier::named("start", 3));
        for n in 0..3 {
            let start = start.clone();
            spawn(async move {
                if n == 1 {
                    return Err("cannot connect");
                }
                start.wait().await;
                Ok(())
            });
        }
        drop(start);
        live_on().await;
    })
    .says(&["likely", "start"]);
}

#[test]
fn a_token_stays_in_the_table_of_requests() {
    struct Requests {
        group: WaitGroup,
        tokens: StdMutex<HashMap<u32, Token>>,
    }
    stuck_beside(Deadlock, async || {
        let group = WaitGroup::named("requests");
        let requests = Arc::new(Requests { group, tokens: StdMutex::default() });
        for id in 0..3 {
            let token = requests.group.token();
            requests.tokens.lock().expect("not poisoned").insert(id, token);
            let own = requests.clone();
            spawn(async move {
                a_moment().await;
                if id != 1 {
                    own.tokens.lock().expect("not poisoned").remove(&id);
                }
            });
        }
        named("drain", async move { requests.group.wait().await });
        live_on().await;
    })
    .says(&["likely", "drain", "requests"]);
}

#[test]
fn a_queue_with_two_conditions_tells_the_wrong_one() {
    #[derive(Default)]
    struct Queue {
        items: Mutex<Vec<u32>>,
        not_empty: Cond,
        not_full: Cond,
    }
    stuck_beside(Deadlock, async || {
        let queue = Arc::new(Queue::default());
        let filled = queue.clone();
        named("fill", async move {
            for n in 0..10 {
                let mut items = filled.items.lock().await;
                while items.len() == 2 {
                    items = filled.not_full.wait(items).await;
                }
                items.push(n);
                filled.not_empty.notify_one();
            }
        });
        named("empty", async move {
            loop {
                let mut items = queue.items.lock().await;
                while items.is_empty() {
                    items = queue.not_empty.wait(items).await;
                }
                items.pop();
                queue.not_empty.notify_one();
            }
        });
        live_on().await;
    })
    .says(&["likely", "cond"]);
}

#[test]
fn senders_are_cleared_from_a_list_but_for_the_receivers_own() {
    stuck_beside(Deadlock, async || {
        let (tx, rx) = channel::<u32>(1);
        let mut peers = Vec::with_capacity(8);
        for _ in 0..4 {
            peers.push(tx.clone());
        }
        let peers = Arc::new(Mutex::new(peers));
        let all = peers.clone();
        named("reader", async move {
            let own = tx;
            rx.recv().await;
            drop(own);
        });
        a_moment().await;
        peers.lock().await.clear();
        live_on().await;
        drop(all);
    })
    .says(&["likely", "reader"]);
}

#[test]
fn a_flag_is_raised_between_the_look_and_the_wait() {
    #[derive(Default)]
    struct Flag {
        is_up: StdMutex<bool>,
        raised: Notify,
    }
    stuck_beside(Deadlock, async || {
        let flag = Arc::new(Flag::default());
        let own = flag.clone();
        named("waiter", async move {
            if !*own.is_up.lock().expect("not poisoned") {
                a_moment().await;
                own.raised.notified().await;
            }
        });
        named("raiser", async move {
            *flag.is_up.lock().expect("not poisoned") = true;
            flag.raised.notify_waiters();
        });
        live_on().await;
    })
    .says(&["likely", "waiter", "notify"]);
}
