//! Handles of what others wait for, in shapes that services have: whoever has them takes his time.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex as StdMutex, OnceLock, mpsc};
use std::thread;

use futures::future::BoxFuture;
use wakeful::channels::{Sender, oneshot, watch};
use wakeful::sync::{Mutex, Notify, OwnedMutexGuard, Semaphore};
use wakeful::time::{interval, sleep, timeout};
use wakeful::{channel, spawn};

use crate::program::{SLOW, a_moment, slow};

#[test]
fn a_state_that_main_has_beside_those_who_wait_in_it() {
    #[derive(Default)]
    struct State {
        _free: Mutex<Vec<u32>>,
        returned: Notify,
    }
    slow(async || {
        let state = Arc::new(State::default());
        let waiters = [(); 3].map(|()| {
            let state = state.clone();
            spawn(async move { state.returned.notified().await })
        });
        sleep(SLOW).await;
        state.returned.notify_waiters();
        for waiter in waiters {
            waiter.await.expect("it ends");
        }
    });
}

#[test]
fn a_state_of_which_main_has_given_away_one_of_two() {
    slow(async || {
        let bell = Arc::new(Notify::new());
        let (given, kept) = (bell.clone(), bell.clone());
        let waiter = spawn(async move { given.notified().await });
        drop(bell);
        sleep(SLOW).await;
        kept.notify_one();
        waiter.await.expect("it ends");
    });
}

#[test]
fn a_sender_that_only_a_thread_has_which_got_the_stack_of_one_that_has_ended() {
    struct Held {
        tx: Sender<u8>,
    }
    slow(async || {
        let (tx, rx) = channel(1);
        let held = Arc::new(Held { tx });
        thread::spawn(|| ()).join().expect("it does not panic");
        let thread = thread::spawn(move || {
            thread::sleep(SLOW);
            held.tx.try_send(7).expect("there is room");
        });
        assert_eq!(rx.recv().await, Some(7));
        thread.join().expect("it does not panic");
    });
}

#[test]
fn permits_that_main_adds_to_what_two_tasks_have_in_a_state() {
    struct Buffers {
        free: Arc<Semaphore>,
    }
    slow(async || {
        let buffers = Arc::new(Buffers { free: Arc::new(Semaphore::new(4)) });
        let sorters = [(); 2].map(|()| {
            let buffers = buffers.clone();
            spawn(async move {
                let _runs = buffers.free.acquire_many(2).await;
                a_moment().await;
                let _merged = buffers.free.acquire_many(2).await;
            })
        });
        sleep(SLOW).await;
        buffers.free.add_permits(4);
        for sorter in sorters {
            sorter.await.expect("it ends");
        }
    });
}

#[test]
fn a_state_that_is_only_weakly_known_to_who_ends_the_wait() {
    slow(async || {
        let bell = Arc::new(Notify::new());
        let known = Arc::downgrade(&bell);
        let waiter = spawn(async move { bell.notified().await });
        sleep(SLOW).await;
        known.upgrade().expect("it waits").notify_one();
        waiter.await.expect("it ends");
    });
}

#[test]
fn a_state_that_a_task_has_passed_on_and_waits_for_through_a_static() {
    static STATE: OnceLock<Arc<Notify>> = OnceLock::new();
    slow(async || {
        STATE.set(Arc::default()).ok();
        let waiter = spawn(async {
            let state = STATE.get().expect("it is set").clone();
            let users = Arc::strong_count(&state);
            a_moment().await;
            drop(state);
            STATE.get().expect("it is set").notified().await;
            users
        });
        sleep(SLOW).await;
        STATE.get().expect("it is set").notify_one();
        waiter.await.expect("it ends");
    });
}

#[test]
fn a_sender_that_is_cloned_and_dropped_all_the_time() {
    slow(async || {
        let (tx, rx) = channel::<u32>(0);
        let reader = spawn(async move { rx.recv().await });
        let mut all = vec![tx];
        let mut old = Vec::new();
        let mut every = interval(SLOW / 200);
        for _ in 0..200 {
            let last = all.pop().expect("there is one");
            let mut next = Vec::with_capacity(1 + old.len() % 17);
            next.push(last.clone());
            drop(last);
            old.push(std::mem::replace(&mut all, next));
            old.truncate(100);
            every.tick().await;
        }
        all[0].send(1).await.expect("somebody receives");
        assert_eq!(reader.await.expect("it ends"), Some(1));
    });
}

#[test]
fn a_sender_that_comes_back_to_where_it_was_cloned() {
    slow(async || {
        let (tx, rx) = channel::<u32>(0);
        let mut place = Some(tx);
        let reader = spawn(async move { rx.recv().await });
        for _ in 0..20 {
            let copy = place.as_ref().expect("it is there").clone();
            drop(place.replace(copy));
            let copy = place.as_ref().expect("it is there").clone();
            drop(copy);
            sleep(SLOW / 20).await;
        }
        place.expect("it is there").send(1).await.expect("somebody receives");
        assert_eq!(reader.await.expect("it ends"), Some(1));
    });
}

#[test]
fn a_sender_of_any_type_in_a_map_of_extensions() {
    slow(async || {
        let (tx, rx) = channel::<u32>(0);
        let mut extensions: HashMap<&str, Box<dyn Any + Send + Sync>> = HashMap::new();
        extensions.insert("tx", Box::new(tx));
        let extensions = Arc::new(extensions);
        let reader = spawn(async move { rx.recv().await });
        let sender = spawn(async move {
            sleep(SLOW).await;
            let tx = extensions["tx"].downcast_ref::<Sender<u32>>();
            tx.expect("a sender").send(1).await.expect("somebody receives");
        });
        assert_eq!(reader.await.expect("it ends"), Some(1));
        sender.await.expect("it ends");
    });
}

#[test]
fn steps_in_a_queue_that_are_polled_one_after_the_other() {
    slow(async || {
        let (tx, rx) = channel::<u32>(0);
        let mut steps: VecDeque<BoxFuture<'static, ()>> = VecDeque::new();
        steps.push_back(Box::pin(sleep(SLOW)));
        steps.push_back(Box::pin(async move {
            tx.send(1).await.expect("somebody receives");
        }));
        let reader = spawn(async move { rx.recv().await });
        let machine = spawn(async move {
            while let Some(step) = steps.front_mut() {
                poll_fn(|cx| step.as_mut().poll(cx)).await;
                steps.pop_front();
            }
        });
        assert_eq!(reader.await.expect("it ends"), Some(1));
        machine.await.expect("it ends");
    });
}

#[test]
fn replies_in_jobs_of_a_plain_thread() {
    slow(async || {
        let (jobs, queue) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        thread::spawn(move || {
            for job in queue {
                thread::sleep(SLOW / 3);
                job();
            }
        });
        let mut replies = Vec::new();
        for n in 0..3 {
            let (tx, rx) = oneshot();
            jobs.send(Box::new(move || tx.send(n).expect("somebody waits")))
                .expect("the thread runs");
            replies.push(spawn(rx));
        }
        for reply in replies {
            reply.await.expect("it ends").expect("it is answered");
        }
    });
}

#[test]
fn a_lease_in_a_table_that_ends_later() {
    slow(async || {
        let lock = Arc::new(Mutex::new(0));
        let leases: Arc<StdMutex<HashMap<u32, OwnedMutexGuard<i32>>>> = Arc::default();
        let guard = lock.clone().lock_owned().await;
        leases.lock().expect("not poisoned").insert(1, guard);
        let waiter = spawn(async move { *lock.lock().await += 1 });
        let ends = spawn(async move {
            sleep(SLOW).await;
            leases.lock().expect("not poisoned").remove(&1);
        });
        waiter.await.expect("it ends");
        ends.await.expect("it ends");
    });
}

#[test]
fn permits_that_a_ticker_adds() {
    slow(async || {
        let permits = Arc::new(Semaphore::new(0));
        let own = permits.clone();
        let refill = spawn(async move {
            let mut every = interval(SLOW / 2);
            for _ in 0..3 {
                every.tick().await;
                own.add_permits(1);
            }
        });
        let takers = [(); 3].map(|()| {
            let permits = permits.clone();
            spawn(async move { permits.acquire().await.expect("it is open").forget() })
        });
        drop(permits);
        for taker in takers {
            taker.await.expect("it ends");
        }
        refill.await.expect("it ends");
    });
}

#[test]
fn a_ring_that_a_time_limit_breaks() {
    slow(async || {
        let (a, b) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
        let (own_a, own_b) = (a.clone(), b.clone());
        let gives_up = spawn(async move {
            let _a = own_a.lock().await;
            a_moment().await;
            timeout(SLOW, own_b.lock()).await.is_err()
        });
        let waits = spawn(async move {
            let _b = b.lock().await;
            a_moment().await;
            drop(a.lock().await);
        });
        assert!(gives_up.await.expect("it ends"));
        waits.await.expect("it ends");
    });
}

#[test]
fn a_watch_in_a_static_that_is_set_late() {
    static CONFIG: OnceLock<watch::Sender<u32>> = OnceLock::new();
    slow(async || {
        let (tx, mut rx) = watch(0);
        CONFIG.set(tx).ok();
        let reader = spawn(async move { rx.changed().await.is_ok() });
        sleep(SLOW).await;
        CONFIG.get().expect("it is set").send(1).expect("somebody reads");
        assert!(reader.await.expect("it ends"));
    });
}
