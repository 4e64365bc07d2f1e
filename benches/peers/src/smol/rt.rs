//! The rows' vocabulary, on smol: what its users take where it has not the thing itself.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::task::{Context, Poll};
use std::time::Duration;

use event_listener::Event;
pub use smol::channel::Sender;
pub use smol::future::yield_now;
use smol::future::{self, race};
pub use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
pub use smol::lock::{Mutex, RwLock};
pub use smol::net::{TcpListener, TcpStream};
pub use smol::unblock;
use smol::{Executor, Task, Timer};
use smol_hyper::rt::FuturesIo;

static EXECUTOR: Executor<'static> = Executor::new();
static WORKERS: Once = Once::new();

/// Runs a row with two workers.
pub fn block_on<F: Future>(row: F) -> F::Output {
    WORKERS.call_once(|| {
        for _ in 0..2 {
            std::thread::spawn(|| smol::block_on(EXECUTOR.run(pending::<()>())));
        }
    });
    smol::block_on(row)
}

/// A task of smol's, which answers as the others do.
pub struct JoinHandle<T>(Task<T>);

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(Ok)
    }
}

pub fn spawn<F>(task: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    JoinHandle(EXECUTOR.spawn(task))
}

/// Spawns a task that nobody joins.
pub fn detach(task: impl Future<Output = ()> + Send + 'static) {
    EXECUTOR.spawn(task).detach();
}

pub fn sleep(length: Duration) -> Timer {
    Timer::after(length)
}

/// What comes first: the future's end, or the time's.
pub async fn timeout<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let late = async {
        Timer::after(limit).await;
        None
    };
    future::or(async { Some(future.await) }, late).await
}

/// Receives; as many as one likes.
pub struct Receiver<T>(smol::channel::Receiver<T>);

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Receiver<T> {
    pub async fn recv(&self) -> Option<T> {
        self.0.recv().await.ok()
    }
}

/// smol has no unbuffered channel: room for one is the nearest.
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = smol::channel::bounded(capacity.max(1));
    (sender, Receiver(receiver))
}

pub use channel as shared_channel;

/// Receives from whichever of two or eight has something.
pub async fn select<T>(from: &mut [Receiver<T>]) -> Option<T> {
    async fn two<T>(a: &Receiver<T>, b: &Receiver<T>) -> Option<T> {
        race(a.recv(), b.recv()).await
    }
    async fn four<T>(
        a: &Receiver<T>,
        b: &Receiver<T>,
        c: &Receiver<T>,
        d: &Receiver<T>,
    ) -> Option<T> {
        race(two(a, b), two(c, d)).await
    }
    match from {
        [a, b] => two(a, b).await,
        [a, b, c, d, e, f, g, h] => race(four(a, b, c, d), four(e, f, g, h)).await,
        _ => unreachable!("two or eight"),
    }
}

/// hyper's traits for a stream.
pub fn for_hyper(stream: TcpStream) -> FuturesIo<TcpStream> {
    FuturesIo::new(stream)
}

/// Tasks that are counted: smol has no group, its users have a count and an event.
#[derive(Clone)]
pub struct Group(Arc<Count>);

struct Count {
    members: AtomicU64,
    none: Event,
}

impl Group {
    pub fn new() -> Self {
        Self(Arc::new(Count { members: AtomicU64::new(0), none: Event::new() }))
    }

    pub fn spawn(&self, member: impl Future<Output = ()> + Send + 'static) {
        let count = Arc::clone(&self.0);
        count.members.fetch_add(1, Ordering::Relaxed);
        detach(async move {
            member.await;
            if count.members.fetch_sub(1, Ordering::AcqRel) == 1 {
                count.none.notify(usize::MAX);
            }
        });
    }

    pub async fn wait(&self) {
        loop {
            let none = self.0.none.listen();
            if self.0.members.load(Ordering::Acquire) == 0 {
                break;
            }
            none.await;
        }
    }
}
