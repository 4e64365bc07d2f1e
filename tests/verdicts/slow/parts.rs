//! Who waits would give back what wakes it, when it is dropped, and others have a part in that.

use std::collections::BTreeMap;
use std::io::{Write as _, stdout};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, mpsc};
use std::thread;

use wakeful::channels::{Sender, oneshot};
use wakeful::sync::{Mutex, Notify, OwnedMutexGuard};
use wakeful::task::JoinSet;
use wakeful::time::sleep;
use wakeful::{channel, spawn, yield_now};

use crate::program::{SLOW, named, slow};

type Call = Box<dyn Fn() + Send>;

/// What a library keeps for who has registered it, until that is dropped; a thread of its calls it.
struct Subscription(Arc<StdMutex<Option<Call>>>);

impl Subscription {
    fn new(call: impl Fn() + Send + 'static) -> Self {
        let call: Call = Box::new(call);
        let call = Arc::new(StdMutex::new(Some(call)));
        let of_thread = Arc::clone(&call);
        thread::spawn(move || {
            thread::sleep(SLOW);
            if let Some(call) = &*of_thread.lock().expect("nobody panics with it") {
                call();
            }
        });
        Self(call)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.lock().expect("nobody panics with it").take();
    }
}

#[test]
fn a_thread_calls_what_goes_when_the_waiter_is_dropped() {
    slow(async || {
        let (tx, rx) = channel(1);
        let events = spawn(async move {
            let subscription = Subscription::new(move || _ = tx.try_send(7));
            let got = rx.recv().await;
            drop(subscription);
            got
        });
        assert_eq!(events.await.unwrap(), Some(7));
    });
}

#[test]
fn a_table_of_everybodys_has_what_the_waiter_takes_out_at_its_end() {
    static WAITERS: StdMutex<BTreeMap<u32, Sender<u32>>> = StdMutex::new(BTreeMap::new());
    struct Entry(u32);
    impl Drop for Entry {
        fn drop(&mut self) {
            WAITERS.lock().unwrap().remove(&self.0);
        }
    }
    slow(async || {
        let (tx, rx) = channel(1);
        WAITERS.lock().unwrap().insert(1, tx);
        let waiter = spawn(async move {
            let _entry = Entry(1);
            rx.recv().await
        });
        sleep(SLOW).await;
        let tx = WAITERS.lock().unwrap().get(&1).cloned();
        tx.unwrap().send(3).await.unwrap();
        assert_eq!(waiter.await.unwrap(), Some(3));
    });
}

#[test]
fn a_static_has_the_state_which_the_waiter_takes_out_at_its_end() {
    static STATE: StdMutex<Option<Arc<Sender<u32>>>> = StdMutex::new(None);
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            STATE.lock().unwrap().take();
        }
    }
    slow(async || {
        let (tx, rx) = channel(1);
        let state = Arc::new(tx);
        // It is not moved from here at once, and stays in what main has.
        yield_now().await;
        let waiter = spawn(async move {
            *STATE.lock().unwrap() = Some(state);
            let _reset = Reset;
            rx.recv().await
        });
        sleep(SLOW).await;
        let state = STATE.lock().unwrap().clone();
        state.unwrap().send(3).await.unwrap();
        assert_eq!(waiter.await.unwrap(), Some(3));
    });
}

#[test]
fn a_lease_in_a_table_has_the_guard_and_ends_before_the_task_that_has_taken_it() {
    type Leases = Arc<StdMutex<BTreeMap<u32, OwnedMutexGuard<u32>>>>;
    struct Lease(Leases);
    impl Drop for Lease {
        fn drop(&mut self) {
            self.0.lock().unwrap().remove(&1);
        }
    }
    slow(async || {
        let (lock, leases) = (Arc::new(Mutex::new(0)), Leases::default());
        let (tx, rx) = channel(1);
        let (own, table) = (lock.clone(), leases.clone());
        let holder = spawn(async move {
            let guard = own.lock_owned().await;
            table.lock().unwrap().insert(1, guard);
            let _lease = Lease(table);
            rx.recv().await
        });
        sleep(SLOW / 100).await;
        spawn(async move {
            *lock.lock().await += 1;
            tx.send(1).await.ok();
        });
        sleep(SLOW).await;
        leases.lock().unwrap().remove(&1);
        assert_eq!(holder.await.unwrap(), Some(1));
    });
}

#[test]
fn a_pool_that_lives_for_ever_begins_with_counts_of_those_who_use_it() {
    #[repr(C)]
    struct Pool {
        in_use: AtomicUsize,
        waiting: AtomicUsize,
        tx: Sender<u32>,
    }
    struct Counted(&'static AtomicUsize);
    impl Counted {
        fn new(count: &'static AtomicUsize) -> Self {
            count.fetch_add(1, Ordering::Relaxed);
            Self(count)
        }
    }
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
    slow(async || {
        let (tx, rx) = channel(1);
        let (in_use, waiting) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let pool: &'static Pool = Box::leak(Box::new(Pool { in_use, waiting, tx }));
        let waiter = spawn(async move {
            let _counts = (Counted::new(&pool.in_use), Counted::new(&pool.waiting));
            rx.recv().await
        });
        let other = spawn(async move {
            sleep(SLOW).await;
            pool.tx.send(1).await.ok();
        });
        assert_eq!(waiter.await.unwrap(), Some(1));
        other.await.unwrap();
    });
}

#[test]
fn a_parent_would_end_the_child_that_it_waits_for() {
    slow(async || {
        let parent = spawn(async {
            let (tx, rx) = channel(1);
            let mut children = JoinSet::new();
            children.spawn(async move {
                sleep(SLOW).await;
                tx.send(5).await.ok();
            });
            let got = rx.recv().await;
            drop(children);
            got
        });
        assert_eq!(parent.await.unwrap(), Some(5));
    });
}

#[test]
fn a_task_has_a_weak_reference_and_makes_a_strong_one_of_it_later() {
    struct State(Notify);
    slow(async || {
        let state = Arc::new(State(Notify::new()));
        let weak = Arc::downgrade(&state);
        let waiter = spawn(async move { state.0.notified().await });
        let other = spawn(async move {
            sleep(SLOW).await;
            weak.upgrade().unwrap().0.notify_one();
        });
        waiter.await.unwrap();
        other.await.unwrap();
    });
}

#[test]
fn a_task_has_its_state_in_a_way_that_is_never_dropped() {
    struct State(Notify);
    slow(async || {
        let state = Arc::new(State(Notify::new()));
        let kept = ManuallyDrop::new(state.clone());
        let waiter = spawn(async move { state.0.notified().await });
        let other = spawn(async move {
            sleep(SLOW).await;
            kept.0.notify_one();
        });
        waiter.await.unwrap();
        other.await.unwrap();
    });
}

#[test]
fn destructors_of_those_who_wait_print_and_take_their_time() {
    struct Loud(Arc<Notify>);
    impl Drop for Loud {
        fn drop(&mut self) {
            writeln!(stdout(), "it is dropped").expect("somebody reads it");
            thread::sleep(SLOW / 100);
        }
    }
    slow(async || {
        let ready = Arc::new(Notify::new());
        let waiters = [(); 2].map(|()| {
            let loud = Loud(ready.clone());
            spawn(async move { loud.0.notified().await })
        });
        sleep(SLOW).await;
        ready.notify_waiters();
        for waiter in waiters {
            waiter.await.unwrap();
        }
    });
}

#[test]
fn a_guard_that_borrows_nothing_was_sent_to_who_lets_it_go_later() {
    slow(async || {
        let lock = Arc::new(Mutex::new(0));
        let (give, take) = oneshot();
        let (own, done) = (lock.clone(), Arc::new(Notify::new()));
        let ended = done.clone();
        let first = named("first", async move {
            give.send(own.lock_owned().await).ok();
            // It has taken the lock, and sleeps with it no more.
            ended.notified().await;
        });
        let second = named("second", async move {
            let guard = take.await.unwrap();
            sleep(SLOW).await;
            drop(guard);
        });
        sleep(SLOW / 10).await;
        *lock.lock().await += 1;
        done.notify_one();
        first.await.unwrap();
        second.await.unwrap();
    });
}

#[test]
fn a_thread_has_been_given_one_of_two_senders_by_who_has_moved_the_other() {
    slow(async || {
        let (tx, rx) = channel(1);
        let (give, take) = mpsc::channel();
        let own = tx.clone();
        let waiter = spawn(async move {
            give.send(tx).unwrap();
            let got = rx.recv().await;
            drop(own);
            got
        });
        thread::spawn(move || {
            let tx: Sender<u8> = take.recv().unwrap();
            thread::sleep(SLOW);
            assert!(tx.try_send(1).is_ok());
        });
        assert_eq!(waiter.await.unwrap(), Some(1));
    });
}
