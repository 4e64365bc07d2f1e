//! Tasks that a combinator has a waker of, and outputs that nobody has taken.

use std::sync::Arc;

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, FuturesUnordered};
use wakeful::diagnostics::FindingKind::{Deadlock, SelfDeadlock};
use wakeful::sync::{Barrier, Mutex, Semaphore, WaitGroup};
use wakeful::{channel, spawn};

use crate::program::{a_moment, named, stuck};

#[test]
fn three_places_for_four_who_wait_for_each_other() {
    stuck(Deadlock, async || {
        named("batch", async {
            let gate = Arc::new(Barrier::new(4));
            let all = stream::iter(0..4).map(|n| {
                let gate = gate.clone();
                async move {
                    gate.wait().await;
                    n
                }
            });
            all.buffered(3).collect::<Vec<_>>().await;
        });
    })
    .says(&["likely", "batch", "barrier", "3 times"]);
}

#[test]
fn all_of_a_crowd_take_a_second_permit_after_they_have_slept() {
    stuck(Deadlock, async || {
        named("crowd", async {
            let permits = Arc::new(Semaphore::named("slots", 2));
            let all = stream::iter(0..4).map(|_| {
                let permits = permits.clone();
                async move {
                    let _one = permits.acquire().await;
                    a_moment().await;
                    let _two = permits.acquire().await;
                }
            });
            all.buffer_unordered(4).collect::<Vec<_>>().await;
        });
    })
    .says(&["likely", "crowd", "slots"]);
}

#[test]
fn one_of_a_crowd_has_the_lock_and_no_room_to_send() {
    stuck(SelfDeadlock, async || {
        named("crowd", async {
            let (tx, rx) = channel::<u32>(2);
            let count = Arc::new(Mutex::named("count", 0));
            let all = stream::iter(0..8).for_each_concurrent(4, |n| {
                let (tx, count) = (tx.clone(), count.clone());
                async move {
                    let mut count = count.lock().await;
                    tx.send(n).await.ok();
                    *count += 1;
                }
            });
            all.await;
            while rx.recv().await.is_some() {}
        });
    })
    .says(&["likely", "crowd"]);
}

#[test]
fn two_crowds_in_boxes_wait_for_each_other() {
    stuck(Deadlock, async || {
        let (to_left, left) = channel::<u32>(1);
        let (to_right, right) = channel::<u32>(1);
        for (name, tx, rx) in [("left", to_right, left), ("right", to_left, right)] {
            named(name, async move {
                let all = FuturesUnordered::<BoxFuture<'_, _>>::new();
                for _ in 0..3 {
                    let rx = rx.clone();
                    all.push(async move { rx.recv().await.unwrap_or(0) }.boxed());
                }
                drop(rx);
                let mut all = Box::pin(all);
                while let Some(n) = all.next().await {
                    tx.send(n).await.ok();
                }
            });
        }
    })
    .says(&["likely", "left", "right"]);
}

#[test]
fn the_sender_is_what_a_task_gives_that_is_joined_at_the_end() {
    stuck(Deadlock, async || {
        named("reader", async {
            let (tx, rx) = channel::<u32>(1);
            let feeder = spawn(async move {
                a_moment().await;
                tx
            });
            while rx.recv().await.is_some() {}
            drop(feeder.await);
        });
    })
    .says(&["likely", "reader", "channel"]);
}

#[test]
fn one_token_stays_with_the_handles_of_those_who_have_given_theirs_back() {
    stuck(Deadlock, async || {
        named("waiter", async {
            let group = WaitGroup::named("all");
            let mut tokens: Vec<_> = (0..3).map(|_| group.token()).collect();
            let give_back = |token| {
                spawn(async move {
                    a_moment().await;
                    drop(token);
                })
            };
            let tasks: Vec<_> = tokens.drain(1..).map(give_back).collect();
            group.wait().await;
            drop((tokens, tasks));
        });
    })
    .says(&["likely", "waiter", "all"]);
}

#[test]
fn a_stream_whose_crowd_is_empty_waits_for_what_only_itself_could_send() {
    stuck(Deadlock, async || {
        let (jobs, inbox) = channel::<u32>(4);
        named("worker", async move {
            let done = inbox.map(|n| async move { n }).buffer_unordered(4);
            done.for_each(|_| async {}).await;
            drop(jobs);
        });
    })
    .says(&["likely", "worker", "channel"]);
}
