//! More than two tasks, or more than one channel.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};

use wakeful::channels::{Receiver, Sender};
use wakeful::sync::{Barrier, Mutex, WaitGroup};
use wakeful::{channel, select, spawn, yield_now};

use crate::chan::Chan;
use crate::pace::{gap, long_gap};

fn look<T>(shared: &StdMutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rounds that end when the leader says so, with a lock that the leader needs.
pub(super) async fn etcd_7902(fixed: bool) {
    type Next = (Sender<()>, Receiver<()>);

    struct Rounds {
        lock: Mutex<()>,
        next: StdMutex<Next>,
        /// The cure: nobody goes on before all know which round it is.
        all_know: Barrier,
    }

    impl Rounds {
        async fn release(&self, is_leader: bool, next: &Receiver<()>) {
            if is_leader {
                // The old one is closed by its drop.
                *look(&self.next) = channel(0);
            }
            next.recv().await;
        }

        async fn client(&self, is_leader: bool, fixed: bool) {
            for _ in 0..100 {
                let guard = self.lock.lock().await;
                let next = look(&self.next).1.clone();
                drop(guard);
                if fixed {
                    self.all_know.wait().await;
                    self.release(is_leader, &next).await;
                } else {
                    let _guard = self.lock.lock().await;
                    self.release(is_leader, &next).await;
                }
            }
        }
    }

    spawn(async move {
        let rounds = Arc::new(Rounds {
            lock: Mutex::new(()),
            next: StdMutex::new(channel(0)),
            all_know: Barrier::new(3),
        });
        let group = WaitGroup::new();
        for number in 0..3 {
            let rounds = Arc::clone(&rounds);
            group.spawn(async move { rounds.client(number == 0, fixed).await });
        }
        group.wait().await;
    });
}

/// Of two requests the second has the only place, and main waits for the first.
pub(super) async fn serving_2137(fixed: bool) {
    struct Breaker {
        pending: Chan<()>,
        active: Chan<()>,
    }

    impl Breaker {
        /// Runs what `thunk` makes when there is a place for it; tells whether there was.
        async fn maybe<F: Future<Output = ()>>(&self, thunk: impl FnOnce() -> F) -> bool {
            if self.pending.try_send(()).is_err() {
                return false;
            }
            let _ = self.active.send(()).await;
            thunk().await;
            let _ = self.active.try_recv();
            let _ = self.pending.try_recv();
            true
        }
    }

    let breaker = Arc::new(Breaker { pending: Chan::new(2), active: Chan::new(1) });
    let (mut locked, mut accepted) = (Vec::new(), Vec::new());
    for number in 0..2 {
        let lock = Arc::new(Mutex::new(()));
        locked.push(Some(Arc::clone(&lock).lock_owned().await));
        let (start, started) = channel(0);
        let (accept, result) = channel(1);
        let breaker = Arc::clone(&breaker);
        spawn(async move {
            let _ = start.send(()).await;
            if number == 0 {
                long_gap().await;
            }
            let ok = breaker.maybe(|| async { drop(lock.lock().await) }).await;
            let _ = accept.send(ok).await;
        });
        accepted.push(result);
        started.recv().await;
    }
    if fixed {
        locked.clear();
    }
    for (number, result) in accepted.iter().enumerate() {
        drop(locked.get_mut(number).map(Option::take));
        let _ = result.recv().await;
    }
}

/// Something is sent to a watcher who is about to stop, with the lock that stopping takes.
pub(super) async fn kubernetes_1321(fixed: bool) {
    #[derive(Default)]
    struct Mux {
        lock: Mutex<()>,
        watchers: StdMutex<HashMap<u32, To>>,
    }

    #[derive(Clone)]
    struct To {
        result: Sender<u32>,
        /// The cure: told before the lock is taken.
        gone: Receiver<()>,
    }

    struct Watcher {
        number: u32,
        result: Receiver<u32>,
        leave: Sender<()>,
    }

    impl Mux {
        async fn distribute(&self, global: Arc<Mutex<()>>, fixed: bool) {
            for round in 0..100 {
                gap().await;
                let _lock = self.lock.lock().await;
                let _global = global.lock().await;
                let watchers: Vec<To> = look(&self.watchers).values().cloned().collect();
                for to in watchers {
                    select! {
                        _ = to.result.send(round) => {}
                        _ = to.gone.recv(), if fixed => {}
                    }
                }
                yield_now().await;
            }
        }

        async fn watch(&self, global: &Mutex<()>) -> Watcher {
            let _global = global.lock().await;
            let (result, results) = channel(0);
            let (leave, gone) = channel(0);
            look(&self.watchers).insert(1, To { result, gone });
            Watcher { number: 1, result: results, leave }
        }

        async fn stop(&self, watcher: Watcher, fixed: bool) {
            if fixed {
                watcher.leave.close();
            }
            let _lock = self.lock.lock().await;
            look(&self.watchers).remove(&watcher.number);
            watcher.result.close();
        }
    }

    let global = Arc::new(Mutex::new(()));
    let mux = Arc::new(Mux::default());
    let (looping, shared) = (Arc::clone(&mux), Arc::clone(&global));
    spawn(async move { looping.distribute(shared, fixed).await });
    spawn(async move {
        let watcher = mux.watch(&global).await;
        long_gap().await;
        mux.stop(watcher, fixed).await;
    });
}
