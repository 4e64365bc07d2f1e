//! Channels.

use std::collections::HashMap;
use std::sync::Arc;

use wakeful::channels::{Receiver, Sender, broadcast, never, oneshot, unbounded, watch};
use wakeful::diagnostics::FindingKind::{Deadlock, Misuse};
use wakeful::sync::{Mutex, WaitGroup};
use wakeful::task::JoinSet;
use wakeful::{channel, select, spawn};

use crate::program::{a_moment, named, stuck};
use crate::told::until_asleep;

#[test]
fn main_joins_a_worker_and_still_has_a_sender() {
    stuck(Deadlock, async || {
        let server = named("server", async {
            let (jobs, inbox) = channel::<u32>(4);
            let worker = named("worker", async move { while inbox.recv().await.is_some() {} });
            for n in 0..3 {
                jobs.send(n).await.unwrap();
            }
            worker.await.unwrap();
            drop(jobs);
        });
        server.await.unwrap();
    })
    .says(&["likely", "wait for each other", "fix: let task", "send on channel"]);
}

#[test]
fn the_dispatcher_reads_results_only_after_all_jobs_are_sent() {
    stuck(Deadlock, async || {
        named("dispatcher", async {
            let (jobs, inbox) = channel::<u32>(2);
            let (results, outbox) = channel::<u32>(2);
            for _ in 0..2 {
                let (inbox, results) = (inbox.clone(), results.clone());
                named("worker", async move {
                    while let Some(job) = inbox.recv().await {
                        results.send(job * 2).await.unwrap();
                    }
                });
            }
            drop((inbox, results));
            for n in 0..100 {
                jobs.send(n).await.unwrap();
            }
            drop(jobs);
            while outbox.recv().await.is_some() {}
        });
    })
    .says(&["likely", "wait for each other", "dispatcher", "worker"]);
}

#[test]
fn two_actors_send_to_each_other_over_full_boxes() {
    stuck(Deadlock, async || {
        let (to_a, in_a) = channel::<u32>(1);
        let (to_b, in_b) = channel::<u32>(1);
        let actor = async |to: Sender<u32>, inbox: Receiver<u32>| {
            for n in 0..8 {
                to.send(n).await.unwrap();
                to.send(n).await.unwrap();
                inbox.recv().await;
            }
        };
        named("left", actor(to_b, in_a));
        named("right", actor(to_a, in_b));
    })
    .says(&["likely", "wait for each other"]);
}

/// As in istio: the second result has nobody who takes it, and the channel lives in a shared struct.
#[test]
fn a_second_result_is_sent_that_nobody_takes() {
    struct Task {
        done: (Sender<u32>, Receiver<u32>),
    }
    stuck(Deadlock, async || {
        let it = Arc::new(Task { done: channel(0) });
        let theirs = it.clone();
        named("runner", async move {
            theirs.done.0.send(1).await.unwrap();
            theirs.done.0.send(2).await.unwrap();
        });
        named("caller", async move {
            it.done.1.recv().await;
        });
    })
    .says(&["likely", "runner", "nobody awake is left to receive"]);
}

#[test]
fn three_actors_ask_each_other_in_a_ring() {
    type Ask = oneshot::Sender<u32>;
    stuck(Deadlock, async || {
        let boxes: Vec<_> = (0..3).map(|_| channel::<Ask>(4)).collect();
        let names = ["auth", "billing", "catalog"];
        for n in 0..3 {
            let (next, inbox) = (boxes[(n + 1) % 3].0.clone(), boxes[n].1.clone());
            named(names[n], async move {
                while let Some(reply) = inbox.recv().await {
                    let (ask, answer) = oneshot();
                    next.send(ask).await.unwrap();
                    let _ = reply.send(answer.await.unwrap_or(0) + 1);
                }
            });
        }
        let (ask, answer) = oneshot();
        boxes[0].0.send(ask).await.unwrap();
        drop(boxes);
        let _ = answer.await;
    })
    .says(&["DL (likely)", "wait for each other", "behind them"]);
}

#[test]
fn a_reply_waits_in_the_table_of_those_who_wait() {
    struct Client {
        pending: Mutex<HashMap<u32, oneshot::Sender<u32>>>,
    }
    stuck(Deadlock, async || {
        let client = Arc::new(Client { pending: Mutex::new(HashMap::new()) });
        for id in 0..2 {
            let client = client.clone();
            named("call", async move {
                let (reply, answer) = oneshot();
                client.pending.lock().await.insert(id, reply);
                // The connection has gone, and with it who would answer.
                let _ = answer.await;
                client.pending.lock().await.remove(&id);
            });
        }
    })
    .says(&["likely", "call"]);
}

#[test]
fn an_actor_calls_its_own_handle() {
    #[derive(Clone)]
    struct Registry(Sender<oneshot::Sender<u32>>);
    impl Registry {
        async fn count(&self) -> u32 {
            let (reply, answer) = oneshot();
            let _ = self.0.send(reply).await;
            answer.await.unwrap_or_default()
        }
    }
    stuck(Deadlock, async || {
        let (asks, inbox) = channel(8);
        let registry = Registry(asks);
        let own = registry.clone();
        named("registry", async move {
            while let Some(reply) = inbox.recv().await {
                let more = own.count().await;
                let _ = reply.send(more + 1);
            }
        });
        // What lies in a channel is told apart once somebody has waited for it.
        until_asleep("registry").await;
        let other = registry.clone();
        named("caller", async move {
            registry.count().await;
        });
        // It has the address of the actor, but not what lies in its box.
        named("gateway", async move {
            loop {
                a_moment().await;
                assert!(other.0.capacity().is_some());
            }
        });
    })
    .says(&[
        "DL (likely)",
        "\"registry\" waits to receive",
        "in this task itself",
        "1 more task waits",
    ]);
}

#[test]
fn two_peers_greet_each_other_over_rendezvous() {
    stuck(Deadlock, async || {
        let (to_a, in_a) = channel::<&str>(0);
        let (to_b, in_b) = channel::<&str>(0);
        named("alice", async move {
            to_b.send("hello").await.unwrap();
            in_a.recv().await;
        });
        named("bob", async move {
            to_a.send("hello").await.unwrap();
            in_b.recv().await;
        });
    })
    .says(&["likely", "wait for each other"]);
}

#[test]
fn shutdown_waits_for_the_workers_before_it_closes_their_queue() {
    struct Pool {
        jobs: Sender<u32>,
        workers: WaitGroup,
    }
    impl Pool {
        async fn shutdown(self) {
            self.workers.wait().await;
            self.jobs.close();
        }
    }
    stuck(Deadlock, async || {
        named("server", async {
            let (jobs, inbox) = channel(8);
            let workers = WaitGroup::named("workers");
            for _ in 0..3 {
                let inbox = inbox.clone();
                workers.spawn(async move { while inbox.recv().await.is_some() {} });
            }
            let pool = Pool { jobs, workers };
            pool.jobs.send(1).await.unwrap();
            pool.shutdown().await;
        });
    })
    .says(&["likely", "server", "workers"]);
}

#[test]
fn a_select_is_left_with_disabled_arms() {
    stuck(Deadlock, async || {
        let gate = Arc::new(Mutex::named("gate", 0));
        let theirs = gate.clone();
        named("merger", async move {
            let _gate = gate.lock().await;
            let nothing = never::<u8>();
            loop {
                select! {
                    _ = nothing.recv() => {},
                }
            }
        });
        named("waits for the gate", async move {
            a_moment().await;
            *theirs.lock().await += 1;
        });
    })
    .says(&["merger", "gate"]);
}

#[test]
fn a_configuration_is_awaited_by_who_would_change_it() {
    stuck(Deadlock, async || {
        let (config, mut changes) = watch(1_u32);
        named("reloader", async move {
            while changes.changed().await.is_ok() {
                let _ = config.send(2);
            }
        });
    })
    .says(&["likely", "reloader", "change"]);
}

#[test]
fn an_event_bus_is_read_by_who_alone_could_publish() {
    stuck(Deadlock, async || {
        let (bus, mut events) = broadcast::<u32>(16);
        named("aggregator", async move {
            let mut sum = 0;
            while let Ok(event) = events.recv().await {
                sum += event;
            }
            let _ = bus.send(sum);
        });
    })
    .says(&["likely", "aggregator"]);
}

#[test]
fn a_fan_in_never_ends_because_its_maker_keeps_a_sender() {
    stuck(Deadlock, async || {
        named("collector", async {
            let (results, inbox) = unbounded::<u32>();
            for n in 0..4 {
                let results = results.clone();
                spawn(async move { results.try_send(n).unwrap() });
            }
            let mut all = Vec::new();
            while let Some(n) = inbox.recv().await {
                all.push(n);
            }
            drop(results);
        });
    })
    .says(&["likely", "collector", "1 sender"]);
}

#[test]
fn a_set_of_tasks_is_joined_before_the_signal_that_they_wait_for() {
    stuck(Deadlock, async || {
        named("harness", async {
            let (start, started) = watch(false);
            let mut set = JoinSet::new();
            for _ in 0..4 {
                let mut started = started.clone();
                set.spawn(async move {
                    let _ = started.wait_for(|started| *started).await;
                });
            }
            while set.join_next().await.is_some() {}
            let _ = start.send(true);
        });
    })
    .says(&[
        "harness",
        "3 more tasks wait behind them",
        "fix: let task 3 \"harness\" send on watch",
    ]);
}

#[test]
fn main_waits_for_results_of_which_it_has_the_sender() {
    stuck(Deadlock, async || {
        let (results, inbox) = channel::<u32>(1);
        for n in 0..2 {
            let results = results.clone();
            spawn(async move { results.send(n).await });
        }
        while inbox.recv().await.is_some() {}
        drop(results);
    })
    .says(&["likely", "is empty and still has 1 sender: in this task itself", "fix: drop"]);
}

#[test]
fn workers_of_a_program_wait_for_jobs_and_main_for_workers() {
    stuck(Deadlock, async || {
        let (jobs, inbox) = channel::<u32>(1);
        let workers: Vec<_> = (0..3)
            .map(|_| {
                let inbox = inbox.clone();
                named("worker", async move { while inbox.recv().await.is_some() {} })
            })
            .collect();
        jobs.send(1).await.unwrap();
        for worker in workers {
            worker.await.unwrap();
        }
        drop(jobs);
    })
    .says(&["wait for each other", "wait behind them", "fix: let task 1"]);
}

#[test]
fn a_sender_sends_on_after_it_has_closed() {
    stuck(Misuse, async || {
        let (tx, rx) = channel::<u32>(4);
        let other = tx.clone();
        tx.close();
        let _ = other.send(1).await;
        drop(rx);
    })
    .says(&[
        "MU (hint)",
        "which a sender had closed already",
        "fix: close it after the last send",
    ]);
}

#[test]
fn a_lock_under_which_the_queue_is_drained_is_wanted_by_who_fills_it() {
    struct Broker {
        state: Mutex<u32>,
        queue: (Sender<u32>, Receiver<u32>),
    }
    stuck(Deadlock, async || {
        let broker = Arc::new(Broker { state: Mutex::named("broker", 0), queue: channel(2) });
        let theirs = broker.clone();
        named("drain", async move {
            let mut state = theirs.state.lock().await;
            for _ in 0..3 {
                *state += theirs.queue.1.recv().await.unwrap_or(0);
            }
        });
        for _ in 0..3 {
            let broker = broker.clone();
            named("publish", async move {
                a_moment().await;
                let n = *broker.state.lock().await;
                broker.queue.0.send(n).await.unwrap();
            });
        }
    })
    .says(&["broker", "fix: release mutex"]);
}
