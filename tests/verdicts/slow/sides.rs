//! Watches, broadcasts and contexts, whose wait one ends who can: late.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wakeful::channels::{broadcast, watch};
use wakeful::context::Context;
use wakeful::spawn;
use wakeful::time::sleep;

use crate::program::{SLOW, a_moment, named, slow};

#[test]
fn a_context_above_is_cancelled_late() {
    slow(async || {
        let (root, cancel) = Context::background().with_cancel();
        let (child, right) = root.with_cancel();
        right.detach();
        let (grandchild, right) = child.with_value(1_u32).with_cancel();
        right.detach();
        drop((root, child));
        let worker = named("worker", async move { grandchild.done().await });
        spawn(async move {
            sleep(SLOW).await;
            cancel.cancel();
        });
        worker.await.unwrap();
    });
}

#[test]
fn the_handle_of_a_context_is_kept_in_what_others_share() {
    slow(async || {
        let (context, cancel) = Context::background().with_cancel();
        let kept = Arc::new(Box::new(Some(cancel)));
        let worker = named("worker", async move { context.done().await });
        spawn(async move {
            sleep(SLOW).await;
            drop(kept);
        });
        worker.await.unwrap();
    });
}

#[test]
fn a_value_is_sent_late_on_a_watch_and_on_a_broadcast() {
    slow(async || {
        let ((value, mut changes), (news, mut read)) = (watch(0), broadcast(1));
        let theirs = changes.clone();
        let first = named("first", async move { changes.changed().await.unwrap() });
        let second = named("second", async move { read.recv().await.unwrap() });
        a_moment().await;
        let senders = Arc::new((value, news));
        spawn(async move {
            sleep(SLOW).await;
            senders.0.send(1).ok();
            senders.1.send(()).ok();
        });
        first.await.unwrap();
        second.await.unwrap();
        drop(theirs);
    });
}

#[test]
fn a_sender_lies_in_the_value_of_a_watch_that_a_live_task_reads() {
    slow(async || {
        let (inner, mut waits) = watch(0);
        let (_keeper, reader) = watch(Some(inner));
        let worker = named("worker", async move { waits.changed().await.unwrap() });
        spawn(async move {
            sleep(SLOW).await;
            reader.borrow().as_ref().map(|inner| inner.send(1));
        });
        worker.await.unwrap();
    });
}

#[test]
fn a_sender_comes_through_a_broadcast() {
    slow(async || {
        let (inner, mut waits) = watch(0);
        let (news, mut read) = broadcast(2);
        let worker = named("worker", async move { waits.changed().await.unwrap() });
        news.send(inner).ok();
        spawn(async move {
            sleep(SLOW).await;
            read.recv().await.unwrap().send(1).ok();
        });
        worker.await.unwrap();
        drop(news);
    });
}

#[test]
fn the_last_receiver_of_a_watch_leaves_late() {
    slow(async || {
        let (sender, receiver) = watch(0);
        let worker = named("publisher", async move { sender.closed().await });
        spawn(async move {
            sleep(SLOW).await;
            drop(receiver);
        });
        worker.await.unwrap();
    });
}

#[test]
fn who_waits_for_a_worker_has_the_handle_of_its_contexts_parent_and_another_the_contexts_own() {
    slow(async || {
        let (root, cancel) = Context::background().with_cancel();
        let supervisor = named("supervisor", async move {
            let (child, right) = root.with_cancel();
            spawn(async move {
                sleep(SLOW).await;
                right.cancel();
            });
            named("worker", async move { child.done().await }).await.unwrap();
            drop(cancel);
        });
        supervisor.await.unwrap();
    });
}

/// A search that takes longer than a millisecond sees neither place while the sender is there.
#[test]
fn a_sender_that_left_its_bytes_with_who_waits_is_moved_to_and_fro_all_the_time() {
    slow(async || {
        let supervisor = named("supervisor", async {
            let (sender, mut waits) = watch(0);
            a_moment().await;
            let worker = named("worker", async move { waits.changed().await.unwrap() });
            spawn(to_and_fro(sender));
            worker.await.unwrap();
        });
        supervisor.await.unwrap();
    });
}

async fn to_and_fro(sender: watch::Sender<u32>) {
    let until = Instant::now() + SLOW * 2;
    let mut here = Box::new(Some(sender));
    let between = vec![Box::new([0_u64; 5]); 100_000];
    let mut there = Box::new(None);
    while Instant::now() < until {
        std::mem::swap(&mut *here, &mut *there);
        sleep(Duration::from_millis(1)).await;
    }
    here.or(*there).expect("it is in one of them").send(1).expect("somebody waits");
    drop(between);
}
