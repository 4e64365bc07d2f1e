//! Two tasks, one lock, one channel.

use std::sync::Arc;

use wakeful::sync::Mutex;
use wakeful::{channel, select, spawn, yield_now};

use crate::chan::Chan;
use crate::pace::gap;

/// A transport without streams waits for one, and lets nobody add one.
pub(super) async fn grpc_1460(fixed: bool) {
    let streams = Arc::new(Mutex::new(0_u32));
    // The cure has a place for the call, so that it is not lost.
    let (wake, woken) = channel(usize::from(fixed));
    let keeper = Arc::clone(&streams);
    spawn(async move {
        let count = keeper.lock().await;
        if *count == 0 {
            if fixed {
                drop(count);
            }
            woken.recv().await;
        }
    });
    spawn(async move {
        gap().await;
        let mut count = streams.lock().await;
        *count += 1;
        if *count == 1 {
            let _ = wake.try_send(());
        }
    });
}

/// Who stops a coalescer waits for its end, with the lock that it needs to come to its end.
pub(super) async fn etcd_6873(fixed: bool) {
    let lock = Arc::new(Mutex::new(()));
    let (update, updates) = channel(1);
    let (done, is_done) = channel::<()>(0);
    let coalescer = Arc::clone(&lock);
    spawn(async move {
        while updates.recv().await.is_some() {
            gap().await;
            drop(coalescer.lock().await);
        }
        drop(done);
    });
    let _ = update.try_send("key");
    spawn(async move {
        let guard = lock.lock().await;
        update.close();
        if fixed {
            drop(guard);
        }
        is_done.recv().await;
    });
}

/// An event's handler reports under a lock that main takes before it listens.
pub(super) async fn istio_16224(fixed: bool) {
    struct Monitor {
        events: Chan<&'static str>,
    }

    impl Monitor {
        async fn run(&self, lock: Arc<Mutex<()>>, done: Chan<()>, stop: Chan<()>, fixed: bool) {
            loop {
                select! {
                    _ = stop.recv() => {
                        if !fixed && self.events.recv().await.is_some() {
                            self.events.close();
                        }
                        return;
                    }
                    _ = self.events.recv() => {
                        let _lock = lock.lock().await;
                        let _ = done.send(()).await;
                    }
                }
            }
        }
    }

    let monitor = Arc::new(Monitor { events: Chan::new(0) });
    let lock = Arc::new(Mutex::new(()));
    let (done, stop) = (Chan::new(0), Chan::new(0));
    let runner = Arc::clone(&monitor);
    let (to_lock, to_tell, to_stop) = (Arc::clone(&lock), done.clone(), stop.clone());
    spawn(async move { runner.run(to_lock, to_tell, to_stop, fixed).await });
    let _ = monitor.events.send("config changed").await;
    if !fixed {
        gap().await;
        drop(lock.lock().await);
    }
    done.recv().await;
    stop.close();
}

/// Who changes a state tells the monitor, which is on its way to look at the state.
pub(super) async fn moby_28462(fixed: bool) {
    let container = Arc::new(Mutex::new("healthy"));
    let (stop, stopped) = channel(0);
    let monitor = Arc::clone(&container);
    spawn(async move {
        loop {
            select! {
                _ = stopped.recv() => return,
                default => {}
            }
            gap().await;
            drop(monitor.lock().await);
            yield_now().await;
        }
    });
    spawn(async move {
        let mut state = container.lock().await;
        *state = "stopping";
        if fixed {
            stop.close();
        } else {
            let _ = stop.send(()).await;
        }
    });
}
