//! Tasks that are awaited together, in the order in which they end.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use slab::Slab;
use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::registry::{Origin, Resource};
use wakeful_sync::wait::{Door, Inside, Line, Turn, budget};

use super::spawn::spawn_with;
use super::{AbortHandle, JoinError, JoinHandle};
use crate::runtime::Wish;

/// Tasks of one output type. They run whether or not anybody waits for them, so none of them can
/// be left half-polled while it holds a lock.
///
/// Dropping the set aborts the tasks that are left; [`detach_all`](Self::detach_all) lets them go on.
///
/// # Examples
///
/// ```
/// # wakeful_runtime::block_on(async {
/// use wakeful_runtime::task::JoinSet;
///
/// let mut set = JoinSet::new();
/// for n in 1..=3 {
///     set.spawn(async move { n * n });
/// }
/// let mut sum = 0;
/// while let Some(square) = set.join_next().await {
///     sum += square.expect("no task panics");
/// }
/// assert_eq!(sum, 14);
/// # });
/// ```
pub struct JoinSet<T> {
    tasks: Slab<JoinHandle<T>>,
    ended: Arc<Ended>,
    /// The task whose output comes next: it has dropped its future, and ends in a moment.
    next: Option<JoinHandle<T>>,
}

/// Which tasks of the set have ended and not been asked for.
#[derive(Debug)]
struct Ended {
    door: Door<State>,
    resource: Resource,
}

#[derive(Debug)]
struct State {
    keys: VecDeque<usize>,
    line: Line<()>,
}

/// Tells the set that the task's future is gone, however it went.
struct Notice {
    ended: Arc<Ended>,
    key: usize,
}

impl Drop for Notice {
    fn drop(&mut self) {
        let Inside { state, wakes } = &mut self.ended.door.enter();
        state.keys.push_back(self.key);
        state.line.serve(wakes, |()| ());
    }
}

impl<T> JoinSet<T> {
    /// An empty set.
    #[track_caller]
    #[must_use]
    pub fn new() -> Self {
        let origin = Origin { site: Site::caller(), name: None };
        let state = State { keys: VecDeque::new(), line: Line::new() };
        let ended = Ended { door: Door::new(state), resource: Resource::new(Kind::Group, origin) };
        Self { tasks: Slab::new(), ended: Arc::new(ended), next: None }
    }

    /// How many tasks are in the set: running, or ended and not yet asked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len() + usize::from(self.next.is_some())
    }

    /// Whether there is no task in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits for the next task to end; `None` when the set is empty.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped: the output stays in the set.
    ///
    /// # In reports
    ///
    /// `[group wait]`
    #[track_caller]
    pub const fn join_next(&mut self) -> JoinNext<'_, T> {
        JoinNext { set: self, turn: Turn::new(Op::GroupWait) }
    }

    /// The output of a task that has ended, if there is one.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        if self.next.is_none() {
            let key = self.ended.door.enter().state.keys.pop_front()?;
            self.next = Some(self.tasks.remove(key));
        }
        if !self.next.as_ref().is_some_and(JoinHandle::is_finished) {
            return None;
        }
        self.next.take().map(JoinHandle::into_output)
    }

    /// Aborts every task; they stay in the set until asked for.
    pub fn abort_all(&mut self) {
        for (_, task) in &self.tasks {
            task.abort();
        }
    }

    /// Aborts every task and waits until all have ended.
    #[track_caller]
    pub fn shutdown(&mut self) -> Shutdown<'_, T> {
        self.abort_all();
        Shutdown(self.join_next())
    }

    /// Empties the set; its tasks go on.
    pub fn detach_all(&mut self) {
        self.next = None;
        // A notice that comes later names no task of the set any more.
        let resource = Resource::new(Kind::Group, self.ended.resource.origin());
        let state = State { keys: VecDeque::new(), line: Line::new() };
        self.ended = Arc::new(Ended { door: Door::new(state), resource });
        self.tasks.clear();
    }
}

impl<T: Send + 'static> JoinSet<T> {
    /// Spawns a task into the set.
    ///
    /// # Panics
    ///
    /// If there is no runtime on this thread.
    #[track_caller]
    pub fn spawn<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
    {
        let entry = self.tasks.vacant_entry();
        let notice = Notice { ended: Arc::clone(&self.ended), key: entry.key() };
        let tracked = async move {
            let _notice = notice;
            future.await
        };
        let wish = Wish::at(Site::caller()).of_type(std::any::type_name::<F>);
        let handle = spawn_with(tracked, wish);
        let abort = handle.abort_handle();
        entry.insert(handle);
        abort
    }
}

impl<T> Default for JoinSet<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.abort_all();
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}

/// The future of [`JoinSet::join_next`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct JoinNext<'a, T> {
    set: &'a mut JoinSet<T>,
    turn: Turn,
}

impl<T> Future for JoinNext<'_, T> {
    type Output = Option<Result<T, JoinError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(budget::proceed(cx));
        let Self { set, turn } = &mut *self;
        if set.next.is_none() {
            let ended = Arc::clone(&set.ended);
            let Inside { state, .. } = &mut ended.door.enter();
            if let Some(key) = state.keys.pop_front() {
                state.line.leave(turn);
                set.next = Some(set.tasks.remove(key));
            } else if set.tasks.is_empty() {
                return Poll::Ready(None);
            } else {
                if state.line.is_served(turn) {
                    // Somebody else asked for what this turn was woken for.
                    state.line.leave(turn);
                }
                return state.line.park(turn, &ended.resource, || (), cx);
            }
        }
        let Some(next) = &mut set.next else { return Poll::Ready(None) };
        let output = ready!(Pin::new(next).poll(cx));
        set.next = None;
        Poll::Ready(Some(output))
    }
}

impl<T> Drop for JoinNext<'_, T> {
    fn drop(&mut self) {
        if self.turn.is_in_line() {
            self.set.ended.door.enter().state.line.leave(&mut self.turn);
        }
    }
}

impl<T> fmt::Debug for JoinNext<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinNext").field("set", &self.set).finish()
    }
}

/// The future of [`JoinSet::shutdown`].
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Shutdown<'a, T>(JoinNext<'a, T>);

impl<T> Future for Shutdown<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        while ready!(Pin::new(&mut self.0).poll(cx)).is_some() {}
        Poll::Ready(())
    }
}
