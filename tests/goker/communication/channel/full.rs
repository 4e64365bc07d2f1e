//! A channel that is full, and who should empty it is not there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use wakeful::sync::{Mutex, WaitGroup};
use wakeful::{channel, select, spawn};

use crate::chan::Chan;

/// Two flows are told to end, by a send to each in turn.
pub(super) async fn cockroach_35931(fixed: bool) {
    let flows = [Chan::new(1), Chan::new(1)];
    let _ = flows[0].send("row").await;
    let registry = Mutex::new(flows.clone());
    let receivers = registry.lock().await.clone();
    for flow in receivers {
        if fixed {
            while flow.try_recv().is_ok() {}
        }
        let _ = flow.send("cancelled").await;
    }
}

/// An outbox fails, and says so to nobody.
pub(super) async fn cockroach_35073(fixed: bool) {
    struct Rows {
        channel: Chan<u32>,
        is_over: AtomicBool,
    }

    impl Rows {
        async fn push(&self, row: u32) {
            if !self.is_over.load(SeqCst) {
                let _ = self.channel.send(row).await;
            }
        }
    }

    let rows = Arc::new(Rows { channel: Chan::new(16), is_over: AtomicBool::new(false) });
    for row in 0..16 {
        rows.push(row).await;
    }
    let pushed = WaitGroup::new();
    let pusher = Arc::clone(&rows);
    pushed.spawn(async move { pusher.push(16).await });
    let sent = WaitGroup::new();
    let outbox = Arc::clone(&rows);
    sent.spawn(async move {
        if fixed {
            outbox.is_over.store(true, SeqCst);
            outbox.channel.recv().await;
        }
    });
    sent.wait().await;
    rows.push(17).await;
    pushed.wait().await;
}

/// A token is put where one is already, by who would start whoever takes it.
pub(super) async fn cockroach_24808(fixed: bool) {
    struct Compactor {
        wake: Chan<()>,
    }

    impl Compactor {
        async fn start(&self, stopped: wakeful::channels::Receiver<()>, fixed: bool) {
            if fixed {
                let _ = self.wake.try_send(());
            } else {
                let _ = self.wake.send(()).await;
            }
            let wake = self.wake.clone();
            spawn(async move {
                loop {
                    select! {
                        _ = wake.recv() => {}
                        _ = stopped.recv() => return,
                    }
                }
            });
        }
    }

    let compactor = Compactor { wake: Chan::new(1) };
    let (_stop, stopped) = channel::<()>(0);
    let _ = compactor.wake.send(()).await;
    compactor.start(stopped, fixed).await;
}
