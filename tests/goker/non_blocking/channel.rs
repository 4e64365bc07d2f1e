//! Channels that are closed, or not there, when they are used.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wakeful::channels::{Sender, never};
use wakeful::sync::{Once, WaitGroup};
use wakeful::time::sleep;
use wakeful::{channel, select, spawn};

use crate::chan::Chan;
use crate::kernel::Form::Plain;
use crate::kernel::{Kernel, STUCK, Sign};
use crate::pace::gap;

const MISUSE: &[Sign] = &[Sign::Misuse, Sign::Panic];

pub(crate) const KERNELS: [Kernel; 4] = [
    Kernel::new("grpc_1687", Plain, MISUSE, |fixed| Box::pin(grpc_1687(fixed))),
    Kernel::new("etcd_3077", Plain, STUCK, |fixed| Box::pin(etcd_3077(fixed))),
    Kernel::new("istio_8967", Plain, STUCK, |fixed| Box::pin(istio_8967(fixed))),
    Kernel::new("serving_3068", Plain, MISUSE, |fixed| Box::pin(serving_3068(fixed))),
];

/// A field that a task sets for another one.
type Field<T> = Arc<Mutex<Option<T>>>;

fn get<T: Clone>(field: &Field<T>) -> Option<T> {
    field.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn set<T>(field: &Field<T>, value: Option<T>) {
    *field.lock().unwrap_or_else(PoisonError::into_inner) = value;
}

/// Something is written after the status, which was to be the last.
async fn grpc_1687(fixed: bool) {
    type Job = Box<dyn FnOnce() + Send>;

    struct Stream {
        writes: Sender<Job>,
        closed: Chan<()>,
        /// The cure: that it is over is said here, and the channel stays open.
        is_over: AtomicBool,
    }

    impl Stream {
        async fn enqueue(&self, job: Job) {
            if self.is_over.load(SeqCst) {
                return;
            }
            select! {
                _ = self.writes.send(job) => {}
                _ = self.closed.recv() => {}
            }
        }

        async fn write_status(&self, fixed: bool) {
            self.enqueue(Box::new(|| {})).await;
            if fixed {
                self.is_over.store(true, SeqCst);
            } else {
                self.writes.close();
            }
        }
    }

    let (writes, jobs) = channel::<Job>(0);
    let stream = Stream { writes, closed: Chan::new(0), is_over: AtomicBool::new(false) };
    spawn(async move {
        stream.write_status(fixed).await;
        stream.enqueue(Box::new(|| {})).await;
    });
    while let Some(job) = jobs.recv().await {
        job();
    }
}

/// Channels are made by the task that is told of its end through them.
async fn etcd_3077(fixed: bool) {
    #[derive(Clone, Default)]
    struct Raft {
        stopped: Field<Chan<()>>,
        done: Field<Chan<()>>,
    }

    impl Raft {
        fn init(&self) {
            set(&self.stopped, Some(Chan::new(0)));
            set(&self.done, Some(Chan::new(0)));
        }

        async fn run(self, fixed: bool) {
            gap().await;
            if !fixed {
                self.init();
            }
            if let (Some(stopped), Some(done)) = (get(&self.stopped), get(&self.done)) {
                stopped.recv().await;
                done.close();
            }
        }
    }

    let (stop, to_stop) = channel::<()>(0);
    let (done, is_done) = channel::<()>(0);
    spawn(async move {
        let raft = Raft::default();
        if fixed {
            raft.init();
        }
        spawn(raft.clone().run(fixed));
        sleep(Duration::from_millis(1)).await;
        to_stop.recv().await;
        match get(&raft.stopped) {
            Some(stopped) => drop(stopped.send(()).await),
            // In Go, a send on a channel that is nil.
            None => drop(never::<()>().recv().await),
        }
        if let Some(done) = get(&raft.done) {
            done.recv().await;
        }
        drop(done);
    });
    let _ = stop.send(()).await;
    is_done.recv().await;
}

/// A channel is closed, and then taken away from who looks for it.
async fn istio_8967(fixed: bool) {
    let field: Field<Chan<()>> = Arc::new(Mutex::new(Some(Chan::new(0))));
    let source = Arc::clone(&field);
    spawn(async move {
        gap().await;
        match get(&source) {
            Some(done) => drop(done.recv().await),
            // In Go, a receive from a channel that is nil.
            None => drop(never::<()>().recv().await),
        }
    });
    if let Some(done) = get(&field) {
        done.close();
    }
    if !fixed {
        set(&field, None);
    }
    sleep(Duration::from_millis(5)).await;
}

/// Work is given to a pool that waits for its end already.
async fn serving_3068(fixed: bool) {
    type Work = Box<dyn FnOnce() + Send>;

    struct Pool {
        work: Sender<Work>,
        pending: WaitGroup,
        once: Once,
        /// The cure: looked at by who submits.
        is_closed: AtomicBool,
    }

    impl Pool {
        fn new() -> Arc<Self> {
            let (work, todo) = channel::<Work>(5);
            let pending = WaitGroup::new();
            let done = pending.clone();
            spawn(async move {
                while let Some(work) = todo.recv().await {
                    work();
                    done.done();
                }
            });
            let (once, is_closed) = (Once::new(), AtomicBool::new(false));
            Arc::new(Self { work, pending, once, is_closed })
        }

        async fn submit(&self, work: Work, fixed: bool) {
            if fixed && self.is_closed.load(SeqCst) {
                return;
            }
            self.pending.add(1);
            let _ = self.work.send(work).await;
        }

        async fn wait(&self) {
            self.once
                .call_once(|| async {
                    self.is_closed.store(true, SeqCst);
                    self.work.close();
                    let pending = self.pending.clone();
                    spawn(async move { pending.wait().await });
                })
                .await;
        }
    }

    let pool = Pool::new();
    let submitted = WaitGroup::new();
    let to_pool = Arc::clone(&pool);
    submitted.spawn(async move {
        for _ in 0..5 {
            sleep(Duration::from_millis(10)).await;
            to_pool.submit(Box::new(|| {}), fixed).await;
        }
    });
    pool.wait().await;
    submitted.wait().await;
}
