//! What others than the tasks of the house will do: threads, runtimes, wakers, other crates.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex as StdMutex};
use std::task::{Poll, Waker};
use std::thread;

use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use wakeful::channels::{Receiver, Sender};
use wakeful::diagnostics::Config;
use wakeful::runtime::{Builder, Handle};
use wakeful::sync::{Mutex, Notify, Semaphore, WaitGroup};
use wakeful::time::sleep;
use wakeful::{channel, spawn, task};

use crate::alone::alone_as;
use crate::program::{SLOW, a_moment, quiet, runtime, slow};

#[test]
fn a_waker_in_a_registry_that_a_thread_wakes() {
    slow(async || {
        type Registry = Arc<StdMutex<(bool, Vec<Waker>)>>;
        let registry = Registry::default();
        let theirs = registry.clone();
        thread::spawn(move || {
            thread::sleep(SLOW);
            let mut registry = theirs.lock().unwrap();
            registry.0 = true;
            registry.1.drain(..).for_each(Waker::wake);
        });
        let waiter = spawn(std::future::poll_fn(move |cx| {
            let mut registry = registry.lock().unwrap();
            if registry.0 {
                return Poll::Ready(());
            }
            registry.1.push(cx.waker().clone());
            Poll::Pending
        }));
        let joiner = spawn(async move { waiter.await.unwrap() });
        joiner.await.unwrap();
    });
}

#[test]
fn a_channel_of_another_crate_between_two_of_ours() {
    slow(async || {
        let (mut in_tx, mut in_rx) = mpsc::channel::<u8>(1);
        let (out, rx) = channel::<u8>(1);
        spawn(async move {
            while let Some(n) = in_rx.next().await {
                out.send(n).await.unwrap();
            }
        });
        thread::spawn(move || {
            thread::sleep(SLOW);
            in_tx.try_send(1).unwrap();
        });
        assert_eq!(rx.recv().await, Some(1));
    });
}

#[test]
fn a_oneshot_of_another_crate_beside_ours() {
    slow(async || {
        let (theirs, answer) = oneshot::channel::<u8>();
        let (ours, other) = wakeful::channels::oneshot::<u8>();
        let both = spawn(async move { (answer.await.unwrap(), other.await.unwrap()) });
        spawn(async move {
            sleep(SLOW).await;
            theirs.send(1).unwrap();
            ours.send(2).unwrap();
        });
        assert_eq!(both.await.unwrap(), (1, 2));
    });
}

#[test]
fn two_runtimes_that_exchange_channels() {
    slow(async || {
        let worker = thread::spawn(|| {
            let rt = Builder::new_current_thread().diagnostics(Config::dev()).build().unwrap();
            let (ask, asked) = channel::<wakeful::channels::oneshot::Sender<u8>>(1);
            (rt, ask, asked)
        });
        let (rt, ask, asked) = worker.join().unwrap();
        let there = thread::spawn(move || {
            rt.block_on(async {
                let reply = asked.recv().await.unwrap();
                sleep(SLOW).await;
                reply.send(1).unwrap();
            });
        });
        let (reply, answer) = wakeful::channels::oneshot();
        ask.send(reply).await.unwrap();
        assert_eq!(spawn(answer).await.unwrap(), Ok(1));
        task::spawn_blocking(|| there.join().unwrap()).await.unwrap();
    });
}

#[test]
fn a_runtime_within_a_blocking_job_whose_task_will_send() {
    slow(async || {
        let (tx, rx) = channel::<u8>(1);
        let job = task::spawn_blocking(move || {
            let rt = Builder::new_current_thread().diagnostics(Config::dev()).build().unwrap();
            rt.block_on(async move {
                sleep(SLOW).await;
                tx.send(1).await.unwrap();
            });
        });
        assert_eq!(rx.recv().await, Some(1));
        job.await.unwrap();
    });
}

#[test]
fn a_thread_that_waits_for_a_condition_of_std_and_then_sends() {
    slow(async || {
        let both = Arc::new((StdMutex::new(false), Condvar::new()));
        let theirs = both.clone();
        let (tx, rx) = channel::<u8>(1);
        thread::spawn(move || {
            let mut ready = theirs.0.lock().unwrap();
            while !*ready {
                ready = theirs.1.wait(ready).unwrap();
            }
            tx.try_send(1).unwrap();
        });
        let receiver = spawn(async move { rx.recv().await });
        sleep(SLOW).await;
        *both.0.lock().unwrap() = true;
        both.1.notify_all();
        assert_eq!(receiver.await.unwrap(), Some(1));
    });
}

#[test]
fn a_thread_that_blocks_on_a_lock_of_ours_with_a_sender() {
    slow(async || {
        let lock = Arc::new(Mutex::named("between", 0));
        let guard = lock.clone().lock_owned().await;
        let (tx, rx) = channel::<u8>(1);
        let handle = Handle::current();
        thread::spawn(move || {
            handle.block_on(async {
                *lock.lock().await += 1;
                tx.send(1).await.unwrap();
            });
        });
        let receiver = spawn(async move { rx.recv().await });
        sleep(SLOW).await;
        drop(guard);
        assert_eq!(receiver.await.unwrap(), Some(1));
    });
}

#[test]
fn a_signal_that_a_thread_of_the_program_raises() {
    use wakeful::signal::unix::{SignalKind, signal};
    slow(async || {
        let mut hangups = signal(SignalKind::hangup()).unwrap();
        let (tx, rx) = channel::<u8>(1);
        spawn(async move {
            hangups.recv().await;
            tx.send(1).await.unwrap();
        });
        thread::spawn(|| {
            thread::sleep(SLOW);
            std::process::Command::new("kill")
                .args(["-HUP", &std::process::id().to_string()])
                .status()
                .unwrap();
        });
        assert_eq!(rx.recv().await, Some(1));
    });
}

#[test]
fn a_pool_of_threads_with_a_flag_that_is_polled() {
    slow(async || {
        let flag = Arc::new(AtomicBool::new(false));
        let theirs = flag.clone();
        let (tx, rx) = channel::<u8>(0);
        let worker = thread::spawn(move || {
            while !theirs.load(SeqCst) {
                thread::yield_now();
            }
            Handle::try_current().is_err().then_some(tx)
        });
        let receiver = spawn(async move { rx.recv().await });
        sleep(SLOW).await;
        flag.store(true, SeqCst);
        let tx = task::spawn_blocking(|| worker.join().unwrap()).await.unwrap();
        tx.unwrap().send(1).await.unwrap();
        assert_eq!(receiver.await.unwrap(), Some(1));
    });
}

/// What a thread lends from its stack is not only its own, though it waits.
fn lent<T: Sync, W: AsyncFnOnce(&T)>(lend: impl FnOnce() -> T, serve: fn(&T), wait: W) {
    alone_as::<W>(|| {
        let rt = runtime();
        rt.spawn(async {
            loop {
                a_moment().await;
            }
        });
        let lent = lend();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(SLOW);
                serve(&lent);
            });
            rt.block_on(wait(&lent));
        });
        quiet();
    });
}

#[test]
fn a_sender_that_a_scoped_thread_has_borrowed() {
    let serve = |(tx, _): &(Sender<u8>, Receiver<u8>)| tx.try_send(1).unwrap();
    lent(|| channel(1), serve, async |(_, rx)| assert_eq!(rx.recv().await, Some(1)));
}

#[test]
fn a_notification_that_a_scoped_thread_will_send() {
    lent(Notify::new, Notify::notify_one, async |notify| notify.notified().await);
}

#[test]
fn a_permit_that_a_scoped_thread_will_add() {
    let serve = |permits: &Semaphore| permits.add_permits(1);
    lent(|| Semaphore::new(0), serve, async |permits| drop(permits.acquire().await.unwrap()));
}

#[test]
fn a_member_that_a_scoped_thread_counts_off() {
    let lend = || {
        let group = WaitGroup::new();
        group.add(1);
        group
    };
    lent(lend, WaitGroup::done, async |group| group.wait().await);
}
