//! What the tasks and threads of a running program share, and what threads do.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex as StdMutex, PoisonError, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::house::{Handle, JoinHandle, Mutex, OwnedMutexGuard, WaitGroup, external, task};
use crate::program::{Deed, Program};
use crate::run;

pub(crate) struct World {
    pub(crate) program: &'static Program,
    pub(crate) handle: Handle,
    pub(crate) locks: Vec<Arc<Mutex<u64>>>,
    pub(crate) groups: Vec<WaitGroup>,
    pub(crate) bells: Vec<Bell>,
    joins: Vec<StdMutex<Option<JoinHandle<()>>>>,
}

pub(crate) type Guards = Vec<(usize, OwnedMutexGuard<u64>)>;

/// A place for a waker that the house knows nothing of.
#[derive(Default)]
pub(crate) struct Bell(StdMutex<(bool, Option<Waker>)>);

impl Bell {
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let mut bell = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bell.0 {
            return Poll::Ready(());
        }
        bell.1 = Some(cx.waker().clone());
        Poll::Pending
    }

    fn ring(&self) {
        let mut bell = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        Arc::new(Self {
            program,
            handle,
            locks: (0..program.locks).map(|_| Arc::new(Mutex::new(0))).collect(),
            groups: groups.collect(),
            bells: (0..program.bells).map(|_| Bell::default()).collect(),
            joins: program.tasks.iter().map(|_| StdMutex::default()).collect(),
        })
    }

    /// Starts a task, and leaves its handle for whoever joins it.
    pub(crate) fn spawn(self: &Arc<Self>, number: usize) {
        let future = run::task(Arc::clone(self), number);
        let _enter = self.handle.enter();
        let handle = task::Builder::new().name(name(number)).spawn(future);
        let mut place = self.joins[number].lock().unwrap_or_else(PoisonError::into_inner);
        if place.replace(handle).is_some() {
            bad("it starts a task twice");
        }
    }

    /// The handle of a task that was started.
    pub(crate) fn join(&self, number: usize) -> JoinHandle<()> {
        let mut place = self.joins[number].lock().unwrap_or_else(PoisonError::into_inner);
        place.take().unwrap_or_else(|| bad("it joins a task that was not started, or twice"))
    }

    pub(crate) fn thread(self: &Arc<Self>, deeds: &[Deed]) {
        let (world, deeds) = (Arc::clone(self), deeds.to_vec());
        thread::spawn(move || world.act(&deeds));
    }

    /// Does what a plain thread does.
    pub(crate) fn act(self: &Arc<Self>, deeds: &[Deed]) {
        for deed in deeds {
            match *deed {
                Deed::Sleep(ms) => thread::sleep(millis(ms)),
                Deed::Spin(ms) => {
                    let end = Instant::now() + millis(ms);
                    while Instant::now() < end {
                        std::hint::spin_loop();
                    }
                }
                Deed::Timed(ms) => {
                    let (lock, signal) = (StdMutex::new(()), Condvar::new());
                    let guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
                    let _ = signal.wait_timeout_while(guard, millis(ms), |()| true);
                }
                Deed::Read(ms) => read(ms),
                Deed::Relay(ms) => {
                    let (tx, rx) = mpsc::channel();
                    thread::spawn(move || {
                        thread::sleep(millis(ms));
                        tx.send(())
                    });
                    let _ = rx.recv();
                }
                Deed::Process(ms) => {
                    let seconds = format!("{}.{:03}", ms / 1000, ms % 1000);
                    let status = Command::new("sleep").arg(seconds).status();
                    if !status.is_ok_and(|status| status.success()) {
                        bad("it needs sleep(1)");
                    }
                }
                Deed::Done(group) => self.groups[group].done(),
                Deed::Ring(bell) => self.bells[bell].ring(),
                Deed::Spawn(task) => self.spawn(task),
                Deed::Root(task) => self.handle.block_on(run::task(Arc::clone(self), task)),
                Deed::External(ms) => {
                    let _guard = external();
                    thread::sleep(millis(ms));
                }
                Deed::Park => loop {
                    thread::park();
                },
                Deed::Receive => {
                    let (tx, rx) = mpsc::channel::<()>();
                    let _ = rx.recv();
                    drop(tx);
                }
                Deed::Tick => loop {
                    thread::sleep(millis(7));
                },
            }
        }
    }
}

/// Waits for a byte that another thread sends after a while.
fn read(ms: u64) {
    let (mut here, mut there) = UnixStream::pair().expect("a pair of sockets");
    thread::spawn(move || {
        thread::sleep(millis(ms));
        there.write_all(&[0])
    });
    here.read_exact(&mut [0]).expect("the other thread writes");
}

const fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
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
