//! What the tasks and threads of a running program share.

use std::any::Any;
use std::io::Write;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::house::{
    Barrier, Handle, JoinHandle, Notify, Receiver, Sender, WaitGroup, channel, task,
};
use crate::locks::AnyLock;
use crate::program::Program;
use crate::run;

pub(crate) struct World {
    pub(crate) program: &'static Program,
    pub(crate) handle: Handle,
    pub(crate) locks: Vec<AnyLock>,
    pub(crate) groups: Vec<WaitGroup>,
    pub(crate) bells: Vec<Bell>,
    pub(crate) notifies: Vec<Notify>,
    pub(crate) barriers: Vec<Barrier>,
    channels: Vec<Channel>,
    joins: Vec<StdMutex<Option<JoinHandle<()>>>>,
    kept: StdMutex<Vec<Box<dyn Any + Send>>>,
}

/// The program's own ends of a channel.
struct Channel {
    sender: StdMutex<Option<Sender<usize>>>,
    receiver: Receiver<usize>,
}

/// A place for a waker that the house knows nothing of.
#[derive(Default)]
pub(crate) struct Bell(StdMutex<(bool, Option<Waker>)>);

fn lock<T>(mutex: &StdMutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bell {
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let mut bell = lock(&self.0);
        if bell.0 {
            return Poll::Ready(());
        }
        bell.1 = Some(cx.waker().clone());
        Poll::Pending
    }

    pub(crate) fn ring(&self) {
        let mut bell = lock(&self.0);
        bell.0 = true;
        let waker = bell.1.take();
        drop(bell);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl World {
    pub(crate) fn new(program: &'static Program, handle: Handle) -> Arc<Self> {
        let groups = program.groups.iter().map(|&count| {
            let group = WaitGroup::new();
            group.add(count);
            group
        });
        let channels = program.channels.iter().map(|&capacity| {
            let (sender, receiver) = channel(capacity);
            Channel { sender: StdMutex::new(Some(sender)), receiver }
        });
        Arc::new(Self {
            program,
            handle,
            locks: program.locks.iter().map(|&kind| AnyLock::new(kind)).collect(),
            groups: groups.collect(),
            bells: (0..program.bells).map(|_| Bell::default()).collect(),
            notifies: (0..program.notifies).map(|_| Notify::new()).collect(),
            barriers: program.barriers.iter().map(|&size| Barrier::new(size)).collect(),
            channels: channels.collect(),
            joins: program.tasks.iter().map(|_| StdMutex::default()).collect(),
            kept: StdMutex::default(),
        })
    }

    /// Starts a task, and leaves its handle for whoever joins it.
    pub(crate) fn spawn(self: &Arc<Self>, number: usize) {
        let future = run::task(Arc::clone(self), number);
        let _enter = self.handle.enter();
        let handle = task::Builder::new().name(name(number)).spawn(future);
        if lock(&self.joins[number]).replace(handle).is_some() {
            bad("it starts a task twice");
        }
    }

    /// The handle of a task that was started.
    pub(crate) fn join(&self, number: usize) -> JoinHandle<()> {
        let handle = lock(&self.joins[number]).take();
        handle.unwrap_or_else(|| bad("it joins a task that was not started, or twice"))
    }

    pub(crate) fn sender(&self, channel: usize) -> Sender<usize> {
        let sender = lock(&self.channels[channel].sender).clone();
        sender.unwrap_or_else(|| bad("it sends on a channel whose sender it dropped"))
    }

    pub(crate) fn receiver(&self, channel: usize) -> Receiver<usize> {
        self.channels[channel].receiver.clone()
    }

    pub(crate) fn drop_sender(&self, channel: usize) {
        drop(lock(&self.channels[channel].sender).take());
    }

    /// Keeps something until the process ends.
    pub(crate) fn keep(&self, thing: impl Any + Send) {
        lock(&self.kept).push(Box::new(thing));
    }
}

/// Ends the process: the program is not what its generator meant.
pub(crate) fn bad(why: &str) -> ! {
    let _ = writeln!(std::io::stderr(), "the program is no good: {why}");
    std::process::exit(3)
}

/// What a task is called in reports.
pub(crate) fn name(task: usize) -> String {
    format!("t{task}")
}
