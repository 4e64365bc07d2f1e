//! Questions and reports to somebody who has left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use wakeful::sync::WaitGroup;
use wakeful::{select, spawn, yield_now};

use crate::chan::Chan;
use crate::pace::{gap, stagger};

/// A checksum is waited for that was never begun: the store is closing down.
pub(super) async fn cockroach_25456(fixed: bool) {
    struct Replica {
        notify: Chan<u64>,
        quiesced: Chan<()>,
    }

    impl Replica {
        fn compute(&self, is_quiescing: bool) {
            let notify = self.notify.clone();
            if !is_quiescing {
                spawn(async move { notify.send(7).await });
            }
        }

        async fn collect(&self, fixed: bool) -> Option<u64> {
            if fixed {
                return select! {
                    sum = self.notify.recv() => sum,
                    _ = self.quiesced.recv() => None,
                };
            }
            self.notify.recv().await
        }
    }

    let replica = Replica { notify: Chan::new(0), quiesced: Chan::new(0) };
    replica.quiesced.close();
    replica.compute(true);
    replica.collect(fixed).await;
}

/// A node is asked for its status, and has stopped.
pub(super) async fn etcd_6857(fixed: bool) {
    #[derive(Clone)]
    struct Node {
        status: Chan<Chan<u32>>,
        stop: Chan<()>,
        done: Chan<()>,
    }

    impl Node {
        async fn run(self) {
            loop {
                select! {
                    reply = self.status.recv() => {
                        let _ = reply.expect("nobody closes it").send(1).await;
                    }
                    _ = self.stop.recv() => {
                        self.done.close();
                        return;
                    }
                }
            }
        }

        async fn status(&self, fixed: bool) -> Option<u32> {
            let reply = Chan::new(0);
            if fixed {
                select! {
                    _ = self.status.send(reply.clone()) => {}
                    _ = self.done.recv() => return None,
                }
            } else {
                let _ = self.status.send(reply.clone()).await;
            }
            reply.recv().await
        }

        async fn stop(&self) {
            select! {
                _ = self.stop.send(()) => {}
                _ = self.done.recv() => return,
            }
            self.done.recv().await;
        }
    }

    let node = Node { status: Chan::new(0), stop: Chan::new(0), done: Chan::new(0) };
    spawn(node.clone().run());
    let asker = node.clone();
    spawn(async move {
        stagger(3).await;
        asker.status(fixed).await;
    });
    spawn(async move { node.stop().await });
}

/// A stream is closed, and who reads from it is not told.
pub(super) async fn grpc_1275(fixed: bool) {
    struct Stream {
        frames: Chan<Vec<u8>>,
    }

    let stream = Arc::new(Stream { frames: Chan::new(0) });
    let (reader, done) = (Arc::clone(&stream), Chan::<()>::new(0));
    let is_done = done.clone();
    spawn(async move {
        let _ = reader.frames.recv().await;
        done.close();
    });
    gap().await;
    let close = |stream: &Stream| fixed && stream.frames.close();
    close(&stream);
    is_done.recv().await;
}

/// A proxy's exit is reported to an agent that was cancelled.
pub(super) async fn istio_17860(fixed: bool) {
    struct Agent {
        status: Chan<u32>,
        config: Chan<u32>,
        cancelled: Chan<()>,
        is_over: AtomicBool,
    }

    impl Agent {
        async fn run(self: Arc<Self>, fixed: bool) {
            loop {
                select! {
                    epoch = self.config.recv() => {
                        let Some(epoch) = epoch else { return };
                        spawn(Arc::clone(&self).wait_for_exit(epoch, fixed));
                    }
                    _ = self.status.recv() => {}
                    _ = self.cancelled.recv() => {
                        self.is_over.store(true, SeqCst);
                        return;
                    }
                }
            }
        }

        async fn wait_for_exit(self: Arc<Self>, epoch: u32, fixed: bool) {
            while !self.is_over.load(SeqCst) {
                yield_now().await;
            }
            if fixed {
                let _ = self.status.try_send(epoch);
            } else {
                let _ = self.status.send(epoch).await;
            }
        }
    }

    let agent = Arc::new(Agent {
        status: Chan::new(usize::from(fixed)),
        config: Chan::new(0),
        cancelled: Chan::new(0),
        is_over: AtomicBool::new(false),
    });
    let group = WaitGroup::new();
    group.spawn(Arc::clone(&agent).run(fixed));
    let _ = agent.config.send(1).await;
    gap().await;
    agent.cancelled.close();
    group.wait().await;
}
