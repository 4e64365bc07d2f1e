//! Something joins a group that nobody may join any more.

use std::sync::Arc;
use std::time::Duration;

use wakeful::channels::Sender;
use wakeful::sync::{Mutex, WaitGroup};
use wakeful::time::sleep;
use wakeful::{channel, spawn};

use crate::kernel::Form::Plain;
use crate::kernel::{Kernel, Sign};
use crate::pace::gap;

pub(crate) const KERNELS: [Kernel; 1] =
    [Kernel::new("cockroach_4407", Plain, &[Sign::Misuse, Sign::Panic], |fixed| {
        Box::pin(cockroach_4407(fixed))
    })];

struct Server {
    lock: Mutex<()>,
    workers: WaitGroup,
    stop: Sender<()>,
    /// The cure: who wants to start a worker looks here.
    is_stopped: Mutex<bool>,
}

impl Server {
    async fn run_worker(self: Arc<Self>, fixed: bool) {
        let _lock = self.lock.lock().await;
        gap().await;
        let is_stopped = self.is_stopped.lock().await;
        if *is_stopped && fixed {
            return;
        }
        let worker = Arc::clone(&self);
        self.workers.add(1);
        spawn(async move {
            drop(worker.lock.lock().await);
            worker.workers.done();
        });
    }

    async fn stop(&self) {
        *self.is_stopped.lock().await = true;
        self.stop.close();
        self.workers.wait().await;
        drop(self.lock.lock().await);
    }
}

/// A worker is started while the server waits for its workers to end.
async fn cockroach_4407(fixed: bool) {
    let (stop, _stopped) = channel(0);
    let server = Arc::new(Server {
        lock: Mutex::new(()),
        workers: WaitGroup::new(),
        stop,
        is_stopped: Mutex::new(false),
    });
    for _ in 0..2 {
        spawn(Arc::clone(&server).run_worker(fixed));
    }
    sleep(Duration::from_millis(1)).await;
    server.stop().await;
}
