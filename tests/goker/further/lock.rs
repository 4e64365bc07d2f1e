//! Sends under a lock that the receiver wants, and a group whose member sends.

use std::sync::Arc;

use wakeful::channels::Sender;
use wakeful::sync::{Mutex, WaitGroup};
use wakeful::{channel, select, spawn};

use crate::chan::Chan;
use crate::pace::{gap, long_gap};

/// A token is handed to its keeper under the lock that the keeper takes to expire one.
pub(super) async fn etcd_7492(fixed: bool) {
    struct Store {
        tokens: Mutex<Vec<u32>>,
        keeper: Sender<u32>,
    }

    impl Store {
        async fn assign(&self, token: u32, fixed: bool) {
            let mut tokens = self.tokens.lock().await;
            tokens.push(token);
            if fixed {
                drop(tokens);
            }
            let _ = self.keeper.send(token).await;
        }
    }

    let (keeper, added) = channel(1);
    let store = Arc::new(Store { tokens: Mutex::named("tokens", Vec::new()), keeper });
    let expired = Arc::downgrade(&store);
    spawn(async move {
        while added.recv().await.is_some() {
            long_gap().await;
            if let Some(store) = expired.upgrade() {
                store.tokens.lock().await.pop();
            }
        }
    });
    let group = WaitGroup::new();
    for token in 0..4 {
        let store = Arc::clone(&store);
        group.spawn(async move { store.assign(token, fixed).await });
    }
    group.wait().await;
}

/// A balancer sends addresses under its lock, and who receives them tears one down.
pub(super) async fn grpc_1353(fixed: bool) {
    struct Balancer {
        lock: Mutex<u32>,
        addresses: Sender<u32>,
    }

    impl Balancer {
        async fn watch(&self, fixed: bool) {
            for address in 0..3 {
                let mut connected = self.lock.lock().await;
                *connected += 1;
                if fixed {
                    drop(connected);
                }
                let _ = self.addresses.send(address).await;
            }
        }

        async fn down(&self) {
            *self.lock.lock().await -= 1;
        }
    }

    let (addresses, updates) = channel(0);
    let balancer = Arc::new(Balancer { lock: Mutex::new(0), addresses });
    let watcher = Arc::clone(&balancer);
    spawn(async move { watcher.watch(fixed).await });
    let (done, is_done) = channel::<()>(0);
    spawn(async move {
        for _ in 0..3 {
            updates.recv().await;
            gap().await;
            balancer.down().await;
        }
        drop(done);
    });
    is_done.recv().await;
}

/// Who is to be stopped passes something on to who has stopped already.
pub(super) async fn cockroach_1462(fixed: bool) {
    struct Stopper {
        workers: WaitGroup,
        stopping: Chan<()>,
    }

    let stopper = Arc::new(Stopper { workers: WaitGroup::new(), stopping: Chan::new(0) });
    let events = Chan::new(0);
    let (sender, outbox) = (Arc::clone(&stopper), events.clone());
    stopper.workers.spawn(async move {
        for event in 0..2 {
            gap().await;
            if fixed {
                select! {
                    _ = outbox.send(event) => {}
                    _ = sender.stopping.recv() => return,
                }
            } else {
                let _ = outbox.send(event).await;
            }
        }
    });
    let receiver = Arc::clone(&stopper);
    stopper.workers.spawn(async move {
        loop {
            select! {
                biased;
                _ = receiver.stopping.recv() => return,
                _ = events.recv() => {}
            }
        }
    });
    stopper.stopping.close();
    stopper.workers.wait().await;
}
