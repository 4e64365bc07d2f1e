//! Starting tasks, and the task one is in.

use wakeful_diagnostics::current as current_task;
use wakeful_diagnostics::names::{Site, TaskId};
use wakeful_diagnostics::registry;

use super::{JoinHandle, waker};
use crate::blocking;
use crate::here::{self, Busy};
use crate::runtime::{self, Wish};
use crate::scheduler::Core;

/// Spawns a task on this thread's runtime. It starts at once, whether or not it is awaited.
///
/// An idle task takes 234 bytes beyond its future, 128 of them the record that reports read; one
/// that sleeps takes 84 more for its timer (`cargo bench --bench sizes`).
///
/// # Examples
///
/// ```
/// # wakeful_runtime::block_on(async {
/// let double = wakeful_runtime::spawn(async { 21 * 2 });
/// assert_eq!(double.await.expect("it does not panic"), 42);
/// # });
/// ```
///
/// # Panics
///
/// If there is no runtime on this thread: outside `block_on`, tasks and `Runtime::enter`.
///
/// # In reports
///
/// `created by` names the task and the line of this call.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    spawn_with(future, Wish::at(Site::caller()))
}

#[track_caller]
pub(super) fn spawn_with<F>(future: F, wish: Wish) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match runtime::spawn_here(future, wish) {
        Ok(handle) => handle,
        Err(_) => panic!(
            "wakeful::spawn: no runtime on this thread; call it inside `block_on`, \
             after `Runtime::enter`, or use `Runtime::spawn`"
        ),
    }
}

/// Makes the house's wakers known to its waiting places, and its tasks to its groups.
pub(crate) fn install() {
    waker::install();
    super::cell::install();
    crate::leak::install();
    wakeful_sync::install_spawn(wakeful_sync::Spawner {
        small: spawn_member,
        large: spawn_member,
        boxed: spawn_member,
    });
}

/// Spawns a member of a wait group, if there is a runtime.
fn spawn_member<F>(member: F, how: wakeful_sync::Spawned) -> bool
where
    F: Future<Output = ()> + Send + 'static,
{
    let wish = Wish::at(how.site).of_type(how.type_name);
    runtime::spawn_here(member, wish).is_ok()
}

/// Runs a closure on a thread that may block, and gives a handle to await its result.
///
/// A job that has begun cannot be aborted. At most `max_blocking_threads` (512) run at once;
/// further ones wait. Threads without work leave after 10 s.
///
/// # Panics
///
/// If there is no runtime on this thread.
///
/// # Examples
///
/// ```
/// # wakeful_runtime::block_on(async {
/// let text = wakeful_runtime::task::spawn_blocking(|| std::fs::read_to_string("/proc/version"));
/// assert!(text.await.expect("it does not panic").is_ok());
/// # });
/// ```
#[track_caller]
pub fn spawn_blocking<F, T>(job: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    blocking::spawn(job, Site::caller())
}

/// Runs a closure that blocks, on this thread, while the worker's other tasks go to another thread.
///
/// Outside a worker it just runs the closure. In the `block_on` of a current-thread runtime
/// nobody else can run the tasks: they wait.
///
/// # Panics
///
/// If the closure panics, or no thread can be started to take the tasks over.
pub fn block_in_place<T>(job: impl FnOnce() -> T) -> T {
    if here::busy() == Busy::Worker {
        if let Some(core) = Core::take_away() {
            // The runtime of the worker, whichever one the task has entered.
            let shared = core.shared();
            shared.return_core(core);
            shared.pool.run_on_thread(runtime::work);
        }
    }
    // While it runs, this thread is no worker that can be known to sleep.
    let _outside = wakeful_diagnostics::external();
    here::while_busy(Busy::No, job)
}

/// The id of the task this is called from.
///
/// # Panics
///
/// Outside a task; see [`try_current`].
#[track_caller]
#[must_use]
pub fn current() -> TaskId {
    match try_current() {
        Some(id) => id,
        None => panic!(
            "wakeful::task::current: called outside a task; \
             call it from a future that a runtime polls, or use `task::try_current`"
        ),
    }
}

/// The id of the task this is called from, if it is one.
#[must_use]
pub fn try_current() -> Option<TaskId> {
    current_task::task_id()
}

/// How many tasks there are in the process, of all runtimes (Go's `NumGoroutine`).
///
/// It looks at every record: some 15 ms for a million tasks.
#[must_use]
pub fn count() -> usize {
    registry::records().filter(|record| record.is_unfinished()).count()
}
