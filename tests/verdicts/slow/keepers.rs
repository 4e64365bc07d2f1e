//! Handles that somebody has where they are not easy to see.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex as StdMutex, OnceLock, Weak, mpsc};
use std::thread;

use wakeful::channels::{Sender, oneshot, unbounded, watch};
use wakeful::sync::{Mutex, Notify, Semaphore, WaitGroup};
use wakeful::time::{after_func, sleep};
use wakeful::{channel, spawn, task};

use crate::program::{SLOW, slow};

type Work = Box<dyn FnOnce() + Send>;

#[test]
fn a_sender_in_a_boxed_function_in_a_queue_of_std() {
    slow(async || {
        let (work, queue) = mpsc::channel::<Work>();
        let (tx, rx) = channel::<u8>(1);
        work.send(Box::new(move || tx.try_send(1).unwrap())).unwrap();
        thread::spawn(move || {
            thread::sleep(SLOW);
            queue.recv().unwrap()();
        });
        assert_eq!(rx.recv().await, Some(1));
    });
}

#[test]
fn a_reply_in_a_boxed_function_in_a_channel_of_ours() {
    slow(async || {
        let (work, queue) = unbounded::<Work>();
        let (reply, answer) = oneshot::<u8>();
        work.try_send(Box::new(move || reply.send(1).unwrap())).unwrap();
        spawn(async move {
            sleep(SLOW).await;
            queue.recv().await.unwrap()();
        });
        assert_eq!(answer.await, Ok(1));
    });
}

#[test]
fn replies_in_a_map_of_pending_requests_that_a_static_has() {
    static PENDING: OnceLock<StdMutex<HashMap<u64, Sender<u8>>>> = OnceLock::new();
    slow(async || {
        let (tx, rx) = channel::<u8>(1);
        PENDING.get_or_init(Default::default).lock().unwrap().insert(7, tx);
        thread::spawn(|| {
            thread::sleep(SLOW);
            PENDING.get().unwrap().lock().unwrap().remove(&7).unwrap().try_send(1).unwrap();
        });
        assert_eq!(rx.recv().await, Some(1));
    });
}

#[test]
fn a_sender_in_a_box_that_was_leaked() {
    slow(async || {
        let (tx, rx) = channel::<u8>(1);
        let kept: &'static Sender<u8> = Box::leak(Box::new(tx));
        thread::spawn(move || {
            thread::sleep(SLOW);
            kept.try_send(1).unwrap();
        });
        assert_eq!(rx.recv().await, Some(1));
    });
}

#[test]
fn a_sender_in_a_thread_local_of_a_thread_that_sleeps() {
    thread_local!(static KEPT: RefCell<Option<Sender<u8>>> = const { RefCell::new(None) });
    slow(async || {
        let (tx, rx) = channel::<u8>(1);
        thread::spawn(move || {
            KEPT.set(Some(tx));
            thread::sleep(SLOW);
            KEPT.take().unwrap().try_send(1).unwrap();
        });
        assert_eq!(rx.recv().await, Some(1));
    });
}

#[test]
fn a_sender_in_a_future_that_is_kept_in_a_struct_and_polled_later() {
    struct Later {
        waiting: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>>,
    }
    slow(async || {
        let (tx, rx) = channel::<u8>(1);
        let mut later = Later { waiting: Vec::new() };
        later.waiting.push(Box::pin(async move { tx.send(1).await.unwrap() }));
        spawn(async move {
            sleep(SLOW).await;
            for one in later.waiting {
                one.await;
            }
        });
        assert_eq!(rx.recv().await, Some(1));
    });
}

#[test]
fn a_sender_behind_weak_references() {
    slow(async || {
        let (tx, rx) = channel::<u8>(1);
        let owner: Arc<StdMutex<Option<Sender<u8>>>> = Arc::new(StdMutex::new(Some(tx)));
        let weak: Weak<_> = Arc::downgrade(&owner);
        spawn(async move {
            sleep(SLOW).await;
            let owner = weak.upgrade().unwrap();
            let tx = owner.lock().unwrap().take();
            tx.unwrap().try_send(1).unwrap();
        });
        // Its only strong reference waits.
        assert_eq!(rx.recv().await, Some(1));
        drop(owner);
    });
}

#[test]
fn senders_deep_in_collections_of_an_application() {
    type Sessions = VecDeque<HashMap<String, Arc<(u8, Sender<u8>)>>>;
    struct App {
        sessions: BTreeMap<u64, Sessions>,
    }
    slow(async || {
        let (tx, rx) = channel::<u8>(1);
        let inner = HashMap::from([("a".to_owned(), Arc::new((1, tx)))]);
        let sessions = BTreeMap::from([(1, VecDeque::from([inner]))]);
        let app = Arc::new(App { sessions });
        spawn(async move {
            sleep(SLOW).await;
            app.sessions[&1][0]["a"].1.try_send(1).unwrap();
        });
        assert_eq!(rx.recv().await, Some(1));
    });
}

#[test]
fn a_handle_in_the_buffer_of_a_channel_in_the_buffer_of_a_channel() {
    slow(async || {
        let (outer, outbox) = channel::<wakeful::channels::Receiver<Sender<u8>>>(1);
        let (inner, inbox) = channel::<Sender<u8>>(1);
        let (tx, rx) = channel::<u8>(1);
        inner.try_send(tx).unwrap();
        outer.try_send(inbox).unwrap();
        spawn(async move {
            sleep(SLOW).await;
            let inbox = outbox.recv().await.unwrap();
            inbox.recv().await.unwrap().try_send(1).unwrap();
        });
        assert_eq!(rx.recv().await, Some(1));
        drop((outer, inner));
    });
}

#[test]
fn a_handle_in_a_channel_of_the_futures_crate() {
    slow(async || {
        let (mut work, mut queue) = futures::channel::mpsc::channel::<Sender<u8>>(4);
        let (tx, rx) = channel::<u8>(1);
        work.try_send(tx).unwrap();
        spawn(async move {
            sleep(SLOW).await;
            futures::StreamExt::next(&mut queue).await.unwrap().try_send(1).unwrap();
        });
        assert_eq!(rx.recv().await, Some(1));
        drop(work);
    });
}

#[test]
fn a_permit_in_a_connection_that_a_slow_task_uses() {
    struct Connection {
        _permit: wakeful::sync::OwnedSemaphorePermit,
    }
    slow(async || {
        let pool = Arc::new(Semaphore::named("pool", 2));
        for _ in 0..2 {
            let connection = Connection { _permit: pool.clone().acquire_owned().await.unwrap() };
            spawn(async move {
                sleep(SLOW).await;
                drop(connection);
            });
        }
        drop(pool.acquire().await.unwrap());
    });
}

#[test]
fn a_permit_that_is_given_back_by_hand() {
    slow(async || {
        let pool = Arc::new(Semaphore::named("by hand", 1));
        let theirs = pool.clone();
        spawn(async move {
            theirs.acquire().await.unwrap().forget();
            sleep(SLOW).await;
            theirs.add_permits(1);
        });
        sleep(SLOW / 10).await;
        drop(pool.acquire().await.unwrap());
    });
}

#[test]
fn a_token_of_a_group_in_a_job_of_a_pool_of_threads() {
    slow(async || {
        let (work, queue) = mpsc::channel::<Work>();
        thread::spawn(move || queue.into_iter().for_each(|work| work()));
        let group = WaitGroup::named("jobs");
        for _ in 0..3 {
            let token = group.token();
            work.send(Box::new(move || {
                thread::sleep(SLOW / 3);
                drop(token);
            }))
            .unwrap();
        }
        group.wait().await;
    });
}

#[test]
fn a_count_that_threads_bring_down_by_hand() {
    slow(async || {
        let group = WaitGroup::named("by hand");
        group.add(3);
        for _ in 0..3 {
            let group = group.clone();
            thread::spawn(move || {
                thread::sleep(SLOW);
                group.done();
            });
        }
        group.wait().await;
    });
}

#[test]
fn a_notification_from_a_function_of_a_timer() {
    slow(async || {
        let notify = Arc::new(Notify::named("alarm"));
        let theirs = notify.clone();
        let _timer = after_func(SLOW, move || theirs.notify_one());
        notify.notified().await;
    });
}

#[test]
fn a_watch_whose_sender_is_the_state_of_a_boxed_trait_object() {
    trait Source: Send {
        fn bump(&mut self);
    }
    struct Config(watch::Sender<u32>);
    impl Source for Config {
        fn bump(&mut self) {
            let _ = self.0.send(2);
        }
    }
    slow(async || {
        let (config, mut changes) = watch(1);
        let mut sources: Vec<Box<dyn Source>> = vec![Box::new(Config(config))];
        spawn(async move {
            sleep(SLOW).await;
            sources.iter_mut().for_each(|source| source.bump());
        });
        changes.changed().await.unwrap();
    });
}

#[test]
fn a_guard_in_the_output_of_a_task_whose_handle_is_in_a_map() {
    slow(async || {
        let lock = Arc::new(Mutex::named("owned", 0));
        let theirs = lock.clone();
        let mut handles = HashMap::new();
        handles.insert("first", spawn(async move { theirs.lock_owned().await }));
        spawn(async move {
            sleep(SLOW).await;
            drop(handles.remove("first").unwrap().await.unwrap());
        });
        sleep(SLOW / 10).await;
        *lock.lock().await += 1;
    });
}

#[test]
fn a_guard_that_a_blocking_job_has_got_by_sending() {
    slow(async || {
        let lock = Arc::new(Mutex::named("sent", 0));
        let (give, given) = mpsc::channel();
        task::spawn_blocking(move || {
            let guard: wakeful::sync::OwnedMutexGuard<i32> = given.recv().unwrap();
            thread::sleep(SLOW);
            drop(guard);
        });
        give.send(lock.clone().lock_owned().await).unwrap();
        *lock.lock().await += 1;
    });
}
