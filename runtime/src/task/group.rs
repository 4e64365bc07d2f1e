//! Tasks that succeed together, or fail with the first that fails.
//!
//! Invariants:
//! * what a task came to is noted, and the context cancelled, before the task is counted off; so who
//!   waits finds the first failure;
//! * the failure is dropped, or raised again, where no lock is held.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context as TaskContext, Poll, ready};

use pin_project_lite::pin_project;
use wakeful_diagnostics::names::Site;
use wakeful_sync::{AcquireOwned, OwnedSemaphorePermit, Semaphore, Wait, WaitGroup};

use super::spawn::spawn_with;
use crate::context::{CancelHandle, Context};
use crate::runtime::Wish;

/// Tasks that work for one result: Go's `errgroup.Group`.
///
/// [`wait`](Self::wait) waits for all of them and gives the first error. A group made by
/// [`with_context`](Self::with_context) cancels its context when a task fails, so that the others
/// can stop. A panic of a task counts as a failure, and goes on in who waits.
///
/// Clones are the same group. Dropping the last one cancels the context; the tasks go on until they
/// heed that.
///
/// # Examples
///
/// ```
/// use wakeful_runtime::context::Context;
/// use wakeful_runtime::task::Group;
///
/// # wakeful_runtime::block_on(async {
/// let (group, ctx) = Group::with_context(&Context::background());
/// group.spawn(async { Err("the disk is full") });
/// group.spawn(async move {
///     ctx.done().await;
///     Ok(())
/// });
/// assert_eq!(group.wait().await, Err("the disk is full"));
/// # });
/// ```
///
/// # In reports
///
/// It is a wait group: `waitgroup wait`. Tasks that wait for room are `semaphore acquire`.
pub struct Group<E>(Arc<Owner<E>>);

/// What the handles share, but not the tasks.
struct Owner<E>(Arc<Shared<E>>);

struct Shared<E> {
    tasks: WaitGroup,
    room: OnceLock<Arc<Semaphore>>,
    cancel: Option<CancelHandle>,
    failure: Mutex<Option<Failure<E>>>,
}

enum Failure<E> {
    Error(E),
    Panic(Box<dyn Any + Send>),
}

/// A task of the group has failed; the cause that the group's context gives.
#[derive(Debug)]
struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a task of the group failed")
    }
}

impl Error for Failed {}

impl<E> Group<E> {
    /// A group without tasks.
    #[track_caller]
    #[must_use]
    pub fn new() -> Self {
        Self::with(None, WaitGroup::new())
    }

    /// A group without tasks, and a context made from `parent` that is done when a task fails, when
    /// [`wait`](Self::wait) gives its result, or when the group is dropped.
    #[track_caller]
    #[must_use = "the context is done when the group is dropped"]
    pub fn with_context(parent: &Context) -> (Self, Context) {
        let (context, cancel) = parent.with_cancel();
        (Self::with(Some(cancel), WaitGroup::new()), context)
    }

    fn with(cancel: Option<CancelHandle>, tasks: WaitGroup) -> Self {
        let failure = Mutex::new(None);
        let shared = Shared { tasks, room: OnceLock::new(), cancel, failure };
        Self(Arc::new(Owner(Arc::new(shared))))
    }

    fn shared(&self) -> &Arc<Shared<E>> {
        &self.0.0
    }

    /// Lets at most `limit` tasks run at once. Those spawned beyond it wait until there is room, in
    /// the order in which they were spawned; where they should not even be spawned, use
    /// [`try_spawn`](Self::try_spawn).
    ///
    /// # Panics
    ///
    /// If `limit` is zero, if there is a limit already, or while there are tasks in the group.
    #[track_caller]
    pub fn limit(&self, limit: usize) {
        let Shared { tasks, room, .. } = &**self.shared();
        assert!(
            limit > 0,
            "Group::limit: with a limit of 0 no task could ever run; use at least 1"
        );
        let active = tasks.count();
        assert!(
            active == 0,
            "Group::limit: called while {active} tasks of the group are active; call it before the \
             first `spawn`"
        );
        assert!(
            room.set(Arc::new(Semaphore::named("limit of a group", limit))).is_ok(),
            "Group::limit: the group has a limit already; make a new group for another"
        );
    }

    /// How many tasks of the group have not ended.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared().tasks.count()
    }

    /// Waits until every task of the group has ended. Then its context is done.
    ///
    /// # Errors
    ///
    /// The first error of a task. It is given once: to the first who asks after it happened.
    ///
    /// # Panics
    ///
    /// If a task panicked before any other failed, with its payload.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the group.
    ///
    /// # In reports
    ///
    /// `waitgroup wait`
    #[track_caller]
    pub fn wait(&self) -> GroupWait<'_, E> {
        GroupWait { shared: self.shared(), wait: self.shared().tasks.wait() }
    }
}

impl<E: Send + 'static> Group<E> {
    /// Spawns a task into the group.
    ///
    /// # Panics
    ///
    /// If there is no runtime on this thread.
    #[track_caller]
    pub fn spawn<F>(&self, future: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        // No closure: who waits for room waits at the line that spawned it.
        let room = match self.shared().room.get() {
            None => Room::Had { _permit: None },
            Some(room) => Room::Awaited { wait: Arc::clone(room).acquire_owned() },
        };
        self.spawn_in(room, future, Site::caller());
    }

    /// Spawns a task into the group, if the limit leaves room for it now.
    ///
    /// # Errors
    ///
    /// The future, if there is no room.
    ///
    /// # Panics
    ///
    /// If there is no runtime on this thread.
    #[track_caller]
    pub fn try_spawn<F>(&self, future: F) -> Result<(), F>
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        let room = match self.shared().room.get() {
            None => None,
            Some(room) => match Arc::clone(room).try_acquire_owned() {
                Ok(permit) => Some(permit),
                Err(_) => return Err(future),
            },
        };
        self.spawn_in(Room::Had { _permit: room }, future, Site::caller());
        Ok(())
    }

    #[track_caller]
    fn spawn_in<F>(&self, room: Room, future: F, site: Site)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        let shared = self.shared();
        let member = Member { room, future: Some(future), shared: Arc::clone(shared) };
        let wish = Wish::at(site).of_type(std::any::type_name::<F>);
        drop(spawn_with(shared.tasks.track(member), wish));
    }
}

impl<E> Shared<E> {
    fn fail(&self, failure: Failure<E>) {
        let mut first = self.lock();
        let spare = if first.is_none() { first.replace(failure) } else { Some(failure) };
        drop(first);
        // An error may do anything when it is dropped.
        drop(spare);
        if let Some(cancel) = &self.cancel {
            cancel.cancel_with(Failed);
        }
    }

    /// The first failure; nothing of the user's runs under this lock.
    fn lock(&self) -> MutexGuard<'_, Option<Failure<E>>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> Drop for Owner<E> {
    fn drop(&mut self) {
        if let Some(cancel) = &self.0.cancel {
            cancel.cancel();
        }
    }
}

pin_project! {
    #[project = RoomProjection]
    /// A task's room under the limit.
    enum Room {
        Awaited { #[pin] wait: AcquireOwned },
        Had { _permit: Option<OwnedSemaphorePermit> },
    }
}

pin_project! {
    /// A task of the group.
    struct Member<F, E> {
        // `None` once it has ended: what it captured is gone before its room is given up.
        #[pin]
        future: Option<F>,
        #[pin]
        room: Room,
        shared: Arc<Shared<E>>,
    }
}

impl<F, E> Future for Member<F, E>
where
    F: Future<Output = Result<(), E>>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        let mut this = self.project();
        if let RoomProjection::Awaited { wait } = this.room.as_mut().project() {
            // The semaphore is never closed; if it were, nobody would be kept out.
            let permit = ready!(wait.poll(cx)).ok();
            this.room.set(Room::Had { _permit: permit });
        }
        let shared = &**this.shared;
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let Some(future) = this.future.as_mut().as_pin_mut() else {
                return Poll::Ready(Ok(()));
            };
            let output = ready!(future.poll(cx));
            this.future.set(None);
            Poll::Ready(output)
        }));
        match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(()))) => {}
            Ok(Poll::Ready(Err(error))) => shared.fail(Failure::Error(error)),
            Err(payload) => {
                // Gone before it is counted off. Of two panics the first one is told.
                let _ = catch_unwind(AssertUnwindSafe(|| this.future.set(None)));
                shared.fail(Failure::Panic(payload));
            }
        }
        // Who waits for the group finds room once it is counted off.
        this.room.set(Room::Had { _permit: None });
        Poll::Ready(())
    }
}

/// The future of [`Group::wait`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct GroupWait<'a, E> {
    shared: &'a Shared<E>,
    wait: Wait<'a>,
}

impl<E> Future for GroupWait<'_, E> {
    type Output = Result<(), E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        ready!(Pin::new(&mut self.wait).poll(cx));
        if let Some(cancel) = &self.shared.cancel {
            cancel.cancel();
        }
        let failure = self.shared.lock().take();
        match failure {
            None => Poll::Ready(Ok(())),
            Some(Failure::Error(error)) => Poll::Ready(Err(error)),
            Some(Failure::Panic(payload)) => resume_unwind(payload),
        }
    }
}

impl<E> Clone for Group<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E> Default for Group<E> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<E> fmt::Debug for Group<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("count", &self.count()).finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for GroupWait<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupWait").finish_non_exhaustive()
    }
}
