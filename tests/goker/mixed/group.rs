//! A group is waited for under a lock that its members need.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use wakeful::channels::{Receiver, Sender};
use wakeful::sync::{Mutex, WaitGroup};
use wakeful::{channel, spawn};

use crate::kernel::Form::Plain;
use crate::kernel::{Kernel, STUCK};
use crate::pace::gap;

pub(crate) const KERNELS: [Kernel; 1] =
    [Kernel::new("cockroach_1055", Plain, STUCK, |fixed| Box::pin(cockroach_1055(fixed)))];

/// Stops workers in two steps: no new tasks, then no workers.
struct Stopper {
    stop: Sender<()>,
    stopped: Receiver<()>,
    workers: WaitGroup,
    drained: WaitGroup,
    lock: Mutex<()>,
    is_draining: AtomicBool,
}

impl Stopper {
    fn new() -> Self {
        let (stop, stopped) = channel(0);
        Self {
            stop,
            stopped,
            workers: WaitGroup::named("workers"),
            drained: WaitGroup::named("drained"),
            lock: Mutex::new(()),
            is_draining: AtomicBool::new(false),
        }
    }

    async fn work(&self, fixed: bool) {
        if !self.is_draining.load(SeqCst) {
            let _lock = self.lock.lock().await;
            self.drained.add(1);
            if fixed {
                self.drained.done();
            }
        }
        self.stopped.recv().await;
    }

    async fn quiesce(&self, fixed: bool) {
        let lock = self.lock.lock().await;
        self.is_draining.store(true, SeqCst);
        if fixed {
            drop(lock);
            return self.drained.wait().await;
        }
        self.drained.wait().await;
        self.is_draining.store(false, SeqCst);
    }

    async fn close(&self, fixed: bool) {
        let lock = self.lock.lock().await;
        self.is_draining.store(true, SeqCst);
        let lock = if fixed {
            drop(lock);
            None
        } else {
            Some(lock)
        };
        self.drained.wait().await;
        self.stop.close();
        self.workers.wait().await;
        drop(lock);
    }
}

/// A worker says that it drains, and never that it has.
async fn cockroach_1055(fixed: bool) {
    let stoppers: Vec<_> = (0..3).map(|_| Arc::new(Stopper::new())).collect();
    for stopper in &stoppers {
        let worker = Arc::clone(stopper);
        stopper.workers.spawn(async move { worker.work(fixed).await });
    }
    let (done, is_done) = channel::<()>(0);
    spawn(async move {
        gap().await;
        for stopper in &stoppers {
            stopper.quiesce(fixed).await;
        }
        for stopper in &stoppers {
            stopper.close(fixed).await;
        }
        drop(done);
    });
    is_done.recv().await;
}
