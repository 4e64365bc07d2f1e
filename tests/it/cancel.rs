//! Futures that are given up, across the house: nothing is lost, nothing stays taken.

use std::sync::Arc;
use std::time::Duration;

use wakeful::sync::{Mutex, Semaphore};
use wakeful::{channel, spawn, task, time, yield_now};

#[wakeful::test(worker_threads = 2)]
async fn tasks_aborted_in_a_queue_pass_every_value_on() {
    let (tx, rx) = channel(0);
    let takers: Vec<_> = (0..50)
        .map(|_| {
            let rx = rx.clone();
            spawn(async move { rx.recv().await })
        })
        .collect();
    let sender = spawn(async move {
        for number in 0..25 {
            tx.send(number).await.unwrap();
        }
    });
    for taker in takers.iter().step_by(2) {
        taker.abort();
    }
    let mut taken = 0;
    let mut cancelled = 0;
    for taker in takers {
        match taker.await {
            Ok(value) => taken += usize::from(value.is_some()),
            Err(error) => cancelled += usize::from(error.is_cancelled()),
        }
    }
    // What the tasks that were cancelled did not take is still on its way.
    while rx.recv().await.is_some() {
        taken += 1;
    }
    sender.await.unwrap();
    assert_eq!(taken, 25, "{cancelled} were cancelled");
}

#[wakeful::test]
async fn a_lock_granted_to_a_future_that_is_dropped_goes_to_the_next() {
    let mutex = Arc::new(Mutex::new(()));
    let held = mutex.lock().await;
    let first = {
        let mutex = Arc::clone(&mutex);
        spawn(async move { drop(mutex.lock().await) })
    };
    yield_now().await;
    let second = {
        let mutex = Arc::clone(&mutex);
        spawn(async move { drop(mutex.lock().await) })
    };
    yield_now().await;
    drop(held);
    first.abort();
    second.await.unwrap();
    assert!(mutex.try_lock().is_ok());
}

#[wakeful::test]
async fn a_panic_under_a_lock_releases_it() {
    let mutex = Arc::new(Mutex::new(1));
    let panics = {
        let mutex = Arc::clone(&mutex);
        spawn(async move {
            let mut value = mutex.lock().await;
            *value = 2;
            panic!("under the lock");
        })
    };
    assert!(panics.await.unwrap_err().is_panic());
    assert_eq!(*mutex.lock().await, 2, "locks do not poison");
}

#[wakeful::test]
async fn timeouts_around_waits_leave_no_trace() {
    let permits = Semaphore::new(0);
    let (tx, rx) = channel::<u8>(0);
    let short = Duration::from_millis(1);
    for _ in 0..20 {
        assert!(time::timeout(short, permits.acquire()).await.is_err());
        assert!(time::timeout(short, rx.recv()).await.is_err());
        assert!(time::timeout(short, tx.send(1)).await.is_err());
    }
    permits.add_permits(1);
    let _permit = permits.try_acquire().unwrap();
    assert!(rx.try_recv().is_err(), "no send is left behind");
    assert!(tx.try_send(1).is_err(), "no receive is left behind");
}

#[wakeful::test]
async fn a_task_can_be_aborted_wherever_it_waits() {
    let (_tx, rx) = channel::<()>(0);
    let mutex = Arc::new(Mutex::new(()));
    let _held = Arc::clone(&mutex).lock_owned().await;
    let waiting = [
        spawn(async move { _ = rx.recv().await }),
        spawn(async { time::sleep(Duration::from_secs(3600)).await }),
        spawn(async move { drop(mutex.lock().await) }),
        spawn(async { spawn(std::future::pending::<()>()).await.unwrap() }),
        spawn(std::future::pending()),
    ];
    yield_now().await;
    for task in waiting {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    assert!(task::try_current().is_some());
}
