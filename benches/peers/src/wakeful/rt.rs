//! The rows' vocabulary, on wakeful.

pub use wakeful::channels::{Receiver, Sender};
pub use wakeful::net::{TcpListener, TcpStream};
pub use wakeful::sync::{Mutex, RwLock};
pub use wakeful::task::JoinHandle;
pub use wakeful::time::{sleep, timeout};
pub use wakeful::{channel, channel as shared_channel, spawn, yield_now};

/// Runs a row with two workers.
pub fn block_on<F: Future>(row: F) -> F::Output {
    let builder = wakeful::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).build().expect("a runtime").block_on(row)
}

/// Spawns a task that nobody joins.
pub fn detach(task: impl Future<Output = ()> + Send + 'static) {
    drop(spawn(task));
}

/// Runs what blocks on a thread for that.
pub async fn unblock<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> T {
    wakeful::task::spawn_blocking(job).await.expect("no panic")
}

/// Receives from whichever of two or eight has something.
pub async fn select<T>(from: &mut [Receiver<T>]) -> Option<T> {
    match from {
        [a, b] => wakeful::select! {
            value = a.recv() => value,
            value = b.recv() => value,
        },
        [a, b, c, d, e, f, g, h] => wakeful::select! {
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

/// The stream has hyper's traits.
pub fn for_hyper(stream: TcpStream) -> TcpStream {
    stream
}

/// Tasks that are counted.
#[derive(Clone)]
pub struct Group(wakeful::sync::WaitGroup);

impl Group {
    pub fn new() -> Self {
        Self(wakeful::sync::WaitGroup::new())
    }

    pub fn spawn(&self, member: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(member);
    }

    pub async fn wait(&self) {
        self.0.wait().await;
    }
}
