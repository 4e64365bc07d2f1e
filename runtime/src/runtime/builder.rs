//! Knobs: each with a default and a unit.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use wakeful_diagnostics::{Config, ConfigError, memory, policy};

use super::{Handle, Runtime, Threads};
use crate::driver::Driver;
use crate::endpoint;
use crate::here::{self, Busy};
use crate::monitor;
use crate::scheduler::{Flavor, Shared, prepare_thread};
use crate::task;

/// For the frames of a worker in a build without optimization, and for a backtrace that a panic in a task
/// prints.
const LEAST_STACK: usize = 128 * 1024;
/// More than that is no number of bytes.
const MOST_STACK: usize = isize::MAX as usize;
/// Each looks at the others when it searches for work.
const MOST_WORKERS: usize = 32 * 1024;

/// Builds a [`Runtime`].
///
/// # Examples
///
/// ```
/// use wakeful_runtime::runtime::Builder;
///
/// let rt = Builder::new_multi_thread().worker_threads(2).thread_name("http").build()?;
/// rt.block_on(async {});
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    flavor: Flavor,
    workers: Option<usize>,
    threads: Threads,
    diagnostics: Config,
    virtual_clock: bool,
}

impl Builder {
    /// A runtime with worker threads of its own.
    #[must_use]
    pub fn new_multi_thread() -> Self {
        Self::new(Flavor::MultiThread)
    }

    /// A runtime that runs its tasks on the thread that is in `block_on`.
    #[must_use]
    pub fn new_current_thread() -> Self {
        Self::new(Flavor::CurrentThread)
    }

    fn new(flavor: Flavor) -> Self {
        let threads = Threads {
            name: "wakeful".into(),
            max_blocking: 512,
            stack_size: None,
            on_start: None,
            on_stop: None,
        };
        Self {
            flavor,
            workers: None,
            threads,
            diagnostics: Config::default(),
            virtual_clock: false,
        }
    }

    /// How many worker threads; one per available core unless set. A current-thread runtime has
    /// none, and ignores this.
    ///
    /// # Panics
    ///
    /// If `count` is 0: nobody would run a task.
    #[track_caller]
    #[must_use]
    pub fn worker_threads(mut self, count: usize) -> Self {
        assert!(
            count > 0,
            "Builder::worker_threads: 0 workers run no task; ask for at least 1, \
             or use `new_current_thread`"
        );
        self.workers = Some(count);
        self
    }

    /// How many threads may run blocking jobs at once; 512 unless set (tokio's figure). A job
    /// beyond waits until a thread is free.
    ///
    /// # Panics
    ///
    /// If `count` is 0: nobody would run a job.
    #[track_caller]
    #[must_use]
    pub fn max_blocking_threads(mut self, count: usize) -> Self {
        assert!(
            count > 0,
            "Builder::max_blocking_threads: with 0 threads no blocking job would ever run; \
             ask for at least 1"
        );
        self.threads.max_blocking = count;
        self
    }

    /// What its threads are called; `wakeful` unless set. A number is added.
    #[must_use]
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.threads.name = name.into();
        self
    }

    /// How large the stacks of its threads are, in bytes; std's default (2 MiB) unless set. Less than
    /// 128 KiB is taken as 128 KiB, which a worker needs for itself, and to tell of a panic.
    #[must_use]
    pub fn thread_stack_size(mut self, bytes: usize) -> Self {
        self.threads.stack_size = NonZeroUsize::new(bytes.max(LEAST_STACK));
        self
    }

    /// Called on each thread of the runtime before it does anything. If it panics, every `block_on` of
    /// the runtime panics with its words.
    #[must_use]
    pub fn on_thread_start(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.threads.on_start = Some(Arc::new(hook));
        self
    }

    /// Called on each thread of the runtime before it ends.
    #[must_use]
    pub fn on_thread_stop(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.threads.on_stop = Some(Arc::new(hook));
        self
    }

    /// What to look for, and what to do about it; [`Config::default`] unless set. What the
    /// environment variable `WAKEFUL` says counts more.
    #[must_use]
    pub fn diagnostics(mut self, config: Config) -> Self {
        self.diagnostics = config;
        self
    }

    /// Time of its own, for tests: it stands still while any task can go on, and jumps to the next
    /// deadline when every task of the runtime sleeps and no blocking job is under way. A wait for a
    /// socket keeps it from jumping, because what happens outside takes real time (Go's `synctest`
    /// calls the other waits durable).
    ///
    /// Only on a current-thread runtime, where one thread sees all of its tasks.
    #[must_use]
    pub const fn virtual_clock(mut self) -> Self {
        self.virtual_clock = true;
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    ///
    /// If a knob has a value that cannot be, the operating system refuses a thread, the I/O driver or the
    /// endpoint's address, or `WAKEFUL` cannot be understood.
    pub fn build(self) -> io::Result<Runtime> {
        let workers = match self.flavor {
            Flavor::CurrentThread => 1,
            Flavor::MultiThread => self.workers.unwrap_or_else(default_workers),
        };
        self.check(workers)?;
        let config = self.diagnostics.with_env().map_err(unreadable)?;
        memory::sweep();
        task::install();
        policy::check(&config)?;
        endpoint::start(&config)?;
        let (driver, driver_handle) = Driver::new()?;
        if self.virtual_clock {
            driver_handle.freeze_clock();
        }
        let shared = Shared::open(self.flavor, workers, config, driver, driver_handle.clone());
        let handle = Handle::new(shared, driver_handle);
        let threads = Arc::new(self.threads);
        shared.pool.open(Arc::clone(&threads), handle.clone());
        monitor::start();
        let mut runtime = Runtime::from_parts(handle.clone());
        if self.flavor == Flavor::MultiThread {
            for number in 0..workers {
                let handle = handle.clone();
                // On an error, the drop of `runtime` ends those that have started.
                let thread = threads
                    .spawn(shared, format!("{}-{number}", threads.name), move || work(&handle))
                    .map_err(|error| refused(&error, number, workers, &threads))?;
                runtime.add_thread(thread);
            }
        }
        Ok(runtime)
    }

    /// Whether what was asked for can be at all.
    fn check(&self, workers: usize) -> io::Result<()> {
        let stack = self.threads.stack_size.map_or(0, NonZeroUsize::get);
        let why = if self.virtual_clock && self.flavor == Flavor::MultiThread {
            "Builder::virtual_clock: worker threads do not see when all tasks sleep; \
             use `new_current_thread`"
                .to_owned()
        } else if workers > MOST_WORKERS {
            format!(
                "Builder::worker_threads: {workers} are more than the {MOST_WORKERS} that a runtime can \
                 have; ask for about one per core"
            )
        } else if stack > MOST_STACK {
            format!(
                "Builder::thread_stack_size: {stack} bytes are more than there are addresses for; ask for \
                 a smaller `thread_stack_size`"
            )
        } else if self.threads.name.contains('\0') {
            "Builder::thread_name: the name of a thread cannot have a NUL byte; leave it out"
                .to_owned()
        } else {
            return Ok(());
        };
        Err(io::Error::new(io::ErrorKind::InvalidInput, why))
    }
}

fn default_workers() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

fn unreadable(error: ConfigError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

fn refused(error: &io::Error, number: usize, workers: usize, threads: &Threads) -> io::Error {
    let smaller = match threads.stack_size {
        Some(bytes) => format!("for a smaller `thread_stack_size` than {bytes} bytes, "),
        None => String::new(),
    };
    let message = format!(
        "worker thread {} of {workers} could not be started: {error}; \
         ask {smaller}for fewer `worker_threads`, or raise the limit of threads (`ulimit -u`)",
        number + 1
    );
    io::Error::new(error.kind(), message)
}

/// The life of a worker thread: works with a core that has no thread, and leaves it when it is told
/// to stop, or loses it when a task of its own blocks.
pub(crate) fn work(handle: &Handle) {
    let _own = wakeful_diagnostics::census::own_thread_from_its_start();
    let _queues = prepare_thread();
    let _enter = handle.enter();
    if let Some(core) = handle.take_core() {
        here::while_busy(Busy::Worker, || core.work(()));
    }
}
