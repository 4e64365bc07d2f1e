//! Locks that are taken by who has them, or were never given back.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use wakeful::sync::{Mutex, Once, RwLock, WaitGroup};
use wakeful::time::{Timer, after_func, timeout};
use wakeful::{channel, spawn, yield_now};

use crate::kernel::Form::{Forgotten, Plain};
use crate::kernel::{Body, Kernel, LOCKS};
use crate::pace::{gap, long_gap};

pub(crate) const KERNELS: [Kernel; 7] = [
    Kernel::new("hugo_5379", Plain, LOCKS, |fixed| Box::pin(hugo_5379(fixed))),
    Kernel::new("grpc_3017", Forgotten, LOCKS, |fixed| Box::pin(grpc_3017(fixed))),
    Kernel::new("grpc_795", Forgotten, LOCKS, |fixed| Box::pin(grpc_795(fixed))),
    Kernel::new("etcd_6708", Plain, LOCKS, |fixed| Box::pin(etcd_6708(fixed))),
    Kernel::new("etcd_5509", Forgotten, LOCKS, |fixed| Box::pin(etcd_5509(fixed))),
    Kernel::new("moby_36114", Plain, LOCKS, |fixed| Box::pin(moby_36114(fixed))),
    Kernel::new("moby_7559", Forgotten, LOCKS, |fixed| Box::pin(moby_7559(fixed))),
];

/// Two initialisers run once each; the one is run under the lock that the other takes.
async fn hugo_5379(fixed: bool) {
    struct Page {
        lock: Mutex<()>,
        content: Once,
        plain: Once,
    }

    fn word_count(page: Arc<Page>, fixed: bool, is_locked: bool) -> Body {
        Box::pin(async move {
            page.content.call_once(|| render(&page, fixed)).await;
            // The cure: the lock before the initialiser, by whoever does not have it.
            let _lock = if fixed && !is_locked { Some(page.lock.lock().await) } else { None };
            let plain = || async {
                if !fixed {
                    drop(page.lock.lock().await);
                }
            };
            page.plain.call_once(plain).await;
        })
    }

    async fn render(page: &Arc<Page>, fixed: bool) {
        let page = Arc::clone(page);
        let helper = spawn(async move {
            let _lock = page.lock.lock().await;
            word_count(Arc::clone(&page), fixed, true).await;
        });
        // The helper waits for what is being rendered: it is left alone after a while.
        let _ = timeout(Duration::from_millis(1), helper).await;
    }

    let page = Arc::new(Page { lock: Mutex::new(()), content: Once::new(), plain: Once::new() });
    let group = WaitGroup::new();
    for _ in 0..2 {
        group.spawn(word_count(Arc::clone(&page), fixed, false));
    }
    group.wait().await;
}

/// A timer's callback keeps the lock if its entry was cancelled meanwhile.
async fn grpc_3017(fixed: bool) {
    struct Entry {
        timer: Timer,
        is_cancelled: Arc<AtomicBool>,
    }

    type Cache = Arc<Mutex<Option<Entry>>>;

    async fn remove(cache: &Cache, fixed: bool) {
        let mut entry = cache.lock().await;
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let (in_cache, flag) = (Arc::clone(cache), Arc::clone(&is_cancelled));
        let timer = after_func(Duration::from_nanos(1), move || {
            spawn(expire(Arc::clone(&in_cache), Arc::clone(&flag), fixed));
        });
        *entry = Some(Entry { timer, is_cancelled });
    }

    async fn expire(cache: Cache, is_cancelled: Arc<AtomicBool>, fixed: bool) {
        let mut entry = cache.lock().await;
        if is_cancelled.load(Relaxed) {
            if !fixed {
                mem::forget(entry);
            }
            return;
        }
        *entry = None;
    }

    async fn renew(cache: &Cache) {
        let mut entry = cache.lock().await;
        gap().await;
        if let Some(entry) = entry.take() {
            if !entry.timer.stop() {
                entry.is_cancelled.store(true, Relaxed);
            }
        }
    }

    let cache = Cache::default();
    let (done, is_done) = channel::<()>(0);
    spawn(async move {
        for _ in 0..30 {
            remove(&cache, fixed).await;
            renew(&cache).await;
        }
        drop(done);
    });
    is_done.recv().await;
}

/// A server is stopped, and keeps its lock.
async fn grpc_795(fixed: bool) {
    async fn stop_gracefully(is_draining: &Mutex<bool>, fixed: bool) {
        let mut flag = is_draining.lock().await;
        if *flag {
            if !fixed {
                drop(is_draining.lock().await);
            }
            return;
        }
        *flag = true;
        if !fixed {
            mem::forget(flag);
        }
    }

    let is_draining = Arc::new(Mutex::new(false));
    let served = Arc::clone(&is_draining);
    spawn(async move { drop(served.lock().await) });
    for _ in 0..3 {
        stop_gracefully(&is_draining, fixed).await;
    }
}

/// What is done under the write lock sends a request, which reads.
async fn etcd_6708(fixed: bool) {
    struct Client {
        endpoints: RwLock<Vec<u16>>,
    }

    impl Client {
        async fn sync(&self, fixed: bool) {
            if fixed {
                let leader = self.request().await;
                self.endpoints.write().await.push(leader);
                return;
            }
            let mut endpoints = self.endpoints.write().await;
            let leader = self.request().await;
            endpoints.push(leader);
        }

        async fn request(&self) -> u16 {
            let endpoints = self.endpoints.read().await;
            endpoints.first().copied().unwrap_or_default()
        }
    }

    Client { endpoints: RwLock::new(vec![2379]) }.sync(fixed).await;
}

/// A reader leaves with its lock.
async fn etcd_5509(fixed: bool) {
    let is_open = Arc::new(RwLock::new(true));
    let worker = Arc::clone(&is_open);
    let (done, is_done) = channel::<()>(0);
    spawn(async move {
        let private = Mutex::new(());
        loop {
            let flag = worker.read().await;
            drop(private.lock().await);
            if !*flag {
                if !fixed {
                    mem::forget(flag);
                }
                break;
            }
            drop(flag);
            gap().await;
            yield_now().await;
        }
        drop(done);
    });
    *is_open.write().await = false;
    long_gap().await;
    drop(is_open.write().await);
    is_done.recv().await;
}

/// A method calls another one, and both lock.
async fn moby_36114(fixed: bool) {
    struct Service {
        lock: Mutex<u32>,
    }

    impl Service {
        async fn hot_add(&self, fixed: bool) {
            let mut count = self.lock.lock().await;
            if fixed {
                *count += 1;
                return;
            }
            self.add().await;
        }

        async fn add(&self) {
            *self.lock.lock().await += 1;
        }
    }

    let service = Service { lock: Mutex::new(0) };
    spawn(async move { service.hot_add(fixed).await });
}

/// A connection that fails leaves the lock locked for the next round.
async fn moby_7559(fixed: bool) {
    fn open() -> Result<(), &'static str> {
        Err("nobody listens there")
    }

    spawn(async move {
        let lock = Mutex::new(());
        for _ in 0..2 {
            let guard = lock.lock().await;
            if open().is_err() {
                if !fixed {
                    mem::forget(guard);
                }
                continue;
            }
            break;
        }
    });
}
