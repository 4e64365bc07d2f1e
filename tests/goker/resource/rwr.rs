//! Reads within reads, and a writer in between who lets no new reader in.

use std::sync::Arc;

use wakeful::spawn;
use wakeful::sync::{Mutex, RwLock, WaitGroup};

use crate::kernel::Form::Plain;
use crate::kernel::{Kernel, LOCKS};
use crate::pace::{gap, happens, stagger};

pub(crate) const KERNELS: [Kernel; 3] = [
    Kernel::new("cockroach_6181", Plain, LOCKS, |fixed| Box::pin(cockroach_6181(fixed))),
    Kernel::new("cockroach_3710", Plain, LOCKS, |fixed| Box::pin(cockroach_3710(fixed))),
    Kernel::new("kubernetes_62464", Plain, LOCKS, |fixed| Box::pin(kubernetes_62464(fixed))),
];

/// What is written to the log under the read lock reads again to tell what it is.
async fn cockroach_6181(fixed: bool) {
    struct Ranges {
        cache: RwLock<Vec<u32>>,
    }

    impl Ranges {
        async fn text(&self) -> String {
            format!("{:?}", self.cache.read().await)
        }

        async fn look_up(&self, fixed: bool) -> String {
            let cache = self.cache.read().await;
            gap().await;
            if fixed {
                return format!("{cache:?}");
            }
            self.text().await
        }
    }

    spawn(async move {
        let ranges = Arc::new(Ranges { cache: RwLock::new(vec![1]) });
        let group = WaitGroup::new();
        for number in 0..3 {
            let ranges = Arc::clone(&ranges);
            group.spawn(async move {
                stagger(number).await;
                let message = ranges.look_up(fixed).await;
                ranges.cache.write().await.push(message.len() as u32);
            });
        }
        group.wait().await;
    });
}

/// Each replica is asked for its state, which looks at the store that is being read.
async fn cockroach_3710(fixed: bool) {
    struct Store {
        replicas: RwLock<Vec<u32>>,
        queue: Mutex<u32>,
    }

    impl Store {
        async fn force_log_scan(&self, fixed: bool) {
            let replicas = self.replicas.read().await;
            let ids = replicas.clone();
            let outer = if fixed {
                drop(replicas);
                None
            } else {
                Some(replicas)
            };
            for id in ids {
                let mut queued = self.queue.lock().await;
                gap().await;
                if self.replicas.read().await.contains(&id) {
                    *queued += 1;
                }
            }
            drop(outer);
        }
    }

    let store = Arc::new(Store { replicas: RwLock::new(vec![1, 2]), queue: Mutex::new(0) });
    let scanned = Arc::clone(&store);
    spawn(async move { scanned.force_log_scan(fixed).await });
    spawn(async move {
        spawn(async move {
            stagger(1).await;
            let mut replicas = store.replicas.write().await;
            let copy = replicas.clone();
            *replicas = copy;
        });
    });
}

/// A state is read in pieces under a lock that each piece takes as well.
async fn kubernetes_62464(fixed: bool) {
    struct Cpus {
        state: RwLock<u64>,
    }

    impl Cpus {
        async fn set(&self) -> u64 {
            *self.state.read().await
        }

        async fn sets(&self, fixed: bool) -> u64 {
            let state = self.state.read().await;
            gap().await;
            if fixed {
                return *state * 2;
            }
            let first = self.set().await;
            if happens(40) {
                return first;
            }
            first + self.set().await
        }
    }

    let cpus = Arc::new(Cpus { state: RwLock::new(3) });
    let reader = Arc::clone(&cpus);
    spawn(async move { reader.sets(fixed).await });
    spawn(async move {
        stagger(1).await;
        let old = cpus.set().await;
        *cpus.state.write().await = old + 1;
    });
}
