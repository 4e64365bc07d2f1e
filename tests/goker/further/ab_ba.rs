//! Two locks in both orders, and reads within reads.

use std::sync::Arc;

use wakeful::sync::{Cond, Mutex, RwLock, WaitGroup};
use wakeful::{channel, spawn};

use crate::pace::{gap, stagger};

/// Heartbeats that are put together, against a replica that adds one.
pub(super) async fn cockroach_10214(fixed: bool) {
    struct Store {
        coalesced: Mutex<Vec<u32>>,
        raft: Mutex<u32>,
    }

    impl Store {
        async fn send_heartbeats(&self, fixed: bool) {
            let mut queued = self.coalesced.lock().await;
            let beats = std::mem::take(&mut *queued);
            let kept = if fixed {
                drop(queued);
                None
            } else {
                Some(queued)
            };
            for _ in beats {
                gap().await;
                *self.raft.lock().await += 1;
            }
            drop(kept);
        }

        async fn tick(&self) {
            let raft = self.raft.lock().await;
            gap().await;
            self.coalesced.lock().await.push(*raft);
        }
    }

    let store = Arc::new(Store { coalesced: Mutex::new(vec![1]), raft: Mutex::new(0) });
    let sender = Arc::clone(&store);
    spawn(async move { sender.send_heartbeats(fixed).await });
    spawn(async move { store.tick().await });
}

/// Who starts to watch a cache, against an event of it.
pub(super) async fn kubernetes_13135(fixed: bool) {
    struct Cacher {
        watchers: Mutex<Vec<u32>>,
        events: RwLock<Vec<u32>>,
    }

    impl Cacher {
        async fn watch(&self, fixed: bool) {
            if fixed {
                let events = self.events.read().await;
                let mut watchers = self.watchers.lock().await;
                watchers.push(events.len() as u32);
                return;
            }
            let mut watchers = self.watchers.lock().await;
            gap().await;
            let events = self.events.read().await;
            watchers.push(events.len() as u32);
        }

        async fn process(&self, event: u32) {
            let mut events = self.events.write().await;
            gap().await;
            events.push(event);
            for _watcher in self.watchers.lock().await.iter() {}
        }
    }

    let cacher = Arc::new(Cacher { watchers: Mutex::new(vec![0]), events: RwLock::new(vec![]) });
    let group = WaitGroup::new();
    let watched = Arc::clone(&cacher);
    group.spawn(async move { watched.watch(fixed).await });
    group.spawn(async move { cacher.process(7).await });
    group.wait().await;
}

/// A statement is prepared with the configuration being read, which is read again.
pub(super) async fn cockroach_16167(fixed: bool) {
    struct Executor {
        config: RwLock<u32>,
        changed: Cond,
    }

    impl Executor {
        async fn cache(&self) -> u32 {
            *self.config.read().await
        }

        async fn prepare(&self, fixed: bool) {
            let config = self.config.read().await;
            gap().await;
            let cached = if fixed { *config } else { self.cache().await };
            assert!(cached >= *config);
        }

        async fn update(&self) {
            *self.config.write().await += 1;
            self.changed.notify_all();
        }
    }

    let executor = Arc::new(Executor { config: RwLock::new(0), changed: Cond::new() });
    let updater = Arc::clone(&executor);
    spawn(async move {
        stagger(1).await;
        updater.update().await;
    });
    executor.prepare(fixed).await;
}

/// A worker waits for work while it reads, and who would write keeps out who would work.
pub(super) async fn kubernetes_58107(fixed: bool) {
    #[derive(Default)]
    struct Queue {
        items: Mutex<Vec<u32>>,
        added: Cond,
    }

    #[derive(Default)]
    struct Controller {
        queue: Queue,
        missing: Queue,
        working: RwLock<()>,
    }

    impl Queue {
        async fn get(&self) -> Option<u32> {
            let mut items = self.items.lock().await;
            while items.is_empty() {
                items = self.added.wait(items).await;
            }
            items.pop()
        }
    }

    impl Controller {
        async fn work(&self, queue: &Queue, fixed: bool) {
            if fixed {
                let _item = queue.get().await;
                drop(self.working.read().await);
                return;
            }
            let _working = self.working.read().await;
            queue.get().await;
        }

        async fn sync(&self) {
            drop(self.working.write().await);
            // There is work once the monitors are up again.
            for queue in [&self.queue, &self.missing] {
                queue.items.lock().await.push(1);
                queue.added.notify_one();
            }
        }
    }

    let controller = Arc::<Controller>::default();
    let (done, is_done) = channel::<()>(0);
    for number in 0..2 {
        let (controller, done) = (Arc::clone(&controller), done.clone());
        spawn(async move {
            stagger(number).await;
            let queues = [&controller.queue, &controller.missing];
            controller.work(queues[number as usize], fixed).await;
            drop(done);
        });
    }
    drop(done);
    let syncer = Arc::clone(&controller);
    spawn(async move {
        stagger(2).await;
        syncer.sync().await;
    });
    is_done.recv().await;
}
