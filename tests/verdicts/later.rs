//! Waits that somebody will end who sleeps, or is none of the house's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use wakeful::channels::{oneshot, watch};
use wakeful::diagnostics::Action;
use wakeful::runtime::Handle;
use wakeful::sync::{Barrier, Cond, Mutex, Notify, OnceCell, RwLock, Semaphore, WaitGroup};
use wakeful::task::{self, LocalSet};
use wakeful::time::{sleep, timeout};
use wakeful::{channel, select, spawn, yield_now};

use crate::house::{LONG, patient, runtime, silent};

#[test]
fn tokens_that_are_handed_to_others() {
    silent(async || {
        patient(async {
            let group = WaitGroup::new();
            for _ in 0..3 {
                let token = group.token();
                spawn(async move {
                    sleep(LONG).await;
                    drop(token);
                });
            }
            group.wait().await;
        });
    });
}

#[test]
fn permits_that_are_handed_to_others() {
    silent(async || {
        patient(async {
            let permits = Arc::new(Semaphore::new(1));
            let permit = permits.clone().acquire_owned().await.unwrap();
            spawn(async move {
                sleep(LONG).await;
                drop(permit);
            });
            drop(permits.acquire_owned().await);
        });
    });
}

#[test]
fn guards_that_are_handed_to_others() {
    silent(async || {
        patient(async {
            let lock = Arc::new(RwLock::new(0));
            let guard = lock.clone().write_owned().await;
            spawn(async move {
                sleep(LONG).await;
                drop(guard);
            });
            drop(lock.read().await);
        });
    });
}

#[test]
fn a_lock_that_a_blocking_job_has() {
    silent(async || {
        patient(async {
            let lock = Arc::new(Mutex::new(0));
            let guard = lock.clone().lock_owned().await;
            task::spawn_blocking(move || {
                thread::sleep(LONG);
                drop(guard);
            });
            drop(lock.lock().await);
        });
    });
}

#[test]
fn a_guard_that_a_thread_got_without_a_task() {
    silent(async || {
        let lock = Arc::new(Mutex::new(0));
        let (other, (taken, is_taken)) = (lock.clone(), oneshot());
        thread::spawn(move || {
            let guard = other.try_lock().unwrap();
            taken.send(()).unwrap();
            thread::sleep(LONG);
            drop(guard);
        });
        is_taken.await.unwrap();
        patient(async move { drop(lock.lock().await) });
    });
}

#[test]
fn a_guard_that_a_thread_got_by_block_on() {
    silent(async || {
        let lock = Arc::new(RwLock::new(0));
        let (other, (taken, is_taken)) = (lock.clone(), oneshot());
        let handle = Handle::current();
        thread::spawn(move || {
            let guard = handle.block_on(other.write());
            taken.send(()).unwrap();
            thread::sleep(LONG);
            drop(guard);
        });
        is_taken.await.unwrap();
        patient(async move { drop(lock.read().await) });
    });
}

#[test]
fn what_a_job_has_that_blocks_on_something_that_will_end() {
    silent(async || {
        let (tx, rx) = channel::<u8>(1);
        let handle = Handle::current();
        task::spawn_blocking(move || {
            handle.block_on(sleep(LONG));
            drop(tx);
        });
        patient(async move {
            rx.recv().await;
        });
    });
}

#[test]
fn the_last_member_of_a_barrier_that_is_late() {
    silent(async || {
        let barrier = Arc::new(Barrier::new(2));
        let late = barrier.clone();
        patient(async move {
            let _ = barrier.wait().await;
        });
        spawn(async move {
            sleep(LONG).await;
            late.wait().await;
        });
    });
}

#[test]
fn who_will_notify_sleeps() {
    silent(async || {
        let both = Arc::new((Notify::new(), Mutex::new(false), Cond::new()));
        let later = both.clone();
        let other = both.clone();
        patient(async move { both.0.notified().await });
        task::Builder::new().name("patient too").spawn(async move {
            let mut ready = other.1.lock().await;
            while !*ready {
                ready = other.2.wait(ready).await;
            }
        });
        spawn(async move {
            sleep(LONG).await;
            later.0.notify_one();
            *later.1.lock().await = true;
            later.2.notify_all();
        });
    });
}

#[test]
fn who_will_answer_sleeps() {
    silent(async || {
        let (answer, answered) = oneshot::<u8>();
        let (change, mut changed) = watch(0);
        patient(async move {
            let _ = answered.await;
        });
        task::Builder::new().name("patient too").spawn(async move {
            let _ = changed.changed().await;
        });
        spawn(async move {
            sleep(LONG).await;
            let _ = change.send(1);
            let _ = answer.send(1);
        });
    });
}

#[test]
fn who_initializes_sleeps() {
    silent(async || {
        let cell = Arc::new(OnceCell::new());
        let other = cell.clone();
        spawn(async move {
            other
                .get_or_init(async || {
                    sleep(LONG).await;
                    1
                })
                .await;
        });
        yield_now().await;
        sleep(Duration::from_millis(20)).await;
        patient(async move {
            let _ = cell.get_or_init(async || 2).await;
        });
    });
}

#[test]
fn a_wait_with_a_limit_under_a_lock() {
    silent(async || {
        let (a, b) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
        let both = Arc::new(Barrier::new(2));
        for (one, other) in [(&a, &b), (&b, &a)] {
            let (one, other, both) = (one.clone(), other.clone(), both.clone());
            patient(async move {
                let _one = one.lock().await;
                both.wait().await;
                let _ = timeout(LONG, other.lock()).await;
            });
        }
    });
}

#[test]
fn a_lock_in_an_arm_beside_a_timer() {
    silent(async || {
        patient(async move {
            let lock = Mutex::new(0);
            let _held = lock.lock().await;
            select! {
                _again = lock.lock() => {},
                () = sleep(LONG) => {},
            }
        });
    });
}

#[test]
fn a_select_with_a_default_that_spins() {
    silent(async || {
        let is_over = Arc::new(AtomicBool::new(false));
        let (tx, rx) = channel::<u8>(1);
        let spinning = is_over.clone();
        spawn(async move {
            while !spinning.load(SeqCst) {
                select! {
                    _ = rx.recv() => {},
                    default => yield_now().await,
                }
            }
        });
        patient(async move {
            tx.send(1).await.ok();
            sleep(LONG).await;
            is_over.store(true, SeqCst);
        });
    });
}

#[test]
fn a_branch_of_a_join_that_sleeps_with_the_lock() {
    silent(async || {
        patient(async {
            let lock = Mutex::new(0);
            let holds = async {
                let _held = lock.lock().await;
                sleep(LONG).await;
            };
            wakeful::join!(holds, async { drop(lock.lock().await) });
        });
    });
}

#[test]
fn a_foreign_branch_that_sleeps_with_the_lock() {
    silent(async || {
        patient(async {
            let lock = Mutex::new(0);
            let holds = async {
                let _held = lock.lock().await;
                sleep(LONG).await;
            };
            futures::future::join(holds, async { drop(lock.lock().await) }).await;
        });
    });
}

#[test]
fn a_waker_that_a_thread_keeps() {
    silent(async || {
        patient(async {
            let woken = Arc::new(AtomicBool::new(false));
            std::future::poll_fn(move |cx| {
                if woken.load(SeqCst) {
                    return Poll::Ready(());
                }
                let (waker, woken) = (cx.waker().clone(), woken.clone());
                thread::spawn(move || {
                    thread::sleep(LONG);
                    woken.store(true, SeqCst);
                    waker.wake();
                });
                Poll::Pending
            })
            .await;
        });
    });
}

#[test]
fn a_channel_of_another_crate() {
    silent(async || {
        let (tx, rx) = futures::channel::oneshot::channel::<u8>();
        patient(async move {
            let _ = rx.await;
        });
        spawn(async move {
            sleep(LONG).await;
            let _ = tx.send(1);
        });
    });
}

#[test]
fn tasks_of_a_local_set_that_talk_to_one_that_sleeps() {
    silent(async || {
        thread::spawn(|| {
            let rt = runtime(Action::Panic);
            let _entered = rt.enter();
            let local = LocalSet::new();
            let (tx, rx) = channel::<u8>(1);
            let tx = std::rc::Rc::new(tx);
            local.spawn_local(async move {
                sleep(LONG).await;
                drop(tx);
            });
            rt.block_on(local.run_until(async move {
                task::Builder::new().name("patient").spawn(async move {
                    rx.recv().await;
                });
                sleep(LONG).await;
            }));
        });
    });
}

#[test]
fn an_output_that_is_still_to_be_joined() {
    silent(async || {
        let lock = Arc::new(Mutex::new(0));
        let inner = lock.clone();
        let holder = spawn(async move { inner.lock_owned().await });
        let kept = spawn(async move {
            let guard = holder.await;
            sleep(LONG).await;
            drop(guard);
        });
        sleep(Duration::from_millis(20)).await;
        patient(async move { drop(lock.lock().await) });
        (kept,)
    });
}

#[test]
fn a_permit_that_somebody_will_add() {
    silent(async || {
        let permits = Arc::new(Semaphore::new(1));
        let more = permits.clone();
        patient(async move {
            let _one = permits.acquire().await;
            let _two = permits.acquire().await;
        });
        spawn(async move {
            sleep(LONG).await;
            more.add_permits(1);
        });
    });
}

#[test]
fn a_task_that_its_set_will_abort() {
    silent(async || {
        let (tx, rx) = channel::<u8>(1);
        let mut set = task::JoinSet::new();
        set.spawn(async move { rx.recv().await });
        patient(async move {
            sleep(LONG).await;
            set.abort_all();
            drop(tx);
        });
    });
}
