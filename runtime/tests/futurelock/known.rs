//! Programs that are known to hang elsewhere.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::future::{Either, join, ready as done, select};
use wakeful_runtime::runtime::{Builder, Handle};
use wakeful_runtime::{spawn, task, time::sleep};
use wakeful_sync::{LockOwned, Mutex, Notify, RwLock};

use crate::{ms, runs, sleep_until, waiting};

#[test]
fn the_program_of_rfd_609_ends() {
    runs(|| async {
        let lock = Arc::new(Mutex::named("rfd 609", 0));
        let other = Arc::clone(&lock);
        let (holds, held) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (told, tells) = (Arc::clone(&held), Arc::clone(&holds));
        let holder = spawn(async move {
            let _guard = other.lock().await;
            tells.notify_one();
            told.notified().await;
            sleep_until(|| waiting("rfd 609") == 2).await;
        });
        holds.notified().await;
        let first = lock.lock();
        let mut first = pin!(first);
        match select(&mut first, Box::pin(sleep(ms(1)))).await {
            Either::Left(_) => unreachable!("it is held"),
            Either::Right(_) => {
                held.notify_one();
                *lock.lock().await += 1;
            }
        }
        // Its turn comes when it is polled again.
        *first.await += 1;
        holder.await.expect("it ends");
        assert_eq!(*lock.lock().await, 2);
    });
}

#[test]
fn the_program_of_rfd_609_ends_when_the_select_owns_the_future() {
    runs(|| async {
        let lock = Mutex::new(0);
        let guard = lock.lock().await;
        let gone = Notify::new();
        let gives = async {
            gone.notified().await;
            drop(guard);
        };
        let takes = async {
            match select(lock.lock(), Box::pin(sleep(ms(1)))).await {
                Either::Left(_) => unreachable!("it is held"),
                Either::Right(((), first)) => drop(first),
            }
            gone.notify_one();
            *lock.lock().await += 1;
        };
        join(gives, takes).await;
        assert_eq!(*lock.lock().await, 1);
    });
}

#[test]
fn the_program_of_tokio_6450_ends() {
    runs(|| async {
        let lock = RwLock::new(());
        let locked = lock.try_write().expect("it is new");
        let mut first = pin!(lock.write());
        drop(select(first.as_mut(), done(())).await);
        let mut second = pin!(lock.write());
        drop(select(second.as_mut(), done(())).await);
        drop(locked);
        // The first has it, and is not polled.
        drop(second.await);
        drop(first.await);
    });
}

/// Waits for a lock, and at its second poll waits for it once more, with its thread.
struct BlocksOnSecondPoll {
    lock: Arc<Mutex<()>>,
    first: LockOwned<()>,
    is_polled: bool,
}

impl BlocksOnSecondPoll {
    fn new(lock: &Arc<Mutex<()>>) -> Self {
        Self { lock: Arc::clone(lock), first: Arc::clone(lock).lock_owned(), is_polled: false }
    }
}

impl Future for BlocksOnSecondPoll {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_polled {
            self.is_polled = true;
            drop(ready!(Pin::new(&mut self.first).poll(cx)));
            unreachable!("it is held");
        }
        task::block_in_place(|| drop(Handle::current().block_on(self.lock.lock())));
        Poll::Ready(())
    }
}

#[test]
fn the_program_of_tokio_7892_ends() {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let lock = Arc::new(Mutex::new(()));
        let guard = Arc::clone(&lock).lock_owned().await;
        let polled = Arc::new(Notify::new());
        let tells = Arc::clone(&polled);
        let mut blocks = BlocksOnSecondPoll::new(&lock);
        let task = spawn(async move {
            poll_fn(|cx| {
                let polled = Pin::new(&mut blocks).poll(cx);
                tells.notify_one();
                polled
            })
            .await;
        });
        polled.notified().await;
        drop(guard);
        task.await.expect("it ends");
    });
}

#[test]
fn a_lock_that_comes_while_a_poll_blocks_for_it_goes_to_the_one_that_blocks() {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let lock = Arc::new(Mutex::named("blocked for", ()));
        let guard = Arc::clone(&lock).lock_owned().await;
        let mut blocks = BlocksOnSecondPoll::new(&lock);
        let task = spawn(async move {
            poll_fn(|cx| {
                cx.waker().wake_by_ref();
                Pin::new(&mut blocks).poll(cx)
            })
            .await;
        });
        sleep_until(|| waiting("blocked for") == 2).await;
        drop(guard);
        task.await.expect("it ends");
    });
}
