//! What the threads of one runtime share.
//!
//! It is never freed, because every task's cell refers to it; a runtime that is over leaves it to
//! the next one with as many workers. Each of them is a *life*: a thread of an earlier one that comes
//! late (a stand-in that was slow to start, a `block_on` through a handle that was kept) finds no core
//! here, or it would poll the tasks of one runtime by the timers of another.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use crossbeam_utils::CachePadded;
use wakeful_diagnostics::names::RuntimeId;
use wakeful_diagnostics::{Config, metrics, policy};

use super::core::{Bench, Core};
use super::global::Global;
use super::idle::Idle;
use super::queue::Local;
use super::roots::Roots;
use super::stats::Stats;
use crate::blocking::Pool;
use crate::driver::{Driver, Handle};
use crate::task::{Ready, Schedule};

/// Who works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// Whichever thread is in `block_on`.
    CurrentThread,
    /// Threads of the runtime's own.
    MultiThread,
}

/// The common part of one runtime.
pub(crate) struct Shared {
    pub(crate) id: RuntimeId,
    pub(crate) flavor: Flavor,
    pub(crate) global: Global,
    pub(crate) benches: Box<[CachePadded<Bench>]>,
    pub(crate) idle: Idle,
    pub(crate) pool: Pool,
    vacant: Mutex<Vacant>,
    /// The same as in `vacant`.
    life: AtomicU64,
    pub(crate) roots: Roots,
    driver: Mutex<Option<Driver>>,
    handle: RwLock<Option<Handle>>,
    config: Mutex<Arc<Config>>,
    closing: AtomicBool,
    closed: AtomicBool,
    /// What those count who are no worker.
    pub(super) outside: CachePadded<Stats>,
    /// The most that was told of tasks that have ended.
    pub(super) finished: AtomicU64,
    /// Whether the monitor sees every worker stuck while tasks are ready.
    pub(crate) starved: AtomicBool,
    /// Whether the monitor sees that every blocking job waits for one that has no thread.
    pub(crate) pool_exhausted: AtomicBool,
}

/// What is left for threads to take.
#[derive(Debug)]
struct Vacant {
    /// Which runtime has it: only its threads may take.
    life: u64,
    /// Those of workers that have no thread at the moment.
    cores: Vec<Core>,
}

/// By id; each is there for good.
static RUNTIMES: RwLock<Vec<&'static Shared>> = RwLock::new(Vec::new());
/// Those that no runtime uses.
static RETIRED: Mutex<Vec<&'static Shared>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// The common part for a new runtime.
    pub(crate) fn open(
        flavor: Flavor,
        workers: usize,
        config: Config,
        driver: Driver,
        handle: Handle,
    ) -> &'static Self {
        let fits =
            |shared: &&'static Self| shared.flavor == flavor && shared.benches.len() == workers;
        let mut retired = lock(&RETIRED);
        let reused = retired.iter().position(fits).map(|place| retired.swap_remove(place));
        drop(retired);
        let shared = reused.unwrap_or_else(|| Self::make(flavor, workers));
        let mut vacant = lock(&shared.vacant);
        vacant.life += 1;
        shared.life.store(vacant.life, Ordering::Release);
        drop(vacant);
        let config = Arc::new(config);
        policy::adopt(shared.id, Some(Arc::clone(&config)));
        *lock(&shared.config) = config;
        *lock(&shared.driver) = Some(driver);
        *shared.handle.write().unwrap_or_else(PoisonError::into_inner) = Some(handle);
        // What was last seen of the runtime before it.
        shared.roots.forget_failure();
        shared.starved.store(false, Ordering::Relaxed);
        shared.pool_exhausted.store(false, Ordering::Relaxed);
        shared.closing.store(false, Ordering::SeqCst);
        shared.closed.store(false, Ordering::SeqCst);
        shared
    }

    fn make(flavor: Flavor, workers: usize) -> &'static Self {
        let locals: Vec<_> = (0..workers).map(|_| Local::new()).collect();
        let benches = locals.iter().map(|local| CachePadded::new(Bench::new(local))).collect();
        let mut runtimes = RUNTIMES.write().unwrap_or_else(PoisonError::into_inner);
        let shared: &'static Self = Box::leak(Box::new(Self {
            id: RuntimeId(runtimes.len() as u32),
            flavor,
            global: Global::default(),
            benches,
            idle: Idle::default(),
            pool: Pool::default(),
            vacant: Mutex::new(Vacant { life: 0, cores: Vec::new() }),
            life: AtomicU64::new(0),
            roots: Roots::default(),
            driver: Mutex::new(None),
            handle: RwLock::new(None),
            config: Mutex::default(),
            closing: AtomicBool::new(false),
            closed: AtomicBool::new(true),
            outside: CachePadded::default(),
            finished: AtomicU64::new(0),
            starved: AtomicBool::new(false),
            pool_exhausted: AtomicBool::new(false),
        }));
        let cores = locals.into_iter().enumerate();
        lock(&shared.vacant).cores =
            cores.map(|(index, local)| Core::new(shared, index, local)).collect();
        runtimes.push(shared);
        metrics::register(shared);
        shared
    }

    /// What to look for, and what to do about it.
    pub(crate) fn config(&self) -> Arc<Config> {
        Arc::clone(&lock(&self.config))
    }

    /// Leaves it to the next runtime. The caller has seen every task end and every core come back.
    pub(super) fn retire(&'static self) {
        lock(&RETIRED).push(self);
    }

    /// The runtime with this id.
    pub(crate) fn of(id: RuntimeId) -> Option<&'static Self> {
        let runtimes = RUNTIMES.read().unwrap_or_else(PoisonError::into_inner);
        runtimes.get(id.0 as usize).copied()
    }

    /// Every runtime there ever was, closed ones among them.
    pub(crate) fn all() -> Vec<&'static Self> {
        RUNTIMES.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Which of the runtimes that have had it has it now.
    pub(crate) fn life(&self) -> u64 {
        self.life.load(Ordering::Acquire)
    }

    /// A worker's part that no thread has, for a thread of this life.
    pub(crate) fn take_core(&'static self, life: u64) -> Option<Core> {
        let mut vacant = lock(&self.vacant);
        (vacant.life == life).then(|| vacant.cores.pop()).flatten()
    }

    /// Gives it back.
    pub(crate) fn return_core(&self, core: Core) {
        let core = core.settle();
        lock(&self.vacant).cores.push(core);
        if self.flavor == Flavor::CurrentThread {
            // Another thread in `block_on` takes over.
            for root in self.roots.all() {
                root.unpark();
            }
        }
    }

    /// Whether there is a worker's part that no thread has, for one of this life.
    pub(crate) fn has_core(&self, life: u64) -> bool {
        let vacant = lock(&self.vacant);
        vacant.life == life && !vacant.cores.is_empty()
    }

    /// Whether every worker's part is back.
    pub(super) fn all_cores_back(&self) -> bool {
        lock(&self.vacant).cores.len() == self.benches.len()
    }

    /// Queues a task: on this thread's core if it is one of ours, else where everybody looks.
    pub(crate) fn push(&'static self, task: Ready) {
        if let Some(task) = Core::push_here(self, task) {
            self.push_where_all_look(task);
        }
    }

    #[inline(never)]
    fn push_where_all_look(&self, task: Ready) {
        self.global.push(task);
        self.call_one();
        if self.is_closed() {
            // The last worker may have looked before the task was there.
            self.drain();
        }
    }

    /// Ends what is left in the global queue, when there is no worker any more.
    pub(super) fn drain(&self) {
        while let Some(task) = self.global.pop() {
            let _ = task.run(true);
        }
    }

    /// Work was queued: calls a sleeper, unless somebody searches already.
    #[inline]
    pub(crate) fn call_one(&self) {
        if let Some(index) = self.idle.call() {
            self.unpark(index);
        }
    }

    /// Calls a sleeper whatever the others do.
    pub(crate) fn call_anyway(&self) {
        if let Some(index) = self.idle.call_anyway() {
            self.unpark(index);
        }
    }

    /// Wakes every worker.
    pub(crate) fn call_all(&self) {
        for index in 0..self.benches.len() {
            self.unpark(index);
        }
    }

    pub(crate) fn unpark(&self, index: usize) {
        let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner);
        self.benches[index].parker.unpark(handle.as_ref());
    }

    /// The driver, if no other thread has it.
    pub(super) fn driver(&self) -> Option<MutexGuard<'_, Option<Driver>>> {
        match self.driver.try_lock() {
            Ok(driver) => Some(driver),
            Err(TryLockError::Poisoned(driver)) => Some(driver.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Takes what the driver has to tell, without waiting.
    pub(crate) fn glance_at_driver(&self) {
        if let Some(mut driver) = self.driver() {
            if let Some(driver) = &mut *driver {
                driver.turn();
            }
        }
    }

    /// Fires the timers that are due, unless another thread is about to.
    pub(super) fn fire_timers(&self) {
        if let Some(mut driver) = self.driver() {
            if let Some(driver) = &mut *driver {
                driver.fire();
            }
        }
    }

    pub(super) fn close_driver(&self) {
        let handle = self.handle.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(handle) = handle {
            handle.shutdown();
        }
        *lock(&self.driver) = None;
    }

    /// On a virtual clock, moves it to the next deadline, as every task of this runtime sleeps: the
    /// caller is its only worker, and nothing is queued. False if it did not.
    pub(super) fn pass_time(&self) -> bool {
        if self.flavor != Flavor::CurrentThread || self.has_work() || self.pool.jobs() > 0 {
            return false;
        }
        let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner);
        let passed = handle.as_ref().is_some_and(Handle::advance_to_next_deadline);
        drop(handle);
        if passed {
            self.glance_at_driver();
        }
        passed
    }

    /// How many deadlines somebody waits for, and how many descriptors are registered.
    pub(super) fn in_driver(&self) -> (usize, usize) {
        let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner);
        let counts = |handle: &Handle| (handle.timers().watched(), handle.reactor().registered());
        handle.as_ref().map_or((0, 0), counts)
    }

    /// How many waits the driver can end.
    pub(crate) fn watched(&self) -> usize {
        let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner);
        handle.as_ref().map_or(0, Handle::watched)
    }

    pub(crate) fn has_work(&self) -> bool {
        !self.global.is_empty() || self.benches.iter().any(|bench| bench.has_work())
    }

    /// How many tasks are queued, as right as a look at one queue after another is.
    pub(crate) fn queued(&self) -> usize {
        self.global.len() + self.benches.iter().map(|bench| bench.queued()).sum::<usize>()
    }

    /// Whether there is work that a worker without any could take; what is in another's `next` slot
    /// is not.
    pub(super) fn has_spare(&self) -> bool {
        !self.global.is_empty() || self.benches.iter().any(|bench| bench.has_spare())
    }

    /// Whether tasks are ended instead of polled.
    #[inline]
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Whether no worker is left.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(super) fn set_closing(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }

    pub(super) fn set_closed(&self) {
        policy::adopt(self.id, None);
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Lets every `block_on` of the runtime panic that has this life, those to come as well.
    pub(crate) fn fail(&self, life: u64, why: &str) {
        self.roots.fail_if(|| self.life() == life, why);
    }
}

impl Schedule for Shared {
    #[inline]
    fn schedule(&'static self, task: Ready) {
        self.push(task);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("id", &self.id).field("flavor", &self.flavor).finish()
    }
}
