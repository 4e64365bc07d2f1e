//! Start, `block_on`, `spawn`, shut down.

mod block_on;
mod builder;
mod default;
mod handle;
mod report;
mod threads;

pub use crate::here::EnterGuard;
pub use builder::Builder;
pub use handle::{Handle, TryCurrentError};
pub use report::{ShutdownReport, Straggler};

pub use default::block_on;

pub(crate) use builder::work;
pub(crate) use handle::{Wish, spawn_here};
pub(crate) use threads::Threads;

use std::io;
use std::thread::JoinHandle as Thread;
use std::time::{Duration, Instant};

use wakeful_diagnostics::names::Site;

use crate::here::{self, Busy};
use crate::leak;
use crate::task::JoinHandle;

/// Runs tasks.
///
/// A multi-thread runtime has threads of its own; a current-thread runtime runs its tasks on
/// whichever thread is in [`block_on`](Self::block_on), and only meanwhile.
///
/// Dropping it ends every task at its next suspension and waits for those that are being polled
/// and for blocking jobs that have begun. It never waits silently: after a second it names on
/// standard error what it waits for. [`shutdown_timeout`](Self::shutdown_timeout) bounds the wait.
///
/// # Examples
///
/// ```
/// use wakeful_runtime::Runtime;
///
/// let rt = Runtime::new()?;
/// let answer = rt.block_on(async { wakeful_runtime::spawn(async { 42 }).await });
/// assert_eq!(answer.expect("it does not panic"), 42);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    /// `None` once it is being shut down.
    threads: Option<Vec<Thread<()>>>,
}

impl Runtime {
    /// A multi-thread runtime with the defaults of [`Builder::new_multi_thread`].
    ///
    /// # Errors
    ///
    /// If the operating system refuses a thread or the I/O driver, or `WAKEFUL` cannot be read.
    pub fn new() -> io::Result<Self> {
        Builder::new_multi_thread().build()
    }

    pub(crate) const fn from_parts(handle: Handle) -> Self {
        Self { handle, threads: Some(Vec::new()) }
    }

    fn add_thread(&mut self, thread: Thread<()>) {
        self.threads.get_or_insert_default().push(thread);
    }

    /// Runs a future on this thread until it is done. It is the runtime's root task: it may borrow.
    ///
    /// # Panics
    ///
    /// - If called from a task or from another `block_on`: the thread would wait while tasks wait
    ///   for it.
    /// - With `all tasks are asleep - deadlock!`, after a report on standard error, once every task
    ///   of the process sleeps and nothing can wake one.
    /// - If the future panics.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.handle.block_on(future)
    }

    /// Spawns a task; see [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Runs a closure on a thread that may block; see
    /// [`task::spawn_blocking`](crate::task::spawn_blocking).
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, job: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.handle.spawn_blocking_at(job, Site::caller())
    }

    /// A handle to it, for other threads.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Makes it this thread's runtime, so that `spawn`, timers and sockets find it.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Ends every task, and waits no longer than `patience` for those that do not end.
    ///
    /// The report names each that did not, and where it waits; they are left behind, and end with
    /// their poll or their job.
    #[allow(clippy::must_use_candidate, reason = "most callers only want it gone")]
    pub fn shutdown_timeout(mut self, patience: Duration) -> ShutdownReport {
        leak::tell(&self.handle);
        let deadline = Instant::now().checked_add(patience);
        ShutdownReport::new(&self.close(deadline, |_| ()))
    }

    /// Ends every task without waiting for any.
    pub fn shutdown_background(mut self) {
        self.close_elsewhere();
    }

    fn close(
        &mut self,
        deadline: Option<Instant>,
        waits: impl FnMut(&[wakeful_diagnostics::names::TaskId]),
    ) -> Vec<wakeful_diagnostics::names::TaskId> {
        let Some(threads) = self.threads.take() else { return Vec::new() };
        self.handle.close_gate();
        self.handle.shared().close(threads, deadline, waits)
    }

    /// On a thread of its own, as this one must not wait.
    fn close_elsewhere(&mut self) {
        let Some(threads) = self.threads.take() else { return };
        self.handle.close_gate();
        let shared = self.handle.shared();
        let closer = std::thread::Builder::new().name("wakeful-shutdown".into()).spawn(move || {
            let _own = wakeful_diagnostics::census::own_thread();
            shared.close(threads, None, |_| ())
        });
        // Without a thread to wait on, the tasks end when their workers next look.
        drop(closer);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if self.threads.is_none() {
            return;
        }
        if here::busy() != Busy::No {
            self.close_elsewhere();
            return;
        }
        leak::tell(&self.handle);
        let mut next = Instant::now() + Duration::from_secs(1);
        self.close(None, |left| {
            if Instant::now() >= next {
                next = Instant::now() + Duration::from_secs(10);
                let report = ShutdownReport::new(left);
                eprintln!("wakeful: dropping a Runtime waits for what does not end\n{report}");
            }
        });
    }
}
