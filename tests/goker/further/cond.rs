//! Conditions that are announced before anybody waits, or not at all.

use std::sync::Arc;

use wakeful::sync::{Cond, Mutex};
use wakeful::{channel, select, spawn};

use crate::pace::{gap, long_gap};

/// The end is announced to a loop that then goes back to its condition.
pub(super) async fn kubernetes_11298(fixed: bool) {
    #[derive(Default)]
    struct Notifier {
        masters: Mutex<u32>,
        changed: Cond,
    }

    let (end, ended) = channel::<()>(0);
    let notifier = Arc::<Notifier>::default();
    let (looping, looped) = (Arc::clone(&notifier), ended.clone());
    let served = spawn(async move {
        let mut masters = looping.masters.lock().await;
        loop {
            select! {
                _ = looped.recv() => return,
                default => {}
            }
            *masters += 1;
            // The cure: the lock is kept from the question to the wait.
            if !fixed {
                drop(masters);
                long_gap().await;
                masters = looping.masters.lock().await;
            }
            masters = looping.changed.wait(masters).await;
        }
    });
    gap().await;
    drop(end);
    let masters = notifier.masters.lock().await;
    notifier.changed.notify_one();
    drop(masters);
    let _ = served.await;
}

/// Two wait for a plugin, and one is called.
pub(super) async fn moby_29733(fixed: bool) {
    #[derive(Default)]
    struct Plugin {
        is_active: Mutex<bool>,
        activated: Cond,
    }

    impl Plugin {
        async fn wait_active(&self) {
            let mut is_active = self.is_active.lock().await;
            while !*is_active {
                is_active = self.activated.wait(is_active).await;
            }
        }
    }

    let plugin = Arc::<Plugin>::default();
    let (done, is_done) = channel::<()>(0);
    for _ in 0..2 {
        let (plugin, done) = (Arc::clone(&plugin), done.clone());
        spawn(async move {
            plugin.wait_active().await;
            drop(done);
        });
    }
    drop(done);
    gap().await;
    *plugin.is_active.lock().await = true;
    if fixed {
        plugin.activated.notify_all();
    } else {
        plugin.activated.notify_one();
    }
    drop(plugin);
    is_done.recv().await;
}
