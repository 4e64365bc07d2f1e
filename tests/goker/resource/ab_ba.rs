//! Two locks that are taken in both orders.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use wakeful::sync::{Mutex, OwnedMutexGuard, RwLock, WaitGroup};
use wakeful::time::sleep;
use wakeful::{channel, spawn, yield_now};

use crate::kernel::Form::Plain;
use crate::kernel::{Kernel, LOCKS};
use crate::pace::gap;

pub(crate) const KERNELS: [Kernel; 4] = [
    Kernel::new("cockroach_7504", Plain, LOCKS, |fixed| Box::pin(cockroach_7504(fixed))),
    Kernel::new("kubernetes_30872", Plain, LOCKS, |fixed| Box::pin(kubernetes_30872(fixed))),
    Kernel::new("moby_4951", Plain, LOCKS, |fixed| Box::pin(moby_4951(fixed))),
    Kernel::new("hugo_3251", Plain, LOCKS, |fixed| Box::pin(hugo_3251(fixed))),
];

/// A lease is found by its name, and erased from the names, each under the other's lock.
async fn cockroach_7504(fixed: bool) {
    struct Table {
        active: Mutex<Vec<u32>>,
        lease: Mutex<u32>,
        names: Mutex<HashMap<&'static str, u32>>,
    }

    let table = Arc::new(Table {
        active: Mutex::named("active", vec![0]),
        lease: Mutex::named("lease", 1),
        names: Mutex::named("names", HashMap::from([("users", 0)])),
    });
    let group = WaitGroup::new();
    let shared = Arc::clone(&table);
    group.spawn(async move {
        let names = shared.names.lock().await;
        if names.contains_key("users") {
            gap().await;
            *shared.lease.lock().await += 1;
        }
    });
    group.spawn(async move {
        let mut active = table.active.lock().await;
        let mut lease = table.lease.lock().await;
        *lease = 0;
        active.clear();
        if fixed {
            drop(lease);
            table.names.lock().await.clear();
            return;
        }
        gap().await;
        table.names.lock().await.clear();
    });
    group.wait().await;
}

/// An informer and a queue call into each other; whoever wants to stop them queues behind.
async fn kubernetes_30872(fixed: bool) {
    struct Federation {
        informer: Mutex<()>,
        queue: Mutex<()>,
    }

    let shared = Arc::new(Federation {
        informer: Mutex::named("informer", ()),
        queue: Mutex::named("queue", ()),
    });
    let (stop, stopped) = channel::<()>(0);
    let (stop_controller, controller_stopped) = channel::<()>(0);
    let starting = shared.informer.lock().await;
    let controller = Arc::clone(&shared);
    spawn(async move {
        while !controller_stopped.is_closed() {
            let _queue = controller.queue.lock().await;
            gap().await;
            drop(controller.informer.lock().await);
            yield_now().await;
        }
    });
    drop(starting);
    let reconciler = Arc::clone(&shared);
    spawn(async move {
        let informer = reconciler.informer.lock().await;
        if fixed {
            drop(informer);
        }
        gap().await;
        drop(reconciler.queue.lock().await);
    });
    spawn(async move {
        stopped.recv().await;
        let _informer = shared.informer.lock().await;
        drop(stop_controller);
    });
    drop(stop);
}

/// A lock is let go for a moment, and taken again under another one.
async fn moby_4951(fixed: bool) {
    struct Devices {
        all: Mutex<u32>,
        one: Mutex<bool>,
    }

    async fn delete(devices: Arc<Devices>, fixed: bool) {
        let early = if fixed { Some(devices.one.lock().await) } else { None };
        let mut all = devices.all.lock().await;
        let mut one = match early {
            Some(one) => one,
            None => devices.one.lock().await,
        };
        *one = true;
        drop(all);
        gap().await;
        all = devices.all.lock().await;
        *all = 0;
    }

    let devices =
        Arc::new(Devices { all: Mutex::named("devices", 1), one: Mutex::named("device", false) });
    for _ in 0..2 {
        spawn(delete(Arc::clone(&devices), fixed));
    }
}

/// A lock for each address, found in a table that is locked while it is waited for.
async fn hugo_3251(fixed: bool) {
    #[derive(Default)]
    struct Urls {
        locks: RwLock<HashMap<&'static str, Arc<Mutex<()>>>>,
    }

    impl Urls {
        async fn lock(&self, url: &'static str, fixed: bool) -> OwnedMutexGuard<()> {
            let mut locks = self.locks.write().await;
            let lock = Arc::clone(locks.entry(url).or_default());
            if fixed {
                drop(locks);
                return lock.lock_owned().await;
            }
            lock.lock_owned().await
        }

        async fn unlock(&self, guard: OwnedMutexGuard<()>) {
            let _locks = self.locks.read().await;
            drop(guard);
        }
    }

    let urls = Arc::new(Urls::default());
    for _ in 0..2 {
        let group = WaitGroup::new();
        for _ in 0..50 {
            let urls = Arc::clone(&urls);
            group.spawn(async move {
                for _ in 0..10 {
                    let guard = urls.lock("example.org", fixed).await;
                    yield_now().await;
                    urls.unlock(guard).await;
                    sleep(Duration::from_nanos(300)).await;
                }
            });
        }
        group.wait().await;
    }
}
