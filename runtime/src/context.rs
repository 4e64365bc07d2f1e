//! Stand-in for the founder's context: one runtime on one thread, for tests of I/O and time.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use wakeful_sync::wait::budget;

use crate::driver::{Driver, Handle};

thread_local! {
    static CURRENT: RefCell<Option<(Handle, Queue)>> = const { RefCell::new(None) };
}

type Queue = Arc<Mutex<VecDeque<Arc<Task>>>>;

struct Task {
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    queue: Queue,
    handle: Handle,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let queue = Arc::clone(&self.queue);
        let handle = self.handle.clone();
        queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(self);
        handle.unpark();
    }
}

struct Root(Handle);

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The driver of the runtime this thread works for.
pub(crate) fn driver() -> Option<Handle> {
    CURRENT.with_borrow(|current| current.as_ref().map(|(handle, _)| handle.clone()))
}

/// Calls `f` with the driver of the runtime this thread works for.
pub(crate) fn with_driver<R>(f: impl FnOnce(&Handle) -> R) -> Option<R> {
    CURRENT.with_borrow(|current| current.as_ref().map(|(handle, _)| f(handle)))
}

/// Spawns on the stand-in; the receiver resolves to the output.
pub fn spawn<F>(future: F) -> futures::channel::oneshot::Receiver<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (sender, receiver) = futures::channel::oneshot::channel();
    let (handle, queue) = CURRENT.with_borrow(Clone::clone).expect("inside `block_on`");
    let future = Box::pin(async move {
        let _ = sender.send(future.await);
    });
    Arc::new(Task { future: Mutex::new(Some(future)), queue, handle }).wake();
    receiver
}

/// Runs `future`, and what it spawns, on a new runtime on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let (mut driver, handle) = Driver::new().expect("a driver");
    let queue = Queue::default();
    let before = CURRENT.replace(Some((handle.clone(), Arc::clone(&queue))));
    let waker = Waker::from(Arc::new(Root(handle.clone())));
    let mut future = pin!(future);
    let output = loop {
        if let Poll::Ready(output) = budget::scope(|| future.as_mut().poll(&mut Context::from_waker(&waker))) {
            break output;
        }
        let ready: Vec<_> =
            queue.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        let idle = ready.is_empty();
        for task in ready {
            let waker = Waker::from(Arc::clone(&task));
            let mut slot = task.future.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(future) = slot.as_mut() {
                if budget::scope(|| future.as_mut().poll(&mut Context::from_waker(&waker))).is_ready() {
                    *slot = None;
                }
            }
        }
        if idle { driver.park(None) } else { driver.turn() }
    };
    handle.shutdown();
    let left: Vec<_> = queue.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
    drop(left);
    CURRENT.set(before);
    output
}
