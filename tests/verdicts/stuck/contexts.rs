//! Contexts and timers.

use std::sync::Arc;
use std::time::Duration;

use wakeful::context::Context;
use wakeful::diagnostics::FindingKind::Deadlock;
use wakeful::sync::{Mutex, WaitGroup};
use wakeful::time::{Timer, timeout};
use wakeful::{channel, select, spawn};

use crate::program::{a_moment, named, stuck};

#[test]
fn the_children_are_awaited_before_their_context_is_cancelled() {
    stuck(Deadlock, async || {
        named("server", async {
            let (context, cancel) = Context::background().with_cancel();
            let group = WaitGroup::named("streams");
            for _ in 0..2 {
                let context = context.clone();
                group.spawn(async move { context.done().await });
            }
            group.wait().await;
            cancel.cancel();
        });
    })
    .says(&["likely", "server", "streams"]);
}

#[test]
fn a_watcher_is_joined_before_the_handle_that_stops_it_is_dropped() {
    stuck(Deadlock, async || {
        named("controller", async {
            let (context, cancel) = Context::background().with_cancel();
            let watcher = named("watcher", async move {
                let (_events, inbox) = channel::<u8>(1);
                loop {
                    select! {
                        () = context.done() => return,
                        _ = inbox.recv() => {},
                    }
                }
            });
            watcher.await.unwrap();
            drop(cancel);
        });
    })
    .says(&["likely", "wait for each other", "fix: let task 3 \"controller\" cancel context"]);
}

#[test]
fn a_context_that_cannot_end_is_awaited_under_a_lock() {
    stuck(Deadlock, async || {
        let lock = Arc::new(Mutex::named("lease", 0));
        let theirs = lock.clone();
        named("keeper", async move {
            let _lease = lock.lock().await;
            Context::background().done().await;
        });
        named("wants the lease", async move {
            a_moment().await;
            *theirs.lock().await += 1;
        });
    })
    .says(&["keeper", "lease"]);
}

#[test]
fn a_timer_that_was_stopped_is_awaited() {
    stuck(Deadlock, async || {
        named("poller", async {
            let timer = Timer::new(Duration::from_secs(1));
            timer.stop();
            timer.receiver().recv().await;
        });
    })
    .says(&["poller", "it was stopped, or has fired", "fix: reset()"]);
}

#[test]
fn results_and_the_end_of_a_context_that_only_the_waiter_could_bring() {
    stuck(Deadlock, async || {
        named("query", async {
            let (context, cancel) = Context::background().with_cancel();
            let (results, inbox) = channel::<u32>(1);
            let context = context.with_value(7_u32);
            select! {
                _ = inbox.recv() => {},
                () = context.done() => {},
            }
            drop((results, cancel));
        });
    })
    .says(&["likely", "query"]);
}

#[test]
fn a_program_that_forgets_to_cancel() {
    stuck(Deadlock, async || {
        let (context, cancel) = Context::background().with_cancel();
        let worker = named("worker", async move { context.done().await });
        worker.await.unwrap();
        cancel.cancel();
    })
    .says(&["worker", "fix: let task 1", "cancel context"]);
}

/// As in cockroach and etcd: who gave up after a time limit leaves who sends to it behind.
#[test]
fn a_reply_comes_after_the_caller_has_given_up_and_the_channel_lives() {
    stuck(Deadlock, async || {
        let replies = Arc::new(channel::<u32>(0));
        let theirs = replies.clone();
        let caller = spawn(async move { timeout(Duration::ZERO, theirs.1.recv()).await.is_err() });
        assert!(caller.await.unwrap());
        named("handler", async move {
            replies.0.send(1).await.unwrap();
        });
    })
    .says(&["likely", "handler", "nobody awake is left to receive"]);
}

#[test]
fn an_update_for_a_stream_whose_reader_has_left() {
    struct Stream {
        updates: (wakeful::channels::Sender<u32>, wakeful::channels::Receiver<u32>),
        stop: (wakeful::channels::Sender<()>, wakeful::channels::Receiver<()>),
    }
    stuck(Deadlock, async || {
        let updates = channel(0);
        let stream = Arc::new(Stream { updates, stop: channel(0) });
        let reader = stream.clone();
        named("reader", async move {
            select! {
                _ = reader.updates.1.recv() => {},
                _ = reader.stop.1.recv() => {},
            }
        });
        let (writer, stopper) = (stream.clone(), stream);
        named("stopper", async move {
            stopper.stop.0.send(()).await.unwrap();
        });
        named("writer", async move {
            a_moment().await;
            let _ = writer.updates.0.send(1).await;
        });
    })
    .says(&["likely", "writer"]);
}
