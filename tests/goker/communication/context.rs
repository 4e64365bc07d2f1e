//! Contexts that nobody cancels, or whose cancellation parts those who talk.

use std::time::Duration;

use wakeful::context::{CancelHandle, Context};
use wakeful::sync::WaitGroup;
use wakeful::time::sleep;
use wakeful::{channel, select, spawn};

use crate::chan::Chan;
use crate::kernel::Form::{BothEnds, Forgotten};
use crate::kernel::{Kernel, STUCK};
use crate::pace::{gap, long_gap};

pub(crate) const KERNELS: [Kernel; 5] = [
    Kernel::new("grpc_862", Forgotten, STUCK, |fixed| Box::pin(grpc_862(fixed))),
    Kernel::new("cockroach_13755", Forgotten, STUCK, |fixed| Box::pin(cockroach_13755(fixed))),
    Kernel::new("cockroach_13197", Forgotten, STUCK, |fixed| Box::pin(cockroach_13197(fixed))),
    Kernel::new("cockroach_10790", BothEnds, STUCK, |fixed| Box::pin(cockroach_10790(fixed))),
    Kernel::new("moby_33781", BothEnds, STUCK, |fixed| Box::pin(moby_33781(fixed))),
];

/// A connection that was never made goes on trying to be made again.
async fn grpc_862(fixed: bool) {
    async fn reconnect(context: Context) {
        let (context, _cancel) = context.with_cancel();
        for attempt in 1.. {
            let (_dialling, cancel) = context.with_timeout(Duration::from_nanos(10));
            cancel.cancel();
            select! {
                () = sleep(Duration::from_micros(200) * attempt) => {}
                () = context.done() => return,
            }
        }
    }

    fn dial(fixed: bool) {
        let (context, cancel) = Context::background().with_cancel();
        spawn(reconnect(context));
        if fixed {
            cancel.cancel();
        } else {
            cancel.detach();
        }
    }

    let (caller, cancel) = Context::background().with_cancel();
    spawn(async move {
        dial(fixed);
        caller.done().await;
    });
    spawn(async move { cancel.cancel() });
}

/// Rows are not closed, and so their context is not cancelled.
async fn cockroach_13755(fixed: bool) {
    struct Rows {
        cancel: CancelHandle,
    }

    impl Rows {
        fn query() -> Self {
            let (context, cancel) = Context::background().with_cancel();
            spawn(async move { context.done().await });
            Self { cancel }
        }
    }

    let rows = Rows::query();
    if fixed {
        rows.cancel.cancel();
    } else {
        rows.cancel.detach();
    }
}

/// A transaction is dropped with neither a commit nor a rollback.
async fn cockroach_13197(fixed: bool) {
    struct Transaction {
        cancel: Option<CancelHandle>,
    }

    impl Transaction {
        fn begin(context: &Context) -> Self {
            let (context, cancel) = context.with_cancel();
            spawn(async move { context.done().await });
            Self { cancel: Some(cancel) }
        }

        fn roll_back(mut self) {
            drop(self.cancel.take());
        }
    }

    impl Drop for Transaction {
        fn drop(&mut self) {
            if let Some(cancel) = self.cancel.take() {
                cancel.detach();
            }
        }
    }

    let transaction = Transaction::begin(&Context::background());
    if fixed {
        transaction.roll_back();
    }
}

/// What will not be sent is drained.
async fn cockroach_10790(fixed: bool) {
    async fn send(channels: [Chan<u32>; 2], context: Context) {
        gap().await;
        for channel in &channels {
            select! {
                _ = channel.send(1) => {}
                () = context.done() => return,
            }
        }
    }

    async fn receive(channels: [Chan<u32>; 2], context: Context, quiesce: Chan<()>, fixed: bool) {
        for channel in &channels {
            select! {
                _ = channel.recv() => {}
                () = context.done() => {
                    spawn(drain(channels.clone(), quiesce.clone(), fixed));
                }
            }
        }
    }

    async fn drain(channels: [Chan<u32>; 2], quiesce: Chan<()>, fixed: bool) {
        for channel in &channels {
            select! {
                _ = channel.recv() => {}
                _ = quiesce.recv(), if fixed => return,
            }
        }
    }

    spawn(async move {
        let (context, cancel) = Context::background().with_cancel();
        let channels = [Chan::new(0), Chan::new(0)];
        let quiesce = Chan::new(0);
        let group = WaitGroup::new();
        group.spawn(send(channels.clone(), context.clone()));
        group.spawn(receive(channels, context, quiesce.clone(), fixed));
        group.spawn(async move { cancel.cancel() });
        group.wait().await;
        quiesce.close();
    });
}

/// A probe has its result when who asked for it is told to stop.
async fn moby_33781(fixed: bool) {
    let millis = Duration::from_millis;
    let (stop, stopped) = channel::<()>(0);
    spawn(async move {
        loop {
            select! {
                _ = stopped.recv() => return,
                () = sleep(millis(1)) => {}
            }
            let result = Chan::new(usize::from(fixed));
            let (context, cancel) = Context::background().with_timeout(millis(50));
            let probe = result.clone();
            spawn(async move {
                long_gap().await;
                let _ = probe.send("healthy").await;
                probe.close();
            });
            select! {
                _ = stopped.recv() => {
                    cancel.cancel();
                    return;
                }
                _ = result.recv() => {}
                () = context.done() => {
                    cancel.cancel();
                    result.recv().await;
                }
            }
        }
    });
    spawn(async move {
        sleep(millis(6)).await;
        let _ = stop.send(()).await;
    });
}
