//! Every interleaving of a few threads at the locks.

#![cfg(loom)]

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::task::{Context, Poll, Waker};

use wakeful_diagnostics::current;
use wakeful_diagnostics::names::{RuntimeId, Site};
use wakeful_diagnostics::registry::{Birth, TaskRecord, word};
use wakeful_sync::shim::{AtomicUsize, block_on, model, thread};
use wakeful_sync::wait::recall;
use wakeful_sync::{Cond, Mutex, Notify, OnceCell, RwLock, Semaphore, WaitGroup};

/// Polls once and reports whether it has to wait; its wake-ups are lost.
fn parks<F: Future>(future: Pin<&mut F>) -> bool {
    matches!(future.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
}

fn look<T>(_: &T) {}

/// A mutex to share. The shim makes loom's objects on first use, and to loom making one is a write
/// that has to happen before every other use: hence the first look.
fn mutex<T: Send>(value: T) -> Arc<Mutex<T>> {
    let mutex = Arc::new(Mutex::new(value));
    look(&*mutex.try_lock().expect("it is new"));
    mutex
}

/// As [`mutex`].
fn rwlock<T: Send + Sync>(value: T) -> Arc<RwLock<T>> {
    let lock = Arc::new(RwLock::new(value));
    look(&*lock.try_write().expect("it is new"));
    lock
}

/// As [`mutex`].
fn semaphore(permits: usize) -> Arc<Semaphore> {
    let semaphore = Arc::new(Semaphore::new(permits));
    assert_eq!(semaphore.available_permits(), permits);
    semaphore
}

#[test]
fn two_lockers_never_meet_inside() {
    model(|| {
        let mutex = mutex(0);
        let other = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || *block_on(mutex.lock()) += 1)
        };
        *block_on(mutex.lock()) += 1;
        other.join().unwrap();
        assert_eq!(*mutex.try_lock().unwrap(), 2);
    });
}

#[test]
fn three_lockers_all_get_their_turn() {
    model(|| {
        let mutex = mutex(0);
        let others = [(); 2].map(|()| {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || *block_on(mutex.lock()) += 1)
        });
        *block_on(mutex.lock()) += 1;
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(*mutex.try_lock().unwrap(), 3);
    });
}

#[test]
fn a_waiter_that_is_dropped_while_it_is_served_passes_the_lock_on() {
    model(|| {
        let mutex = mutex(());
        let guard = mutex.try_lock().unwrap();
        let quitter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || {
                let mut lock = pin!(mutex.lock());
                let _ = parks(lock.as_mut());
            })
        };
        let waiter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || drop(block_on(mutex.lock())))
        };
        drop(guard);
        quitter.join().unwrap();
        waiter.join().unwrap();
        assert!(mutex.try_lock().is_ok());
    });
}

#[test]
fn a_starving_waiter_that_is_dropped_hands_the_lock_on() {
    model(|| {
        let mutex = mutex(());
        let guard = mutex.try_lock().unwrap();
        let mut lock = Box::pin(mutex.lock());
        assert!(parks(lock.as_mut()));
        drop(guard);
        let barged = mutex.try_lock().unwrap();
        // The model's clock makes every loser a starving one.
        assert!(parks(lock.as_mut()));
        let waiter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || drop(block_on(mutex.lock())))
        };
        drop(barged);
        drop(lock);
        waiter.join().unwrap();
        assert!(mutex.try_lock().is_ok());
    });
}

#[test]
fn a_wait_sees_what_was_done_before_it() {
    model(|| {
        let group = WaitGroup::new();
        let value = Arc::new(AtomicUsize::new(0));
        value.store(1, Relaxed);
        group.add(1);
        let worker = {
            let (group, value) = (group.clone(), Arc::clone(&value));
            thread::spawn(move || {
                value.store(2, Relaxed);
                group.done();
            })
        };
        block_on(group.wait());
        assert_eq!(value.load(Relaxed), 2);
        worker.join().unwrap();
    });
}

#[test]
fn two_workers_end_one_wait() {
    model(|| {
        let group = WaitGroup::new();
        group.add(2);
        let workers = [(); 2].map(|()| {
            let group = group.clone();
            thread::spawn(move || group.done())
        });
        block_on(group.wait());
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(group.count(), 0);
    });
}

#[test]
fn a_group_is_used_again_as_soon_as_one_wait_is_over() {
    model(|| {
        let group = WaitGroup::new();
        for _ in 0..2 {
            group.add(1);
            let worker = {
                let group = group.clone();
                thread::spawn(move || group.done())
            };
            block_on(group.wait());
            worker.join().unwrap();
        }
        assert_eq!(group.count(), 0);
    });
}

#[test]
fn readers_and_writers_never_meet_inside() {
    model(|| {
        let lock = rwlock(0);
        let writer = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || *block_on(lock.write()) += 1)
        };
        let reader = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || assert!(*block_on(lock.read()) <= 2))
        };
        *block_on(lock.write()) += 1;
        writer.join().unwrap();
        reader.join().unwrap();
        assert_eq!(*lock.try_read().unwrap(), 2);
    });
}

#[test]
fn a_writer_goes_in_after_all_readers() {
    model(|| {
        let lock = rwlock(0);
        let readers = [(); 2].map(|()| {
            let lock = Arc::clone(&lock);
            thread::spawn(move || assert!(*block_on(lock.read()) <= 1))
        });
        *block_on(lock.write()) = 1;
        for reader in readers {
            reader.join().unwrap();
        }
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn a_writer_that_is_dropped_while_it_is_let_in_makes_way() {
    model(|| {
        let lock = rwlock(0);
        let inside = lock.try_read().unwrap();
        let quitter = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                let mut write = pin!(lock.write());
                let _ = parks(write.as_mut());
            })
        };
        let reader = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || drop(block_on(lock.read())))
        };
        drop(inside);
        quitter.join().unwrap();
        reader.join().unwrap();
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn downgrading_lets_nobody_write_in_between() {
    model(|| {
        let lock = rwlock(0);
        let writer = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || *block_on(lock.write()) += 1)
        };
        let mut writes = block_on(lock.write());
        *writes += 10;
        let seen = *writes;
        let reads = wakeful_sync::RwLockWriteGuard::downgrade(writes);
        assert_eq!(*reads, seen);
        drop(reads);
        writer.join().unwrap();
        assert_eq!(*lock.try_read().unwrap(), 11);
    });
}

#[test]
fn permits_that_gather_for_one_who_quits_reach_the_next() {
    model(|| {
        let semaphore = semaphore(2);
        let mut taken = semaphore.try_acquire_many(2).unwrap();
        let quitter = {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || {
                let mut many = pin!(semaphore.acquire_many(2));
                let _ = parks(many.as_mut());
            })
        };
        let waiter = {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || drop(block_on(semaphore.acquire()).unwrap()))
        };
        drop(taken.split(1));
        quitter.join().unwrap();
        waiter.join().unwrap();
        drop(taken);
        assert_eq!(semaphore.available_permits(), 2);
    });
}

#[test]
fn closing_ends_a_wait_that_just_begins() {
    model(|| {
        let semaphore = semaphore(0);
        let waiter = {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || assert!(block_on(semaphore.acquire()).is_err()))
        };
        semaphore.close();
        waiter.join().unwrap();
    });
}

#[test]
fn a_notification_for_one_who_quits_reaches_the_next() {
    model(|| {
        let notify = Arc::new(Notify::new());
        drop(notify.notified());
        let quitter = {
            let notify = Arc::clone(&notify);
            thread::spawn(move || !parks(pin!(notify.notified())))
        };
        let waiter = {
            let notify = Arc::clone(&notify);
            thread::spawn(move || block_on(notify.notified()))
        };
        notify.notify_one();
        // One that was ready at its first poll has used the notification up.
        if quitter.join().unwrap() {
            notify.notify_one();
        }
        waiter.join().unwrap();
    });
}

#[test]
fn a_round_reaches_a_future_that_was_not_polled() {
    model(|| {
        let notify = Arc::new(Notify::new());
        let waits = notify.notified();
        let caller = {
            let notify = Arc::clone(&notify);
            thread::spawn(move || notify.notify_waiters())
        };
        block_on(waits);
        caller.join().unwrap();
    });
}

#[test]
fn the_right_to_initialize_survives_one_who_quits() {
    model(|| {
        let cell = Arc::new(OnceCell::new());
        assert!(cell.get().is_none());
        let quitter = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || {
                let _ = parks(pin!(cell.get_or_init(std::future::pending)));
            })
        };
        let other = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || *block_on(cell.get_or_init(|| async { 1 })))
        };
        let seen = *block_on(cell.get_or_init(|| async { 2 }));
        assert_eq!(other.join().unwrap(), seen);
        quitter.join().unwrap();
        assert_eq!(cell.get(), Some(&seen));
    });
}

#[test]
fn a_call_after_the_change_is_never_missed() {
    model(|| {
        let (mutex, cond) = (mutex(false), Arc::new(Cond::new()));
        let caller = {
            let (mutex, cond) = (Arc::clone(&mutex), Arc::clone(&cond));
            thread::spawn(move || {
                *block_on(mutex.lock()) = true;
                cond.notify_one();
            })
        };
        block_on(async {
            let mut done = mutex.lock().await;
            while !*done {
                done = cond.wait(done).await;
            }
        });
        caller.join().unwrap();
    });
}

/// A task that is being polled.
fn task() -> &'static TaskRecord {
    TaskRecord::register(Birth {
        local: false,
        site: Site::caller(),
        type_name: || "model",
        parent: None,
        meta: None,
        daemon: false,
        root: false,
        runtime: RuntimeId(9),
        word: word::RUNNING,
    })
}

/// Ends the poll of a task that nobody has woken.
fn fall_asleep(task: &'static TaskRecord) {
    task.word.fetch_and(!word::RUNNING, SeqCst);
    recall::asleep(task);
}

#[test]
fn a_grant_to_a_task_that_falls_asleep_is_passed_on() {
    model(|| {
        let mutex = mutex(());
        let guard = mutex.try_lock().unwrap();
        let waiter = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || drop(block_on(mutex.lock())))
        };
        let unlocker = task();
        let mut lock = pin!(mutex.lock());
        let waits = current::scope(unlocker, || parks(lock.as_mut()));
        assert!(waits);
        // The task that sleeps is not polled any more; its wake is lost. It holds the lock, too.
        let other = task();
        let sleeper = thread::spawn(move || fall_asleep(unlocker));
        current::scope(other, || drop(guard));
        sleeper.join().unwrap();
        waiter.join().unwrap();
        assert!(mutex.try_lock().is_ok());
    });
}

#[test]
fn permits_granted_to_a_task_that_falls_asleep_are_passed_on() {
    model(|| {
        let semaphore = semaphore(2);
        let permits = semaphore.try_acquire_many(2).unwrap();
        let asleep = task();
        let mut first = pin!(semaphore.acquire_many(2));
        let waits = current::scope(asleep, || parks(first.as_mut()));
        assert!(waits);
        let waiter = {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || drop(block_on(semaphore.acquire()).unwrap()))
        };
        let sleeper = thread::spawn(move || fall_asleep(asleep));
        drop(permits);
        sleeper.join().unwrap();
        waiter.join().unwrap();
        assert_eq!(semaphore.available_permits(), 2);
    });
}

#[test]
fn a_grant_is_taken_back_while_its_future_is_dropped() {
    model(|| {
        let lock = rwlock(());
        let guard = lock.try_write().unwrap();
        let asleep = task();
        let quitter = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                let mut write = pin!(lock.write());
                let _ = current::scope(asleep, || parks(write.as_mut()));
                fall_asleep(asleep);
            })
        };
        drop(guard);
        block_on(lock.read());
        quitter.join().unwrap();
        assert!(lock.try_write().is_ok());
    });
}
