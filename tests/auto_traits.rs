//! Which public types may be sent, shared and moved: a promise that the compiler keeps.

use std::cell::Cell;
use std::rc::Rc;

use wakeful::{Runtime, channels, diagnostics, fs, io, net, runtime, sync, task, time};

/// Neither `Send` nor `Sync`.
type Local = Rc<()>;
/// `Send`, not `Sync`.
type Lone = Cell<u8>;

trait AmbiguousIfSend<A> {
    fn some() {}
}
impl<T: ?Sized> AmbiguousIfSend<()> for T {}
impl<T: ?Sized + Send> AmbiguousIfSend<u8> for T {}

trait AmbiguousIfSync<A> {
    fn some() {}
}
impl<T: ?Sized> AmbiguousIfSync<()> for T {}
impl<T: ?Sized + Sync> AmbiguousIfSync<u8> for T {}

macro_rules! are {
    ($($bound:path),+: $($kind:ty),+ $(,)?) => {
        const _: fn() = || {
            fn is<T: ?Sized $(+ $bound)+>() {}
            $(is::<$kind>();)+
        };
    };
}

macro_rules! are_not_send {
    ($($kind:ty),+ $(,)?) => {
        const _: fn() = || { $(<$kind as AmbiguousIfSend<_>>::some();)+ };
    };
}

macro_rules! are_not_sync {
    ($($kind:ty),+ $(,)?) => {
        const _: fn() = || { $(<$kind as AmbiguousIfSync<_>>::some();)+ };
    };
}

// Handles to runtimes and tasks.
are!(Send, Sync, Unpin: Runtime, runtime::Handle, runtime::Builder, runtime::ShutdownReport,
    task::JoinHandle<u8>, task::JoinHandle<Lone>, task::AbortHandle, task::JoinError, task::Id,
    task::Builder, task::JoinSet<u8>, task::YieldNow);
are_not_send!(runtime::EnterGuard<'_>, task::LocalSet, task::JoinHandle<Local>);

// Channels: a handle may go where its values may, and be shared even if they may not be.
are!(Send, Sync, Unpin: channels::Sender<Lone>, channels::Receiver<Lone>, channels::Builder,
    channels::SendError<u8>, channels::TrySendError<u8>, channels::TryRecvError,
    channels::oneshot::Sender<u8>, channels::oneshot::Receiver<u8>,
    channels::watch::Sender<u8>, channels::watch::Receiver<u8>,
    channels::broadcast::Sender<u8>, channels::broadcast::Receiver<u8>);
are!(Send: channels::Recv<'_, Lone>, channels::Send<'_, Lone>);
are_not_send!(channels::Sender<Local>, channels::Receiver<Local>, channels::Recv<'_, Local>);
are_not_sync!(channels::Sender<Local>, channels::watch::Sender<Lone>);

// Locks: as those of std, but their guards may go with their task.
are!(Send, Sync, Unpin: sync::Mutex<Lone>, sync::RwLock<u8>, sync::WaitGroup, sync::Token,
    sync::Semaphore, sync::Notify, sync::Barrier, sync::Cond, sync::Once, sync::OnceCell<u8>);
are!(Send: sync::MutexGuard<'_, Lone>, sync::OwnedMutexGuard<Lone>, sync::Lock<'_, Lone>,
    sync::RwLockReadGuard<'_, u8>, sync::RwLockWriteGuard<'_, u8>, sync::SemaphorePermit<'_>,
    sync::Wait<'_>, sync::Notified<'_>);
are_not_sync!(
    sync::Mutex<Local>,
    sync::MutexGuard<'_, Lone>,
    sync::RwLock<Lone>,
    sync::OnceCell<Lone>
);
are_not_send!(sync::Mutex<Local>, sync::MutexGuard<'_, Local>, sync::RwLockReadGuard<'_, Lone>);

// Time, sockets, files.
are!(Send, Sync, Unpin: time::Instant, time::Interval, time::Timer, net::TcpListener,
    net::TcpStream, net::OwnedReadHalf, net::OwnedWriteHalf, net::UdpSocket, fs::File, io::Stdin,
    io::Stdout, io::Stderr);
are!(Send, Sync: time::Sleep);
are!(Send: time::Timeout<time::Sleep>);

// What the house knows.
are!(Send, Sync, Unpin: diagnostics::Snapshot, diagnostics::Finding, diagnostics::Config,
    diagnostics::Server, diagnostics::ExternalGuard);

#[test]
fn a_task_may_wait_on_anything_and_move_between_threads() {
    fn goes<T: Send>(_: &T) {}
    let (tx, rx) = wakeful::channel::<Lone>(1);
    let mutex = sync::Mutex::new(Lone::new(1));
    let future = async move {
        let guard = mutex.lock().await;
        tx.send(Lone::new(guard.get())).await.ok();
        wakeful::select! {
            _ = rx.recv() => {}
            () = time::sleep(std::time::Duration::ZERO) => {}
        }
        drop(guard);
    };
    goes(&future);
}
