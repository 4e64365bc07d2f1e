//! The rows' vocabulary, on wakeful.

pub use wakeful::channels::{Receiver, Sender};
pub use wakeful::net::{TcpListener, TcpStream};
pub use wakeful::sync::Mutex;
pub use wakeful::time::{sleep, timeout};
pub use wakeful::{channel, spawn, yield_now};

pub const NAME: &str = "wakeful";

/// Runs a row with two workers.
pub fn block_on<F: Future>(row: F) -> F::Output {
    let builder = wakeful::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).build().expect("a runtime").block_on(row)
}

/// Receives from whichever has something.
pub async fn select_2<T>(a: &mut Receiver<T>, b: &mut Receiver<T>) -> Option<T> {
    wakeful::select! {
        value = a.recv() => value,
        value = b.recv() => value,
    }
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
