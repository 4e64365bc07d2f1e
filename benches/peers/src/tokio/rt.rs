//! The rows' vocabulary, on tokio: what its users take where it has not the thing itself.

pub use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
pub use tokio::net::{TcpListener, TcpStream};
pub use tokio::spawn;
pub use tokio::sync::Mutex;
pub use tokio::sync::mpsc::{Receiver, Sender};
pub use tokio::task::yield_now;
pub use tokio::time::{sleep, timeout};

pub const NAME: &str = "tokio";

/// Runs a row with two workers.
pub fn block_on<F: Future>(row: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime").block_on(row)
}

/// tokio has no unbuffered channel: room for one is the nearest.
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    tokio::sync::mpsc::channel(capacity.max(1))
}

/// Receives from whichever has something.
pub async fn select_2<T>(a: &mut Receiver<T>, b: &mut Receiver<T>) -> Option<T> {
    tokio::select! {
        value = a.recv() => value,
        value = b.recv() => value,
    }
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
