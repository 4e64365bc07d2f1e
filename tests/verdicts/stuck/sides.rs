//! Watches, broadcasts and contexts, whose other side does what it does: it could not end the wait.

use std::sync::Arc;

use wakeful::channels::watch::Receiver;
use wakeful::channels::{broadcast, watch};
use wakeful::context::Context;
use wakeful::diagnostics::FindingKind::Deadlock;
use wakeful::sync::WaitGroup;
use wakeful::{channel, select, spawn};

use crate::program::{a_moment, live_on, named, stuck, stuck_beside};

#[test]
fn connections_are_awaited_before_the_shutdown_is_sent_that_a_metrics_task_waits_for_as_well() {
    stuck(Deadlock, async || {
        let (shutdown, _) = broadcast::<()>(1);
        for _ in 0..2 {
            let mut ended = shutdown.subscribe();
            spawn(async move {
                select! {
                    _ = ended.recv() => {},
                    () = live_on() => {},
                }
            });
        }
        named("server", async move {
            let connections = WaitGroup::named("connections");
            for _ in 0..3 {
                let mut ended = shutdown.subscribe();
                connections.spawn(async move { ended.recv().await.unwrap() });
            }
            connections.wait().await;
            shutdown.send(()).ok();
        });
    })
    .says(&["likely", "server", "connections"]);
}

#[test]
fn a_reload_waits_for_workers_that_wait_for_it_while_others_read_the_configuration() {
    stuck(Deadlock, async || {
        struct App {
            configuration: Receiver<u32>,
        }
        let (reload, configuration) = watch(0);
        let app = Arc::new(App { configuration: configuration.clone() });
        named("reader", async move {
            loop {
                a_moment().await;
                let _now = *app.configuration.borrow();
            }
        });
        let (ready, is_ready) = channel::<()>(0);
        named("worker", async move {
            let mut configuration = configuration;
            configuration.changed().await.ok();
            ready.send(()).await.ok();
        });
        named("reloader", async move {
            is_ready.recv().await;
            reload.send(1).ok();
        });
    })
    .says(&["likely", "worker", "reloader"]);
}

#[test]
fn main_joins_a_worker_before_it_cancels_while_it_looks_at_the_context_elsewhere() {
    stuck(Deadlock, async || {
        let (context, cancel) = Context::background().with_cancel();
        let (seen, below) = (context.clone(), context.with_value(1_u32));
        spawn(async move {
            while !seen.is_done() {
                a_moment().await;
            }
        });
        named("supervisor", async move {
            let own = below.clone();
            let worker = named("worker", async move { own.done().await });
            worker.await.ok();
            cancel.cancel();
        });
    })
    .says(&["likely", "supervisor", "context"]);
}

#[test]
fn a_child_of_a_context_waits_for_who_would_cancel_the_one_above() {
    stuck(Deadlock, async || {
        let (root, cancel) = Context::background().with_cancel();
        let seen = root.clone();
        spawn(async move {
            while !seen.is_done() {
                a_moment().await;
            }
        });
        named("supervisor", async move {
            let (child, right) = root.with_cancel();
            right.detach();
            let (grandchild, right) = child.with_cancel();
            right.detach();
            let worker = named("worker", async move { grandchild.done().await });
            worker.await.ok();
            cancel.cancel();
        });
    })
    .says(&["likely", "supervisor", "fix: let", "cancel context", "which ends context"]);
}

#[test]
fn a_sender_of_a_watch_waits_until_receivers_leave_of_which_it_has_one_itself() {
    stuck_beside(Deadlock, async || {
        let (sender, receiver) = watch(0);
        let other = sender.clone();
        named("publisher", async move {
            sender.closed().await;
            drop(receiver);
        });
        loop {
            a_moment().await;
            other.send_replace(1);
        }
    })
    .says(&["likely", "publisher", "watch"]);
}
