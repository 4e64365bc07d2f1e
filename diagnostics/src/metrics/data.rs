//! What one runtime counts, as plain data.

use std::time::Duration;

use super::Histogram;
use crate::names::RuntimeId;

/// What one runtime has counted so far, and how it stands.
///
/// The methods have the names that users of tokio know. The numbers are read one after the other
/// while the runtime goes on, so they need not add up to the last one.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct RuntimeMetrics {
    /// Which runtime: in reports and as the label `runtime`.
    pub runtime: RuntimeId,
    /// Its workers, by number.
    pub workers: Vec<WorkerMetrics>,
    /// How many workers sleep.
    pub idle_workers: usize,
    /// Whether every worker has been stuck for a second or more while tasks are ready.
    pub starved: bool,
    /// Its tasks and blocking jobs, without the futures of `block_on`.
    pub tasks: TaskCounts,
    /// Tasks and blocking jobs that were spawned.
    pub spawned: u64,
    /// Those that have ended, however; never more than `spawned`.
    pub finished: u64,
    /// Those that ended by a panic.
    pub panicked: u64,
    /// Those that ended by `abort`, or with their runtime.
    pub aborted: u64,
    /// Tasks in the queue of all workers.
    pub global_queue_depth: usize,
    /// Polls that were cut short because their budget was used up; a worker tells of them once in 61
    /// polls, and before it sleeps.
    pub budget_yields: u64,
    /// How long polls last: one in 61 of each worker is timed.
    pub poll_time: Histogram,
    /// How long tasks are in their worker's queue: at most one in 61, and none that went to another
    /// worker or were run next without queueing.
    pub schedule_latency: Histogram,
    /// Deadlines that somebody waits for.
    pub timers: usize,
    /// File descriptors that the driver knows.
    pub registered_fds: usize,
    /// The threads for jobs that block.
    pub blocking: BlockingMetrics,
}

/// What one worker has counted so far, and how it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerMetrics {
    /// Polls.
    pub polls: u64,
    /// Times it went to sleep.
    pub parks: u64,
    /// Times it was awake again.
    pub unparks: u64,
    /// Times it took tasks from another worker.
    pub steals: u64,
    /// Tasks in its queue.
    pub queue_depth: usize,
}

/// The threads for jobs that block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlockingMetrics {
    /// How many there are.
    pub threads: usize,
    /// How many of them have no job.
    pub idle: usize,
    /// How many there may be.
    pub max: usize,
    /// Jobs that wait for a thread.
    pub queued: usize,
    /// Jobs that have begun.
    pub begun: u64,
    /// Whether each job waits for one that has no thread, so that none will ever end.
    pub exhausted: bool,
}

/// Tasks by what they are doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaskCounts {
    /// They are being polled.
    pub running: usize,
    /// They were woken, and wait for a worker.
    pub runnable: usize,
    /// They sleep.
    pub waiting: usize,
    /// They have ended; their output has not been taken.
    pub done: usize,
}

impl TaskCounts {
    /// Those that have not ended.
    #[must_use]
    pub const fn alive(&self) -> usize {
        self.running + self.runnable + self.waiting
    }
}

impl RuntimeMetrics {
    /// Workers.
    #[must_use]
    pub fn num_workers(&self) -> usize {
        self.workers.len()
    }

    /// Tasks and blocking jobs that have not ended.
    #[must_use]
    pub const fn num_alive_tasks(&self) -> usize {
        self.tasks.alive()
    }

    /// Tasks and blocking jobs that were spawned.
    #[must_use]
    pub const fn spawned_tasks_count(&self) -> u64 {
        self.spawned
    }

    /// Tasks in the queue of all workers.
    #[must_use]
    pub const fn global_queue_depth(&self) -> usize {
        self.global_queue_depth
    }

    /// Polls that were cut short because their budget was used up.
    #[must_use]
    pub const fn budget_forced_yield_count(&self) -> u64 {
        self.budget_yields
    }

    /// Threads of the blocking pool.
    #[must_use]
    pub const fn num_blocking_threads(&self) -> usize {
        self.blocking.threads
    }

    /// Threads of the blocking pool without a job.
    #[must_use]
    pub const fn num_idle_blocking_threads(&self) -> usize {
        self.blocking.idle
    }

    /// Blocking jobs that wait for a thread.
    #[must_use]
    pub const fn blocking_queue_depth(&self) -> usize {
        self.blocking.queued
    }

    /// File descriptors that the driver knows.
    #[must_use]
    pub const fn io_driver_fd_registered_count(&self) -> usize {
        self.registered_fds
    }

    /// Polls of a worker.
    ///
    /// # Panics
    ///
    /// If there is no such worker; this goes for every method that takes one.
    #[track_caller]
    #[must_use]
    pub fn worker_poll_count(&self, worker: usize) -> u64 {
        self.worker(worker).polls
    }

    /// How often a worker went to sleep.
    #[track_caller]
    #[must_use]
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        self.worker(worker).parks
    }

    /// How often a worker took tasks from another one.
    #[track_caller]
    #[must_use]
    pub fn worker_steal_operations(&self, worker: usize) -> u64 {
        self.worker(worker).steals
    }

    /// Tasks in the queue of a worker.
    #[track_caller]
    #[must_use]
    pub fn worker_local_queue_depth(&self, worker: usize) -> usize {
        self.worker(worker).queue_depth
    }

    /// The mean time of the polls that were timed; zero if none was.
    #[must_use]
    pub fn mean_poll_time(&self) -> Duration {
        self.poll_time.mean()
    }

    #[track_caller]
    fn worker(&self, worker: usize) -> WorkerMetrics {
        match self.workers.get(worker) {
            Some(worker) => *worker,
            None => panic!(
                "RuntimeMetrics: there is no worker {worker}; \
                 they are numbered from 0 to below `num_workers()`, which is {}",
                self.workers.len()
            ),
        }
    }
}
