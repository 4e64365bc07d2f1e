//! The rows' vocabulary, on tokio: what its users take where it has not the thing itself.

use std::sync::Arc;

use hyper_util::rt::TokioIo;
pub use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
pub use tokio::net::{TcpListener, TcpStream};
pub use tokio::spawn;
pub use tokio::sync::mpsc::{Receiver, Sender};
pub use tokio::sync::{Mutex, RwLock};
pub use tokio::task::{JoinHandle, yield_now};
pub use tokio::time::{sleep, timeout};

/// Runs a row with two workers.
pub fn block_on<F: Future>(row: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime").block_on(row)
}

/// Spawns a task that nobody joins.
pub fn detach(task: impl Future<Output = ()> + Send + 'static) {
    drop(spawn(task));
}

/// Runs what blocks on a thread for that.
pub async fn unblock<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(job).await.expect("no panic")
}

/// tokio has no unbuffered channel: room for one is the nearest.
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    tokio::sync::mpsc::channel(capacity.max(1))
}

/// tokio has no channel with several receivers that share the values: they share a lock.
pub struct SharedReceiver<T>(Arc<Mutex<Receiver<T>>>);

impl<T> Clone for SharedReceiver<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> SharedReceiver<T> {
    pub async fn recv(&self) -> Option<T> {
        self.0.lock().await.recv().await
    }
}

pub fn shared_channel<T>(capacity: usize) -> (Sender<T>, SharedReceiver<T>) {
    let (sender, receiver) = channel(capacity);
    (sender, SharedReceiver(Arc::new(Mutex::new(receiver))))
}

/// Receives from whichever of two or eight has something.
pub async fn select<T>(from: &mut [Receiver<T>]) -> Option<T> {
    match from {
        [a, b] => tokio::select! {
            value = a.recv() => value,
            value = b.recv() => value,
        },
        [a, b, c, d, e, f, g, h] => tokio::select! {
            value = a.recv() => value,
            value = b.recv() => value,
            value = c.recv() => value,
            value = d.recv() => value,
            value = e.recv() => value,
            value = f.recv() => value,
            value = g.recv() => value,
            value = h.recv() => value,
        },
        _ => unreachable!("two or eight"),
    }
}

/// hyper's traits for a stream.
pub fn for_hyper(stream: TcpStream) -> TokioIo<TcpStream> {
    TokioIo::new(stream)
}

/// Tasks that are counted.
#[derive(Clone)]
pub struct Group(tokio_util::task::TaskTracker);

impl Group {
    pub fn new() -> Self {
        Self(tokio_util::task::TaskTracker::new())
    }

    pub fn spawn(&self, member: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(member);
    }

    pub async fn wait(&self) {
        self.0.close();
        self.0.wait().await;
    }
}
