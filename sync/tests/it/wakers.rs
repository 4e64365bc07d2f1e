//! A future that is polled by one after another keeps the waker of the last, not of all.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use wakeful_sync::{Barrier, Cond, Mutex, Notify, OnceCell, RwLock, Semaphore, WaitGroup};

use crate::hand::now;

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

/// Polls by ten hands; says how many of their wakers are still kept.
fn kept<F: Future>(mut future: Pin<&mut F>) -> usize {
    let hands: Vec<_> = (0..10).map(|_| Arc::new(Nobody)).collect();
    for hand in &hands {
        let waker = Waker::from(Arc::clone(hand));
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    hands.iter().filter(|hand| Arc::strong_count(hand) > 1).count()
}

#[test]
fn a_future_keeps_at_most_two_wakers() {
    let mutex = Mutex::new(());
    let guard = now(mutex.lock());
    assert!(kept(pin!(mutex.lock())) <= 2);
    let lock = RwLock::new(());
    let writes = now(lock.write());
    assert!(kept(pin!(lock.read())) <= 2);
    assert!(kept(pin!(lock.write())) <= 2);
    drop(writes);
    assert!(kept(pin!(Semaphore::new(0).acquire())) <= 2);
    assert!(kept(pin!(Notify::new().notified())) <= 2);
    assert!(kept(pin!(Barrier::new(2).wait())) <= 2);
    assert!(kept(pin!(Cond::new().wait(guard))) <= 2);
    let group = WaitGroup::new();
    group.add(1);
    assert!(kept(pin!(group.wait())) <= 2);
    let cell = OnceCell::<()>::new();
    let mut first = pin!(cell.get_or_init(std::future::pending));
    assert_eq!(kept(first.as_mut()), 0);
    assert!(kept(pin!(cell.get_or_init(std::future::pending))) <= 2);
}
