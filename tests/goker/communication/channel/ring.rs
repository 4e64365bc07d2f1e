//! Who waits would have to wake itself, or the other one of two who wait for each other.

use std::time::Duration;

use wakeful::channels::{Receiver, Sender};
use wakeful::time::sleep;
use wakeful::{channel, select, spawn, yield_now};

use crate::chan::Chan;
use crate::pace::gap;

/// Two loops send to each other, both at once.
pub(super) async fn cockroach_2448(fixed: bool) {
    async fn raft(events: Sender<u32>, callbacks: Receiver<u32>, stop: Chan<()>, fixed: bool) {
        loop {
            select! {
                _ = stop.recv() => return,
                _ = callbacks.recv() => continue,
                default => {}
            }
            // The cure: while an event waits to be taken, callbacks are run.
            select! {
                _ = events.send(1) => {}
                _ = callbacks.recv(), if fixed => {}
                _ = stop.recv() => return,
            }
        }
    }

    async fn store(events: Receiver<u32>, callbacks: Sender<u32>, stop: Chan<()>) {
        loop {
            let event = select! {
                event = events.recv() => event,
                _ = stop.recv() => return,
            };
            gap().await;
            select! {
                _ = callbacks.send(event.unwrap_or_default()) => {}
                _ = stop.recv() => return,
            }
        }
    }

    let stop = Chan::new(0);
    let (events, to_store) = channel(0);
    let (callbacks, to_raft) = channel(0);
    spawn(raft(events, to_raft, stop.clone(), fixed));
    spawn(store(to_store, callbacks, stop.clone()));
    if fixed {
        sleep(Duration::from_millis(20)).await;
        stop.close();
    }
}

/// Waits for a channel that only the one who waits would close.
pub(super) async fn kubernetes_70277(fixed: bool) {
    /// Sends a tick now and then, until it is done or has had enough.
    fn poller(done: Receiver<()>) -> Receiver<()> {
        let (tick, ticks) = channel(0);
        spawn(async move {
            for _ in 0..20_000 {
                select! {
                    () = sleep(Duration::from_millis(1)) => {}
                    _ = done.recv() => return,
                }
                let _ = tick.try_send(());
                yield_now().await;
            }
        });
        ticks
    }

    async fn wait_for(mut condition: impl FnMut() -> bool, done: Receiver<()>) -> Receiver<()> {
        let ticks = poller(done);
        while ticks.recv().await.is_some() && !condition() {}
        ticks
    }

    let mut looks = 0;
    let condition = || {
        looks += 1;
        looks > 2
    };
    if fixed {
        let (done, is_done) = channel(0);
        let ticks = wait_for(condition, is_done).await;
        drop(done);
        ticks.recv().await;
    } else {
        // To be closed when all is over.
        let (_stop, stopped) = channel(0);
        drop(wait_for(condition, stopped.clone()).await);
        stopped.recv().await;
    }
}
