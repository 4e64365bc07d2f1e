//! Threads for work that blocks.
//!
//! A job is a task whose one poll runs on a thread of its own: it has an id, a place in the
//! registry, and a `JoinHandle`.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use wakeful_diagnostics::clock;
use wakeful_diagnostics::metrics::BlockingMetrics;
use wakeful_diagnostics::names::{Site, TaskId};
use wakeful_sync::wait::budget;

use crate::here;
use crate::monitor;
use crate::runtime::{Handle, Threads};
use crate::task::{JoinHandle, Ready, Schedule};

/// How long a thread without work stays.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The threads of one runtime that run blocking jobs.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Ready>,
    threads: usize,
    idle: usize,
    /// The jobs that run.
    running: Vec<TaskId>,
    /// How many jobs have begun.
    begun: u64,
    started: u64,
    closed: bool,
    /// How to make threads, and what they enter; `None` before the runtime is built.
    how: Option<(Arc<Threads>, Handle)>,
}

impl State {
    fn is_jammed(&self) -> bool {
        let max = self.how.as_ref().map_or(0, |(threads, _)| threads.max_blocking);
        !self.queue.is_empty() && self.idle == 0 && self.running.len() >= max
    }
}

impl Pool {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes jobs from now on.
    pub(crate) fn open(&self, threads: Arc<Threads>, handle: Handle) {
        let mut state = self.state();
        state.closed = false;
        state.how = Some((threads, handle));
    }

    /// Takes no job any more; those not begun are cancelled, threads without work leave.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let how = state.how.take();
        let queue = std::mem::take(&mut state.queue);
        drop(state);
        self.work.notify_all();
        for job in queue {
            let _ = job.run(true);
        }
        drop(how);
    }

    /// How many jobs wait or run: each may wake somebody.
    pub(crate) fn jobs(&self) -> usize {
        let state = self.state();
        state.queue.len() + state.threads - state.idle
    }

    /// If jobs wait while no further thread may be started: how many jobs have begun so far, those
    /// that run, and those that wait.
    pub(crate) fn jam(&self) -> Option<(u64, Vec<TaskId>, Vec<TaskId>)> {
        let state = self.state();
        if !state.is_jammed() {
            return None;
        }
        let queued = state.queue.iter().map(|job| job.record().id()).collect();
        Some((state.begun, state.running.clone(), queued))
    }

    /// What it has counted, and how it stands.
    pub(crate) fn metrics(&self) -> BlockingMetrics {
        let state = self.state();
        let mut told = BlockingMetrics::default();
        told.threads = state.threads;
        told.idle = state.idle;
        told.max = state.how.as_ref().map_or(0, |(threads, _)| threads.max_blocking);
        told.queued = state.queue.len();
        told.begun = state.begun;
        told
    }

    /// Whether jobs wait while no further thread may be started.
    pub(crate) fn is_jammed(&self) -> bool {
        self.state().is_jammed()
    }

    /// Whether no thread is left that could touch the pool.
    pub(crate) fn is_idle(&self) -> bool {
        self.state().threads == 0
    }

    /// Runs `body` on a thread of its own, apart from the queue, with a handle of the runtime.
    pub(crate) fn run_on_thread(&self, body: impl FnOnce(&Handle) + Send + 'static) {
        let mut state = self.state();
        let Some((threads, handle)) = state.how.clone() else { return };
        state.started += 1;
        let name = format!("{}-stand-in-{}", threads.name, state.started);
        drop(state);
        if let Err(error) = threads.spawn(handle.shared(), name, move || body(&handle)) {
            panic!(
                "wakeful::task::block_in_place: no thread could be started to take over the \
                 worker's tasks: {error}; raise the limit of threads (`ulimit -u`)"
            );
        }
    }

    fn start_thread(&'static self, state: &mut State) {
        let Some((threads, handle)) = state.how.clone() else { return };
        state.started += 1;
        let name = format!("{}-blocking-{}", threads.name, state.started);
        let spawned = threads.spawn(handle.shared(), name, move || {
            let _enter = here::enter(&handle);
            drop(handle);
            self.work();
        });
        match spawned {
            Ok(_) => state.threads += 1,
            // Whoever is there will get to it; with nobody there it would wait forever.
            Err(error) => assert!(
                state.threads > 0,
                "wakeful: no thread could be started for a blocking job: {error}; \
                 raise the limit of threads (`ulimit -u`) or lower `max_blocking_threads`"
            ),
        }
    }

    fn work(&'static self) {
        let _own = wakeful_diagnostics::census::own_thread_from_its_start();
        let mut state = self.state();
        loop {
            if let Some(job) = state.queue.pop_front() {
                let id = job.record().id();
                state.running.push(id);
                state.begun += 1;
                drop(state);
                clock::refresh();
                let _ = budget::unlimited(|| job.run(false));
                state = self.state();
                state.running.retain(|&other| other != id);
                continue;
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            // Only now: as long as it counts as busy it might wake somebody.
            monitor::stir();
            let (next, timeout) =
                self.work.wait_timeout(state, KEEP_ALIVE).unwrap_or_else(PoisonError::into_inner);
            state = next;
            state.idle -= 1;
            if timeout.timed_out() && state.queue.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }
}

impl Schedule for Pool {
    fn schedule(&'static self, job: Ready) {
        let mut state = self.state();
        if state.closed {
            drop(state);
            let _ = job.run(true);
            return;
        }
        state.queue.push_back(job);
        let max = state.how.as_ref().map_or(0, |(threads, _)| threads.max_blocking);
        if state.idle < state.queue.len() && state.threads < max {
            self.start_thread(&mut state);
        }
        drop(state);
        self.work.notify_one();
    }
}

/// A closure as a future that is ready at its first poll.
pub(crate) struct Job<F>(Option<F>);

impl<F> Job<F> {
    pub(crate) const fn new(job: F) -> Self {
        Self(Some(job))
    }
}

impl<F> Unpin for Job<F> {}

impl<F: FnOnce() -> T, T> Future for Job<F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let job =
            self.0.take().unwrap_or_else(|| unreachable!("a task is not polled when it is over"));
        Poll::Ready(job())
    }
}

impl<F> fmt::Debug for Job<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}

/// Runs `job` on a blocking thread and waits for its result; a panic goes on here.
#[track_caller]
pub(crate) fn run<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Run<T> {
    Run(spawn(job, Site::caller()))
}

/// See [`run`].
#[derive(Debug)]
pub(crate) struct Run<T>(JoinHandle<T>);

impl<T> Future for Run<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(cx).map(|result| match result {
            Ok(value) => value,
            Err(error) => match error.try_into_panic() {
                Ok(payload) => std::panic::resume_unwind(payload),
                Err(error) => panic!("a blocking job ended with its runtime: {error}"),
            },
        })
    }
}

/// Queues `job` at this thread's runtime.
#[track_caller]
pub(crate) fn spawn<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
    site: Site,
) -> JoinHandle<T> {
    match here::with(|handle| handle.spawn_blocking_at(job, site)) {
        Some(handle) => handle,
        None => panic!(
            "wakeful::task::spawn_blocking: no runtime on this thread; \
             call it inside `block_on`, or after `Runtime::enter`"
        ),
    }
}
