//! Wakers that a combinator has, and somebody else, too; outputs that somebody will take.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, Mutex as StdMutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

use futures::StreamExt;
use futures::future::{AbortHandle, BoxFuture, FutureExt, abortable, join, join_all, select_all};
use futures::stream::FuturesUnordered;
use futures::task::AtomicWaker;
use wakeful::channels::{Receiver, Sender};
use wakeful::sync::{Barrier, Semaphore};
use wakeful::task::{JoinHandle, JoinSet, spawn_blocking};
use wakeful::time::sleep;
use wakeful::{channel, spawn};

use crate::program::{SLOW, slow};

type Crowd = FuturesUnordered<BoxFuture<'static, ()>>;

fn later(work: impl FnOnce() + Send + 'static) {
    thread::spawn(|| {
        thread::sleep(SLOW);
        work();
    });
}

/// Three who wait for what only `feed` may send.
fn crowd() -> (Crowd, Sender<u8>) {
    let (tx, rx) = channel(3);
    let all = Crowd::new();
    (0..3).for_each(|_| all.push(one(rx.clone())));
    (all, tx)
}

fn one(rx: Receiver<u8>) -> BoxFuture<'static, ()> {
    async move { assert_eq!(rx.recv().await, Some(1)) }.boxed()
}

async fn feed(tx: Sender<u8>) {
    for _ in 0..3 {
        tx.send(1).await.expect("they wait");
    }
}

#[test]
fn one_of_a_crowd_waits_for_a_thread_through_another_crate() {
    slow(async || {
        let (tell, told) = futures::channel::oneshot::channel();
        later(|| tell.send(()).unwrap());
        let (all, tx) = crowd();
        all.push(
            async move {
                told.await.unwrap();
                feed(tx).await;
            }
            .boxed(),
        );
        spawn(async { all.collect::<Vec<_>>().await }).await.unwrap();
    });
}

#[test]
fn the_waker_of_one_of_a_crowd_is_in_a_static() {
    static WAKER: StdMutex<Option<Waker>> = StdMutex::new(None);
    static DONE: AtomicBool = AtomicBool::new(false);
    slow(async || {
        let (all, tx) = crowd();
        let done = poll_fn(|cx| {
            if DONE.load(SeqCst) {
                return Poll::Ready(());
            }
            *WAKER.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
            Poll::Pending
        });
        all.push(
            async move {
                done.await;
                feed(tx).await;
            }
            .boxed(),
        );
        later(|| {
            DONE.store(true, SeqCst);
            let waker = WAKER.lock().unwrap_or_else(PoisonError::into_inner).take();
            waker.unwrap().wake();
        });
        spawn(async { all.collect::<Vec<_>>().await }).await.unwrap();
    });
}

#[test]
fn a_thread_has_the_tasks_waker_beside_that_of_its_crowd() {
    slow(async || {
        let shared = Arc::new((AtomicWaker::new(), AtomicBool::new(false)));
        let theirs = shared.clone();
        later(move || {
            theirs.1.store(true, SeqCst);
            theirs.0.wake();
        });
        let (all, tx) = crowd();
        let done = poll_fn(move |cx| {
            shared.0.register(cx.waker());
            if shared.1.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        });
        let feeds = async move {
            done.await;
            feed(tx).await;
        };
        spawn(async { join(all.collect::<Vec<_>>(), feeds).await }).await.unwrap();
    });
}

#[test]
fn a_thread_aborts_those_who_wait_for_one_that_does_not_come() {
    slow(async || {
        let gate = Arc::new(Barrier::new(4));
        let wait = |_| {
            let gate = gate.clone();
            abortable(async move { _ = gate.wait().await })
        };
        let (all, handles): (FuturesUnordered<_>, Vec<AbortHandle>) = (0..3).map(wait).unzip();
        later(move || handles.iter().for_each(AbortHandle::abort));
        spawn(async { all.collect::<Vec<_>>().await }).await.unwrap();
    });
}

#[test]
fn a_crowd_that_grows_by_what_a_thread_sends() {
    slow(async || {
        let (tx, rx) = futures::channel::mpsc::unbounded();
        (0..2).for_each(|n| tx.unbounded_send(n).unwrap());
        later(move || tx.unbounded_send(2).unwrap());
        let gate = Arc::new(Barrier::new(3));
        let all = rx.for_each_concurrent(9, move |_| {
            let gate = gate.clone();
            async move { _ = gate.wait().await }
        });
        spawn(all).await.unwrap();
    });
}

#[test]
fn many_who_are_joined_or_raced_have_their_senders_elsewhere() {
    slow(async || {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..40).map(|_| channel::<u8>(1)).unzip();
        let joined = spawn(async move { join_all(receivers.iter().map(Receiver::recv)).await });
        let (tx, rx) = channel::<u8>(1);
        let raced = spawn(async move { select_all([one(rx.clone()), one(rx)]).await });
        later(move || drop((senders, tx.try_send(1), tx)));
        assert_eq!(joined.await.unwrap().len(), 40);
        raced.await.unwrap();
    });
}

/// A task that gives a sender, which another one waits for.
fn given() -> (JoinHandle<Sender<u8>>, JoinHandle<Option<u8>>) {
    let (tx, rx) = channel(1);
    (spawn(async { tx }), spawn(async move { rx.recv().await }))
}

#[test]
fn a_thread_takes_the_output() {
    slow(async || {
        let (gives, waits) = given();
        later(move || drop(gives));
        assert_eq!(waits.await.unwrap(), None);
    });
}

#[test]
fn the_output_has_the_handle_of_another_output() {
    slow(async || {
        let (gives, waits) = given();
        let outer = spawn(async { Some(gives) });
        sleep(SLOW).await;
        drop(outer.await.unwrap().unwrap().await.unwrap());
        assert_eq!(waits.await.unwrap(), None);
    });
}

#[test]
fn a_set_has_the_output_and_a_task_has_the_handle() {
    slow(async || {
        let (tx, rx) = channel::<u8>(1);
        let mut set = JoinSet::new();
        set.spawn(async { tx });
        let waits = spawn(async move { rx.recv().await });
        let (gives, waits_too) = given();
        let takes = spawn(async move {
            sleep(SLOW).await;
            drop(gives);
            set.join_next().await.is_some()
        });
        assert_eq!(waits.await.unwrap(), None);
        assert_eq!(waits_too.await.unwrap(), None);
        assert!(takes.await.unwrap());
    });
}

#[test]
fn a_stream_whose_crowd_is_empty_waits_for_a_job() {
    slow(async || {
        let (jobs, inbox) = channel::<u32>(4);
        let worker = inbox.map(|n| async move { n }).buffer_unordered(4).count();
        let worker = spawn(worker);
        spawn(async move {
            sleep(SLOW).await;
            jobs.send(1).await.ok();
        });
        assert_eq!(worker.await.unwrap(), 1);
    });
}

#[test]
fn a_thread_has_the_one_box_with_the_waker_of_who_waits_for_itself_as_well() {
    slow(async || {
        let (tx, rx) = channel::<u32>(1);
        let (ask, asked) = std::sync::mpsc::channel::<Waker>();
        thread::spawn(move || {
            let kept = Arc::new(Box::new(asked.recv().unwrap()));
            thread::sleep(SLOW);
            kept.wake_by_ref();
        });
        let mut polls = 0;
        let woken = poll_fn(move |cx| {
            polls += 1;
            if polls == 1 {
                ask.send(cx.waker().clone()).unwrap();
            }
            if polls < 2 { Poll::Pending } else { Poll::Ready(()) }
        });
        spawn(async move {
            let both = std::pin::pin!(rx.recv());
            futures::future::select(std::pin::pin!(woken), both).await;
            drop(tx);
        })
        .await
        .unwrap();
    });
}

#[test]
fn a_thread_makes_the_permit_that_who_has_the_only_one_waits_for() {
    slow(async || {
        let slots = Arc::new(Semaphore::new(1));
        let theirs = slots.clone();
        later(move || theirs.add_permits(1));
        spawn(async move {
            let _one = slots.acquire().await;
            assert!(slots.acquire().await.is_ok());
        })
        .await
        .unwrap();
    });
}

#[test]
fn a_job_makes_the_permit_of_a_semaphore_that_everybody_can_get_at() {
    static SLOTS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(1));
    slow(async || {
        let job = spawn_blocking(|| {
            thread::sleep(SLOW);
            SLOTS.add_permits(1);
        });
        spawn(async {
            let _one = SLOTS.acquire().await;
            assert!(SLOTS.acquire().await.is_ok());
        })
        .await
        .unwrap();
        job.await.unwrap();
    });
}
