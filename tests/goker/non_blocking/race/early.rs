//! Values that were read before they were there, or before they were final.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::SeqCst};
use std::time::Duration;

use wakeful::sync::{Mutex, RwLock, WaitGroup};
use wakeful::time::{interval, sleep};
use wakeful::{channel, spawn};

/// A resolver calls back into what is just being made of it.
pub(super) async fn grpc_3090() {
    struct Wrapper {
        resolver: Mutex<Option<&'static str>>,
    }

    async fn build(wrapper: &Arc<Wrapper>) {
        // The cure: what is called back waits until the field is there.
        let mut resolver = wrapper.resolver.lock().await;
        let called_back = Arc::clone(wrapper);
        spawn(async move {
            let resolver = called_back.resolver.lock().await;
            assert_eq!(*resolver, Some("dns"));
        });
        *resolver = Some("dns");
    }

    let dialled = spawn(async {
        build(&Arc::new(Wrapper { resolver: Mutex::new(None) })).await;
        sleep(Duration::from_millis(5)).await;
    });
    assert!(dialled.await.is_ok());
}

/// How often a watch reports is set while a watch starts.
pub(super) async fn etcd_4876() {
    let parent = spawn(async {
        // The cure: it is set first, and handed over.
        let every = Duration::from_millis(1);
        let watching = spawn(async move {
            spawn(async move {
                let mut ticker = interval(every);
                ticker.tick().await;
                ticker.tick().await;
            });
        });
        assert!(watching.await.is_ok());
    });
    assert!(parent.await.is_ok());
}

/// A state is known to the workers before it counts what they will do.
pub(super) async fn serving_6472() {
    let (enqueue, queue) = channel::<Arc<AtomicI32>>(2);
    let workers = WaitGroup::new();
    for _ in 0..2 {
        let queue = queue.clone();
        workers.spawn(async move {
            if let Some(pending) = queue.recv().await {
                assert!(pending.fetch_sub(1, SeqCst) > 0);
            }
        });
    }
    // The cure: the counter is right before anybody sees it.
    let pending = Arc::new(AtomicI32::new(1));
    assert!(enqueue.send(Arc::clone(&pending)).await.is_ok());
    drop(enqueue);
    workers.wait().await;
    assert_eq!(pending.load(SeqCst), 0);
}

/// A hook is registered while a controller goes through the hooks.
pub(super) async fn serving_3148() {
    let reactors = Arc::new(RwLock::new(vec!["default"]));
    // The cure: hooks first.
    reactors.write().await.insert(0, "hook");
    let controller = Arc::clone(&reactors);
    let group = WaitGroup::new();
    group.spawn(async move {
        assert_eq!(controller.read().await.iter().count(), 2);
    });
    group.wait().await;
}

/// Whether a handler was called is looked at before it was.
pub(super) async fn kubernetes_49404() {
    let was_called = Arc::new(AtomicBool::new(false));
    let group = WaitGroup::new();
    let (server, handler_group) = (Arc::clone(&was_called), group.clone());
    group.spawn(async move {
        handler_group.spawn(async move { server.store(true, SeqCst) });
    });
    group.wait().await;
    assert!(was_called.load(SeqCst));
}
