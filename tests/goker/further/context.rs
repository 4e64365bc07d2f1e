//! A context ends one of two who talk, and the other goes on talking.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use wakeful::context::Context;
use wakeful::sync::Mutex;
use wakeful::time::sleep;
use wakeful::{select, spawn};

use crate::chan::Chan;
use crate::pace::{gap, long_gap};

/// A restore is cancelled while its ranges are still being split.
pub(super) async fn cockroach_18101(fixed: bool) {
    async fn split(context: Context, ready: Chan<u32>, fixed: bool) {
        for range in 0..8 {
            if fixed {
                select! {
                    _ = ready.send(range) => {}
                    // Closed all the same: who receives may not have seen yet that it is over.
                    () = context.done() => break,
                }
            } else {
                let _ = ready.send(range).await;
            }
        }
        ready.close();
    }

    async fn restore(context: Context, fixed: bool) {
        let ready = Chan::new(2);
        spawn(split(context.clone(), ready.clone(), fixed));
        while ready.recv().await.is_some() {
            if context.is_done() {
                return;
            }
            gap().await;
        }
    }

    let (context, cancel) = Context::background().with_cancel();
    let restored = spawn(restore(context, fixed));
    gap().await;
    cancel.cancel();
    let _ = restored.await;
}

/// A timer is reset that has just gone off and waits for nothing any more.
pub(super) async fn istio_18454(fixed: bool) {
    struct Strategy {
        reset: Chan<()>,
        is_armed: Mutex<bool>,
        was_published: AtomicBool,
    }

    impl Strategy {
        async fn on_change(self: &Arc<Self>, context: &Context, fixed: bool) {
            let mut is_armed = self.is_armed.lock().await;
            if *is_armed {
                drop(is_armed);
                long_gap().await;
                if fixed {
                    select! {
                        _ = self.reset.send(()) => {}
                        () = context.done() => {}
                    }
                } else {
                    let _ = self.reset.send(()).await;
                }
                return;
            }
            *is_armed = true;
            spawn(Arc::clone(self).wait(context.clone()));
        }

        async fn wait(self: Arc<Self>, context: Context) {
            loop {
                select! {
                    () = sleep(Duration::from_millis(2)) => {
                        self.was_published.store(true, SeqCst);
                        *self.is_armed.lock().await = false;
                        return;
                    }
                    _ = self.reset.recv() => {}
                    () = context.done() => return,
                }
            }
        }
    }

    let (context, cancel) = Context::background().with_cancel();
    let strategy = Arc::new(Strategy {
        reset: Chan::new(0),
        is_armed: Mutex::new(false),
        was_published: AtomicBool::new(false),
    });
    strategy.on_change(&context, fixed).await;
    spawn(async move { strategy.on_change(&context, fixed).await });
    for _ in 0..4 {
        long_gap().await;
    }
    cancel.cancel();
}

/// An error is put where results go, and whoever took results has stopped.
pub(super) async fn kubernetes_25331(fixed: bool) {
    struct Watch {
        context: Context,
        result: Chan<u32>,
        errors: Chan<u32>,
    }

    impl Watch {
        async fn run(&self, fixed: bool) {
            select! {
                error = self.errors.recv() => {
                    let error = error.expect("nobody closes it");
                    gap().await;
                    if fixed {
                        select! {
                            _ = self.result.send(error) => {}
                            () = self.context.done() => {}
                        }
                    } else {
                        let _ = self.result.send(error).await;
                    }
                }
                () = self.context.done() => {}
            }
            self.result.close();
        }
    }

    let (context, cancel) = Context::background().with_cancel();
    let watch = Arc::new(Watch { context, result: Chan::new(0), errors: Chan::new(1) });
    let _ = watch.errors.try_send(500);
    let running = Arc::clone(&watch);
    spawn(async move { running.run(fixed).await });
    gap().await;
    cancel.cancel();
}
