//! Locks that are kept by an early return, or taken again by what is called under them.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;

use wakeful::sync::{Mutex, RwLock};
use wakeful::{channel, spawn};

use crate::pace::gap;

/// A loop is left without the lock being given back.
pub(super) async fn cockroach_584(fixed: bool) {
    #[derive(Default)]
    struct Gossip {
        is_closed: Mutex<bool>,
    }

    impl Gossip {
        async fn bootstrap(&self, fixed: bool) {
            loop {
                let is_closed = self.is_closed.lock().await;
                if *is_closed {
                    if !fixed {
                        mem::forget(is_closed);
                    }
                    return;
                }
                drop(is_closed);
                gap().await;
            }
        }

        async fn manage(&self) {
            while !*self.is_closed.lock().await {
                gap().await;
            }
        }
    }

    let gossip = Arc::new(Gossip::default());
    *gossip.is_closed.lock().await = true;
    let (one, other) = (Arc::clone(&gossip), gossip);
    spawn(async move {
        one.bootstrap(fixed).await;
        other.manage().await;
    });
}

/// What cannot be logged ends the log, which takes the lock of who wanted to log.
pub(super) async fn cockroach_9935(fixed: bool) {
    struct Log {
        lines: Mutex<Vec<&'static str>>,
    }

    impl Log {
        async fn output(&self, line: &'static str, fixed: bool) {
            let mut lines = self.lines.lock().await;
            lines.push(line);
            let file: Result<(), &'static str> = Err("no space left");
            if file.is_err() {
                if fixed {
                    drop(lines);
                }
                self.exit().await;
            }
        }

        async fn exit(&self) {
            self.lines.lock().await.clear();
        }
    }

    let log = Arc::new(Log { lines: Mutex::new(Vec::new()) });
    spawn(async move { log.output("started", fixed).await });
}

/// A checkpoint is announced under the lock, and who hears of it makes one.
pub(super) async fn etcd_10492(fixed: bool) {
    type Checkpointer = fn(Arc<Lessor>, bool) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    struct Lessor {
        leases: RwLock<u64>,
        announce: Mutex<Option<Checkpointer>>,
    }

    impl Lessor {
        async fn checkpoint(&self) {
            *self.leases.write().await += 1;
        }

        async fn renew(self: Arc<Self>, fixed: bool) {
            let leases = self.leases.write().await;
            let kept = if fixed {
                drop(leases);
                None
            } else {
                Some(leases)
            };
            let announce = *self.announce.lock().await;
            if let Some(announce) = announce {
                announce(Arc::clone(&self), fixed).await;
            }
            drop(kept);
        }
    }

    let lessor = Arc::new(Lessor { leases: RwLock::new(0), announce: Mutex::new(None) });
    *lessor.announce.lock().await =
        Some(|lessor, _| Box::pin(async move { lessor.checkpoint().await }));
    let (done, is_done) = channel::<()>(0);
    spawn(async move {
        lessor.renew(fixed).await;
        drop(done);
    });
    is_done.recv().await;
}

/// There is nothing to clean up, and so the lock is kept.
pub(super) async fn moby_17176(fixed: bool) {
    struct Devices {
        deleted: Mutex<u32>,
    }

    impl Devices {
        async fn clean_up(&self, fixed: bool) {
            let deleted = self.deleted.lock().await;
            if *deleted == 0 {
                if !fixed {
                    mem::forget(deleted);
                }
                return;
            }
            drop(deleted);
        }
    }

    let devices = Arc::new(Devices { deleted: Mutex::new(0) });
    let cleaner = Arc::clone(&devices);
    let cleaned = spawn(async move { cleaner.clean_up(fixed).await });
    let _ = cleaned.await;
    spawn(async move { drop(devices.deleted.lock().await) });
}

/// Who is told of a change under the lock asks for what has changed.
pub(super) async fn syncthing_4829(fixed: bool) {
    struct Mapping {
        address: Arc<RwLock<String>>,
    }

    impl Mapping {
        async fn address(&self) -> String {
            self.address.read().await.clone()
        }

        async fn notify(&self) {
            let _ = self.address().await;
        }

        async fn clear(&self, fixed: bool) {
            let mut address = self.address.write().await;
            if !address.is_empty() {
                address.clear();
                if fixed {
                    drop(address);
                }
                self.notify().await;
            }
        }
    }

    let mapping = Mapping { address: Arc::new(RwLock::named("address", "10.0.0.1".to_owned())) };
    spawn(async move { mapping.clear(fixed).await });
}
