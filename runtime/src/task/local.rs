//! Tasks that stay on one thread.
//!
//! A set's tasks are queued by any thread and polled only where the set is polled, which is where
//! it was made: the set is `!Send`. Invariants:
//! * each task of the set that has not ended is in `tasks`, by an abort handle;
//! * the queue outlives every task: it goes back to the list of free queues when all have ended.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use slab::Slab;
use wakeful_diagnostics::current;
use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::registry::{Origin, Resource};
use wakeful_sync::wait::{Parked, Sleeper, Turn};

use super::{AbortHandle, JoinHandle, Ready, Schedule, Spawned, make};
use crate::context;
use crate::here;
use crate::runtime::Runtime;
use crate::scheduler::Event;

/// How many tasks run before the thread's other work gets its turn.
const BATCH: usize = 61;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Inner>>> = const { RefCell::new(None) };
}

/// Tasks that need not be `Send`.
///
/// They run while the set is awaited: in [`run_until`](Self::run_until), in
/// [`block_on`](Self::block_on), or when the set itself is awaited, which waits for all of them.
/// Dropping the set cancels what is left.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use wakeful_runtime::task::{self, LocalSet};
///
/// # let rt = wakeful_runtime::Runtime::new()?;
/// let shared = Rc::new(20);
/// let sum = LocalSet::new().block_on(&rt, async move {
///     let other = Rc::clone(&shared);
///     *shared + task::spawn_local(async move { *other + 2 }).await.expect("it does not panic")
/// });
/// assert_eq!(sum, 42);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct LocalSet {
    inner: Rc<Inner>,
    /// The wait for all its tasks, if the set itself is awaited.
    turn: Turn,
    wait: Option<Parked>,
    /// Its tasks stay on this thread.
    _here: PhantomData<*const ()>,
}

struct Inner {
    queue: &'static Queue,
    tasks: RefCell<Slab<AbortHandle>>,
    left: Cell<usize>,
    resource: Resource,
}

/// Where any thread queues the set's tasks.
#[derive(Default)]
struct Queue(Mutex<Queued>);

#[derive(Default)]
struct Queued {
    ready: VecDeque<Ready>,
    /// Whoever polls the set.
    owner: Option<Sleeper>,
}

static FREE: Mutex<Vec<&'static Queue>> = Mutex::new(Vec::new());

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Queued> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Schedule for Queue {
    fn schedule(&'static self, task: Ready) {
        let mut queued = self.lock();
        queued.ready.push_back(task);
        let owner = queued.owner.take();
        drop(queued);
        if let Some(owner) = owner {
            owner.wake();
        }
    }
}

/// Takes the task off the set's list when its future is gone.
struct Member {
    inner: Rc<Inner>,
    key: usize,
}

impl Drop for Member {
    fn drop(&mut self) {
        let handle = self.inner.tasks.borrow_mut().try_remove(self.key);
        self.inner.left.set(self.inner.left.get() - 1);
        drop(handle);
    }
}

impl LocalSet {
    /// A set without tasks.
    #[track_caller]
    #[must_use]
    pub fn new() -> Self {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let origin = Origin { site: Site::caller(), name: None };
        let inner = Inner {
            queue: free.unwrap_or_else(|| Box::leak(Box::default())),
            tasks: RefCell::default(),
            left: Cell::new(0),
            resource: Resource::new(Kind::Group, origin),
        };
        let turn = Turn::new(Op::GroupWait);
        Self { inner: Rc::new(inner), turn, wait: None, _here: PhantomData }
    }

    /// Spawns a task into the set; it runs while the set is awaited.
    ///
    /// # Panics
    ///
    /// If there is no runtime on this thread.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        spawn_into(&self.inner, future, Site::caller())
    }

    /// Runs the set's tasks until `future` is done; the others stay in the set.
    pub async fn run_until<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|cx| {
            let _scope = Scope::enter(&self.inner);
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            self.inner.run_batch(cx);
            Poll::Pending
        })
        .await
    }

    /// Runs the set's tasks on this thread until `future` is done.
    ///
    /// # Panics
    ///
    /// As [`Runtime::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, runtime: &Runtime, future: F) -> F::Output {
        runtime.block_on(self.run_until(future))
    }
}

impl Inner {
    /// Runs some of what is ready, and sees to it that whoever polls with `cx` hears of the rest.
    fn run_batch(&self, cx: &Context<'_>) {
        for _ in 0..BATCH {
            let mut queued = self.queue.lock();
            let Some(task) = queued.ready.pop_front() else {
                let old = queued.owner.replace(Sleeper::of(cx));
                drop(queued);
                drop(old);
                return;
            };
            drop(queued);
            if let Some(again) = task.run(false) {
                self.queue.lock().ready.push_back(again);
            }
        }
        cx.waker().wake_by_ref();
    }
}

/// Waits for all its tasks.
impl Future for LocalSet {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let _scope = Scope::enter(&this.inner);
        this.inner.run_batch(cx);
        if this.inner.left.get() == 0 {
            this.wait = None;
            return Poll::Ready(());
        }
        let target = this.inner.resource.target();
        match &mut this.wait {
            Some(wait) => wait.refresh(&this.turn, target, cx),
            None => this.wait = Some(Parked::new(&this.turn, target, cx)),
        }
        Poll::Pending
    }
}

impl Default for LocalSet {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        // Each abort queues its task, unless it is queued; each is then ended here.
        let _scope = Scope::enter(&self.inner);
        while self.inner.left.get() > 0 {
            let handles: Vec<_> =
                self.inner.tasks.borrow().iter().map(|(_, handle)| handle.clone()).collect();
            handles.iter().for_each(AbortHandle::abort);
            let ready = std::mem::take(&mut self.inner.queue.lock().ready);
            if ready.is_empty() {
                // Another thread is about to queue a task that it has just woken.
                std::thread::yield_now();
            }
            for task in ready {
                let _ = task.run(true);
            }
        }
        let old = self.inner.queue.lock().owner.take();
        drop(old);
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self.inner.queue);
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet").field("left", &self.inner.left).finish_non_exhaustive()
    }
}

/// While it lives, `spawn_local` finds the set.
struct Scope(Option<Rc<Inner>>);

impl Scope {
    fn enter(inner: &Rc<Inner>) -> Self {
        Self(CURRENT.with(|place| place.borrow_mut().replace(Rc::clone(inner))))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let before = self.0.take();
        let old = CURRENT.try_with(|place| std::mem::replace(&mut *place.borrow_mut(), before));
        drop(old);
    }
}

/// Spawns a task that stays on this thread, into the [`LocalSet`] that is being polled.
///
/// # Panics
///
/// Outside a `LocalSet`.
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    match CURRENT.with(|place| place.borrow().clone()) {
        Some(inner) => spawn_into(&inner, future, Site::caller()),
        None => panic!(
            "wakeful::task::spawn_local: no LocalSet is being polled on this thread; \
             call it inside `LocalSet::run_until` or `LocalSet::block_on`"
        ),
    }
}

#[track_caller]
fn spawn_into<F>(inner: &Rc<Inner>, future: F, site: Site) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let Some(shared) = here::with(|handle| handle.shared()) else {
        panic!(
            "wakeful::task::LocalSet::spawn_local: no runtime on this thread; \
             call it inside `block_on`, or after `Runtime::enter`"
        );
    };
    let key = inner.tasks.borrow().vacant_key();
    inner.left.set(inner.left.get() + 1);
    let member = Member { inner: Rc::clone(inner), key };
    let tracked = async move {
        let _member = member;
        future.await
    };
    let spawned = Spawned {
        site,
        runtime: shared.id,
        scheduler: inner.queue,
        meta: None,
        daemon: false,
        local: true,
        parent: current::task(),
        type_name: std::any::type_name::<F>,
    };
    let (ready, handle) = match context::inherited() {
        None => make(tracked, spawned),
        Some(context) => make(context::scope(context, tracked), spawned),
    };
    shared.count(Event::Spawned);
    let inserted = inner.tasks.borrow_mut().insert(handle.abort_handle());
    debug_assert_eq!(inserted, key, "nothing was spawned in between");
    inner.queue.schedule(ready);
    handle
}
