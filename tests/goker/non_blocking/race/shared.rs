//! Values that one task changed while others had them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use wakeful::sync::{Mutex, RwLock, WaitGroup};
use wakeful::time::{sleep, timeout};
use wakeful::{channel, spawn, yield_now};

type Labels = HashMap<&'static str, &'static str>;

/// Keys of a transaction are deleted and looked up at once.
pub(super) async fn etcd_9446() {
    let group = WaitGroup::new();
    let children = group.clone();
    group.spawn(async move {
        let buffer = Arc::new(Mutex::new(HashMap::from([("key", 1)])));
        let deleted = Arc::clone(&buffer);
        children.spawn(async move { deleted.lock().await.clear() });
        children.spawn(async move {
            let found = buffer.lock().await.get("key").copied();
            assert!(matches!(found, None | Some(1)));
        });
    });
    group.wait().await;
}

/// Labels of a node are cleared under another lock than the one they are read under.
pub(super) async fn istio_16742() {
    struct Node {
        labels: Mutex<Option<Labels>>,
    }

    let registry = Arc::new(RwLock::new(Vec::<Arc<Node>>::new()));
    let group = WaitGroup::new();
    let registered = Arc::clone(&registry);
    group.spawn(async move {
        let labels = Mutex::new(Some(Labels::from([("app", "shop")])));
        let node = Arc::new(Node { labels });
        registered.write().await.push(Arc::clone(&node));
        drop(node.labels.lock().await.clone());
    });
    group.spawn(async move {
        let nodes = registry.read().await;
        for node in nodes.iter() {
            *node.labels.lock().await = None;
        }
    });
    group.wait().await;
}

/// A callback counts, and who made the cache looks.
pub(super) async fn istio_8144() {
    let entries = Arc::new(Mutex::new(Vec::new()));
    let count = Arc::new(AtomicU32::new(0));
    let (evicted, counter) = (Arc::clone(&entries), Arc::clone(&count));
    let evicter = spawn(async move {
        for _ in 0..3 {
            for _ in evicted.lock().await.iter() {
                counter.fetch_add(1, SeqCst);
            }
            sleep(Duration::from_micros(100)).await;
        }
    });
    entries.lock().await.push("entry");
    assert!(count.load(SeqCst) <= 3);
    assert!(evicter.await.is_ok());
}

/// A buffer of events that one dispatch empties while another one goes through it.
struct Cacher {
    buffer: RwLock<Vec<u32>>,
}

impl Cacher {
    fn new() -> Arc<Self> {
        let cacher = Arc::new(Self { buffer: RwLock::new(Vec::new()) });
        spawn(Arc::clone(&cacher).dispatch(0));
        cacher
    }

    async fn dispatch(self: Arc<Self>, event: u32) {
        let mut buffer = self.buffer.write().await;
        buffer.clear();
        buffer.push(event);
        // The cure: it is gone through under the lock.
        assert_eq!(buffer.iter().sum::<u32>(), event);
    }
}

pub(super) async fn kubernetes_89164() {
    let cacher = Cacher::new();
    for event in 1..4 {
        let dispatched = spawn(Arc::clone(&cacher).dispatch(event));
        assert!(dispatched.await.is_ok());
    }
}

pub(super) async fn kubernetes_77796() {
    let cacher = Cacher::new();
    for event in 1..4 {
        spawn(Arc::clone(&cacher).dispatch(event));
        sleep(Duration::from_millis(10)).await;
    }
}

/// A volume is copied and annotated at once.
pub(super) async fn kubernetes_82239() {
    let annotations = Labels::from([("driver", "csi"), ("zone", "a")]);
    let volume = Arc::new(Mutex::new(Arc::new(annotations)));
    let (stop, stopped) = channel::<()>(0);
    let copied = Arc::clone(&volume);
    let runner = spawn(async move {
        let worker = spawn(async move {
            while !stopped.is_closed() {
                let whole = Arc::clone(&*copied.lock().await);
                assert!(whole.len() >= 2);
                yield_now().await;
            }
        });
        assert!(worker.await.is_ok());
    });
    sleep(Duration::from_millis(1)).await;
    // The cure: a copy is changed, and put in its place.
    let mut annotated = Labels::clone(&*Arc::clone(&*volume.lock().await));
    annotated.insert("bound", "yes");
    *volume.lock().await = Arc::new(annotated);
    stop.close();
    assert!(runner.await.is_ok());
}

/// Calls of a plugin are counted by two workers.
pub(super) async fn kubernetes_81091() {
    let calls = Arc::new(AtomicU32::new(0));
    let (give, pieces) = channel(2);
    for piece in 0..2 {
        assert!(give.send(piece).await.is_ok());
    }
    give.close();
    let group = WaitGroup::new();
    for _ in 0..2 {
        let (pieces, calls) = (pieces.clone(), Arc::clone(&calls));
        group.spawn(async move {
            while pieces.recv().await.is_some() {
                calls.fetch_add(1, SeqCst);
            }
        });
    }
    assert!(timeout(Duration::from_secs(60), group.wait()).await.is_ok());
    assert_eq!(calls.load(SeqCst), 2);
}
