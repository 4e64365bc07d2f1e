//! Loops that want a lock before they can receive what is sent under it.

use std::sync::Arc;
use std::time::Duration;

use wakeful::channels::Sender;
use wakeful::sync::{Cond, Mutex};
use wakeful::time::sleep;
use wakeful::{channel, select, spawn};

use crate::chan::Chan;
use crate::pace::{gap, long_gap};

/// A frame's writer resets the timer of a monitor that has just gone off.
pub(super) async fn kubernetes_6632(fixed: bool) {
    struct Framer {
        write: Mutex<u32>,
        reset: Sender<()>,
    }

    let (reset, resets) = channel(usize::from(fixed));
    let framer = Arc::new(Framer { write: Mutex::named("write", 0), reset });
    let monitored = Arc::clone(&framer);
    spawn(async move {
        loop {
            select! {
                () = sleep(Duration::from_millis(1)) => {
                    gap().await;
                    // It closes the streams, and looks at no reset any more.
                    *monitored.write.lock().await = 0;
                    return;
                }
                _ = resets.recv() => {}
            }
        }
    });
    spawn(async move {
        let mut frames = framer.write.lock().await;
        long_gap().await;
        *frames += 1;
        if fixed {
            let _ = framer.reset.try_send(());
        } else {
            let _ = framer.reset.send(()).await;
        }
    });
}

/// A pod's status is sent under the lock that whoever takes it wants in order to forget one.
pub(super) async fn kubernetes_10182(fixed: bool) {
    struct Manager {
        statuses: Mutex<Vec<u32>>,
        requests: Sender<u32>,
    }

    impl Manager {
        async fn set(&self, pod: u32, fixed: bool) {
            let mut statuses = self.statuses.lock().await;
            statuses.push(pod);
            if fixed {
                drop(statuses);
            }
            let _ = self.requests.send(pod).await;
        }
    }

    let (requests, to_sync) = channel(0);
    let manager = Arc::new(Manager { statuses: Mutex::new(Vec::new()), requests });
    let syncer = Arc::clone(&manager);
    spawn(async move {
        for _ in 0..2 {
            let pod = to_sync.recv().await;
            gap().await;
            syncer.statuses.lock().await.retain(|&known| Some(known) != pod);
        }
    });
    for pod in 0..2 {
        let manager = Arc::clone(&manager);
        spawn(async move { manager.set(pod, fixed).await });
    }
}

/// A listener's notifications are handed on under the lock under which they come.
pub(super) async fn kubernetes_26980(fixed: bool) {
    struct Listener {
        pending: Mutex<Vec<u32>>,
        added: Cond,
        next: Chan<u32>,
        stopped: Chan<()>,
    }

    impl Listener {
        async fn add(&self, notification: u32) {
            self.pending.lock().await.push(notification);
            self.added.notify_one();
        }

        async fn pop(&self, fixed: bool) {
            let mut pending = self.pending.lock().await;
            loop {
                while pending.is_empty() {
                    pending = self.added.wait(pending).await;
                }
                let Some(next) = pending.pop() else { return };
                if fixed {
                    drop(pending);
                    select! {
                        _ = self.next.send(next) => {}
                        _ = self.stopped.recv() => return,
                    }
                    pending = self.pending.lock().await;
                } else {
                    select! {
                        _ = self.stopped.recv() => return,
                        _ = self.next.send(next) => {}
                    }
                }
            }
        }
    }

    let listener = Arc::new(Listener {
        pending: Mutex::named("pending", Vec::new()),
        added: Cond::new(),
        next: Chan::new(0),
        stopped: Chan::new(0),
    });
    let popping = Arc::clone(&listener);
    spawn(async move { popping.pop(fixed).await });
    spawn(async move {
        listener.add(1).await;
        gap().await;
        listener.add(2).await;
        listener.stopped.close();
    });
}
