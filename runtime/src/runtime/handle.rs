//! The right to spawn on a runtime.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use wakeful_diagnostics::current;
use wakeful_diagnostics::metrics::{RuntimeMetrics, metrics_of};
use wakeful_diagnostics::names::Site;
use wakeful_diagnostics::registry::Meta;

use super::block_on;
use crate::blocking::Job;
use crate::context;
use crate::driver;
use crate::here::{self, EnterGuard, Entered};
use crate::scheduler::{Core, Event, Shared};
use crate::task::{self, JoinHandle, Ready, Schedule, Spawned};

/// A handle to a runtime: spawns from any thread. Clones are cheap.
///
/// It does not keep the runtime alive: a task spawned after the runtime was shut down is cancelled
/// at once, and its [`JoinHandle`] says so.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    shared: &'static Shared,
    /// Of `shared`: it is another runtime's once that differs.
    life: u64,
    driver: driver::Handle,
    /// False from the shutdown on. A spawner from outside holds it open while it queues.
    open: RwLock<bool>,
}

/// There is no runtime on this thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryCurrentError(());

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no runtime on this thread; call it inside `block_on`, or after `Runtime::enter`",
        )
    }
}

impl std::error::Error for TryCurrentError {}

/// What a spawn is told besides its future.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) site: Site,
    pub(crate) meta: Option<Meta>,
    pub(crate) daemon: bool,
    /// The type to show in reports, if that of the future is a wrapper of the house.
    pub(crate) type_name: Option<fn() -> &'static str>,
}

impl Wish {
    pub(crate) const fn at(site: Site) -> Self {
        Self { site, meta: None, daemon: false, type_name: None }
    }

    pub(crate) const fn of_type(mut self, type_name: fn() -> &'static str) -> Self {
        self.type_name = Some(type_name);
        self
    }
}

/// Spawns a task on this thread's runtime; gives the future back if there is none.
#[inline]
pub(crate) fn spawn_here<F>(future: F, wish: Wish) -> Result<JoinHandle<F::Output>, F>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let Some(entered) = here::entered() else { return Err(future) };
    let (ready, handle) = make(entered.shared, future, wish, entered.shared);
    if counts_as_worker(entered) {
        entered.shared.push(ready);
    } else {
        let mut ready = Some(ready);
        here::with(|handle| ready.take().map(|ready| handle.queue(ready, entered.shared)));
        // A thread that is ending has no handle any more.
        let _ = ready.map(|ready| ready.run(true));
    }
    Ok(handle)
}

/// Counts a spawn. Whether the task may be queued by this thread as it is: a worker of a runtime that
/// is not closing, which does not end before this thread's core is back.
#[inline]
fn counts_as_worker(Entered { shared, life }: Entered) -> bool {
    shared.count(Event::Spawned) && !shared.is_closing() && shared.life() == life
}

/// A task that nobody has queued yet.
fn make<F>(
    shared: &'static Shared,
    future: F,
    wish: Wish,
    scheduler: &'static dyn Schedule,
) -> (Ready, JoinHandle<F::Output>)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let type_name = wish.type_name.unwrap_or(std::any::type_name::<F>);
    let Some(context) = context::inherited() else {
        return task::make(future, spawned(shared, wish, type_name, scheduler));
    };
    task::make(context::scope(context, future), spawned(shared, wish, type_name, scheduler))
}

/// What the spawner says. Put together where it is used: else it would lie in memory up to there.
#[inline]
fn spawned(
    shared: &Shared,
    wish: Wish,
    type_name: fn() -> &'static str,
    scheduler: &'static dyn Schedule,
) -> Spawned {
    Spawned {
        site: wish.site,
        runtime: shared.id,
        scheduler,
        meta: wish.meta,
        daemon: wish.daemon,
        local: false,
        parent: current::task(),
        type_name,
    }
}

impl Handle {
    pub(super) fn new(shared: &'static Shared, driver: driver::Handle) -> Self {
        Self(Arc::new(Inner { shared, life: shared.life(), driver, open: RwLock::new(true) }))
    }

    /// The runtime of this thread.
    ///
    /// # Panics
    ///
    /// If there is none: outside `block_on`, tasks and [`Runtime::enter`](super::Runtime::enter).
    #[track_caller]
    #[must_use]
    pub fn current() -> Self {
        match Self::try_current() {
            Ok(handle) => handle,
            Err(error) => panic!("Handle::current: {error}"),
        }
    }

    /// The runtime of this thread, if there is one.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        here::with(Self::clone).ok_or(TryCurrentError(()))
    }

    /// Spawns a task on the runtime; see [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_with(future, Wish::at(Site::caller()))
    }

    /// Runs a closure on a thread of the runtime that may block; see
    /// [`task::spawn_blocking`](crate::task::spawn_blocking).
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, job: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_blocking_at(job, Site::caller())
    }

    /// Runs a future on this thread until it is done; see
    /// [`Runtime::block_on`](super::Runtime::block_on), whose panics it shares.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        block_on::block_on(self, future)
    }

    /// Makes it this thread's runtime, so that `spawn`, timers and sockets find it.
    pub fn enter(&self) -> EnterGuard<'_> {
        here::enter(self)
    }

    /// What the runtime has counted so far, and how it stands: the same as `/metrics` tells of it. A
    /// runtime that is closed tells nothing more.
    ///
    /// It looks at every task: some 20 ms for a million. [`metrics`](wakeful_diagnostics::metrics())
    /// asks all runtimes at once.
    ///
    /// # Examples
    ///
    /// ```
    /// # wakeful_runtime::block_on(async {
    /// let told = wakeful_runtime::runtime::Handle::current().metrics();
    /// println!("{} tasks on {} workers", told.num_alive_tasks(), told.num_workers());
    /// # assert!(told.num_workers() > 0);
    /// # });
    /// ```
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        metrics_of(self.0.shared.id).unwrap_or_default()
    }

    pub(crate) fn spawn_with<F>(&self, future: F, wish: Wish) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_on(future, wish, self.0.shared)
    }

    pub(crate) fn spawn_blocking_at<F, T>(&self, job: F, site: Site) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_on(Job::new(job), Wish::at(site), &self.0.shared.pool)
    }

    fn spawn_on<F>(
        &self,
        future: F,
        wish: Wish,
        scheduler: &'static dyn Schedule,
    ) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let entered = self.entered();
        let (ready, handle) = make(entered.shared, future, wish, scheduler);
        if counts_as_worker(entered) {
            scheduler.schedule(ready);
        } else {
            self.queue(ready, scheduler);
        }
        handle
    }

    /// Queues a task that was spawned from outside of the workers, or ends it if it is too late.
    #[cold]
    fn queue(&self, ready: Ready, scheduler: &'static dyn Schedule) {
        let open = self.0.open.read().unwrap_or_else(PoisonError::into_inner);
        if *open {
            scheduler.schedule(ready);
        } else {
            drop(open);
            let _ = ready.run(true);
        }
    }

    /// What a thread that has entered it is to know.
    pub(crate) fn entered(&self) -> Entered {
        Entered { shared: self.0.shared, life: self.0.life }
    }

    /// From now on no task is queued from outside.
    pub(super) fn close_gate(&self) {
        *self.0.open.write().unwrap_or_else(PoisonError::into_inner) = false;
    }

    /// A worker's part of this runtime that no thread has; none once the runtime is over.
    pub(crate) fn take_core(&self) -> Option<Core> {
        self.0.shared.take_core(self.0.life)
    }

    /// Whether [`take_core`](Self::take_core) would find one.
    pub(crate) fn has_core(&self) -> bool {
        self.0.shared.has_core(self.0.life)
    }

    pub(crate) fn shared(&self) -> &'static Shared {
        self.0.shared
    }

    pub(crate) fn driver(&self) -> &driver::Handle {
        &self.0.driver
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.0.shared.id).finish()
    }
}
