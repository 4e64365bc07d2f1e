//! Values that nobody takes any more, and a loop that waits for its own end.

use std::sync::Arc;

use wakeful::channels::{Receiver, Sender};
use wakeful::sync::Once;
use wakeful::{channel, select, spawn};

use crate::chan::Chan;
use crate::kernel::Body;
use crate::pace::gap;

/// A watcher is filled with what is there already before anybody can read.
pub(super) async fn kubernetes_38669(fixed: bool) {
    struct Watcher {
        result: Chan<u32>,
        stopped: Chan<()>,
    }

    impl Watcher {
        async fn process(&self, events: Vec<u32>, fixed: bool) {
            for event in events {
                if fixed {
                    select! {
                        _ = self.result.send(event) => {}
                        _ = self.stopped.recv() => return,
                    }
                } else {
                    let _ = self.result.send(event).await;
                }
            }
        }
    }

    let watcher = Arc::new(Watcher { result: Chan::new(0), stopped: Chan::new(0) });
    let filler = Arc::clone(&watcher);
    let filled = spawn(async move { filler.process(vec![1, 2], fixed).await });
    gap().await;
    watcher.stopped.close();
    let _ = filled.await;
}

/// A test gives up before all progress is read.
pub(super) async fn moby_21233(fixed: bool) {
    struct Transfer {
        progress: Chan<u32>,
        released: Chan<()>,
    }

    async fn download(progress: Chan<u32>, released: Chan<()>, fixed: bool) {
        for step in 0..5 {
            if fixed {
                select! {
                    _ = progress.send(step) => {}
                    _ = released.recv() => break,
                }
            } else {
                let _ = progress.send(step).await;
            }
        }
        progress.close();
    }

    fn transfer(fixed: bool) -> Transfer {
        let (progress, released) = (Chan::new(0), Chan::new(0));
        spawn(download(progress.clone(), released.clone(), fixed));
        Transfer { progress, released }
    }

    spawn(async move {
        let transfers = [transfer(fixed), transfer(fixed)];
        let done = Chan::<()>::new(0);
        let all = Chan::new(0);
        for transfer in &transfers {
            let (from, to, released) =
                (transfer.progress.clone(), all.clone(), transfer.released.clone());
            spawn(async move {
                while let Some(step) = from.recv().await {
                    if fixed {
                        select! {
                            _ = to.send(step) => {}
                            _ = released.recv() => return,
                        }
                    } else {
                        let _ = to.send(step).await;
                    }
                }
            });
        }
        let is_wrong = all.recv().await.is_some();
        if is_wrong {
            // As a test that fails: what comes now is not read.
            for transfer in &transfers {
                transfer.released.close();
            }
            return;
        }
        done.recv().await;
    });
}

/// The loop that reads closes the connection, and the close waits for the loop.
pub(super) async fn syncthing_5795(fixed: bool) {
    struct Connection {
        inbox: Receiver<u32>,
        closed: Chan<()>,
        loop_ended: Receiver<()>,
        once: Once,
    }

    impl Connection {
        async fn dispatch(self: Arc<Self>, ended: Sender<()>, fixed: bool) {
            let is_bad = |message: Option<u32>| message.is_none_or(|message| message > 1);
            loop {
                select! {
                    message = self.inbox.recv() => if is_bad(message) {
                        self.fail(fixed).await;
                        break;
                    },
                    _ = self.closed.recv() => break,
                }
            }
            drop(ended);
        }

        fn fail(self: &Arc<Self>, fixed: bool) -> Body {
            let this = Arc::clone(self);
            Box::pin(async move {
                if fixed {
                    // The cure: the close goes on beside the loop.
                    spawn(async move { this.close().await });
                } else {
                    this.close().await;
                }
            })
        }

        async fn close(&self) {
            self.once
                .call_once(|| async {
                    self.closed.close();
                    self.loop_ended.recv().await;
                })
                .await;
        }
    }

    let (send, inbox) = channel(1);
    let (ended, loop_ended) = channel(0);
    let (closed, once) = (Chan::new(0), Once::new());
    let connection = Arc::new(Connection { inbox, closed, loop_ended, once });
    spawn(Arc::clone(&connection).dispatch(ended, fixed));
    let _ = send.send(2).await;
    gap().await;
    connection.close().await;
}
