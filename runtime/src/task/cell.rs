//! The cell: one block of memory with the future of a task, and then its output.
//!
//! A cell is known by the untyped pointer in its task's record; its first field tells the type's
//! functions. Which thread may call which function follows from the state word.

use std::any::Any;
use std::cell::UnsafeCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use wakeful_diagnostics::names::{RuntimeId, Site};
use wakeful_diagnostics::registry::{Birth, Meta, TaskRecord};
use wakeful_diagnostics::{clock, current};
use wakeful_sync::wait::{Parked, budget, recall};

use super::state::{self, AfterEnd, AfterPoll, BeforePoll};
use super::{JoinError, JoinHandle, block, condemned, outcome, waker};

/// Where a task goes when it is woken.
pub(crate) trait Schedule: Sync {
    /// Queues a task.
    fn schedule(&'static self, task: Ready);
}

/// What every cell begins with.
#[repr(C)]
pub(super) struct Header {
    vtable: &'static VTable,
    scheduler: &'static dyn Schedule,
    /// The joiner's; see `state`.
    pub(super) joiner: UnsafeCell<Option<Parked>>,
}

/// By agreement with `wakeful_diagnostics::memory` the size comes first.
#[repr(C)]
struct VTable {
    /// Of the whole cell, in bytes.
    size: usize,
    poll: unsafe fn(*mut Header, &mut Context<'_>) -> Poll<()>,
    /// Drops the future and leaves an error as the output.
    cancel: unsafe fn(*mut Header, JoinError),
    /// Drops the output.
    drop_output: unsafe fn(*mut Header),
    /// Moves the output to `*mut Option<Result<T, JoinError>>`.
    take_output: unsafe fn(*mut Header, *mut ()),
    free: unsafe fn(*mut Header),
}

#[repr(C)]
struct Cell<F: Future> {
    header: Header,
    stage: UnsafeCell<Stage<F>>,
}

enum Stage<F: Future> {
    Future(F),
    Output(Result<F::Output, JoinError>),
    Empty,
}

/// A task that is due to be polled. To hold it is to be the one who will.
#[must_use = "a ready task that is dropped is never polled again"]
pub(crate) struct Ready(&'static TaskRecord);

/// What a spawner says about its task.
pub(crate) struct Spawned {
    pub(crate) site: Site,
    pub(crate) runtime: RuntimeId,
    pub(crate) scheduler: &'static dyn Schedule,
    pub(crate) meta: Option<Meta>,
    pub(crate) daemon: bool,
    /// What reports call its code.
    pub(crate) type_name: fn() -> &'static str,
    /// Only this thread polls it.
    pub(crate) local: bool,
    pub(crate) parent: Option<&'static TaskRecord>,
}

/// Makes a task that is ready to be queued, and its handle.
///
/// The future may be `!Send`: then the scheduler brings every `Ready` to the thread it was made on,
/// and its output is `Send` or stays there too.
pub(crate) fn spawn<F: Future>(future: F, how: Spawned) -> (Ready, JoinHandle<F::Output>) {
    let record = TaskRecord::register(Birth {
        site: how.site,
        type_name: how.type_name,
        parent: how.parent,
        meta: how.meta,
        daemon: how.daemon,
        root: false,
        local: how.local,
        runtime: how.runtime,
        word: state::SPAWNED,
    });
    let vtable = &VTable {
        size: size_of::<Cell<F>>(),
        poll: poll::<F>,
        cancel: cancel::<F>,
        drop_output: drop_output::<F>,
        take_output: take_output::<F>,
        free: free::<F>,
    };
    let cell = block::room::<Cell<F>>();
    // Each part where it will lie: a whole would be put together elsewhere, and moved there.
    let header = Header { vtable, scheduler: how.scheduler, joiner: UnsafeCell::new(None) };
    // SAFETY: the block is new and nobody else's, and a cell begins with its header.
    unsafe { cell.cast().write(header) };
    // SAFETY: no reference is made, and the block is there.
    let stage = unsafe { &raw mut (*cell.as_ptr()).stage };
    // SAFETY: the block is new, and nobody else's.
    unsafe { stage.write(UnsafeCell::new(Stage::Future(future))) };
    record.cell.store(cell.as_ptr().cast(), Ordering::Release);
    (Ready(record), JoinHandle::new(record))
}

/// The cell of a task that is not yet free.
#[inline]
fn header(task: &TaskRecord) -> *mut Header {
    task.cell.load(Ordering::Acquire).cast()
}

/// Queues a task whose wake or abort said so.
#[inline]
pub(super) fn schedule(task: &'static TaskRecord) {
    let header = header(task);
    // SAFETY: the caller's transition left NOTIFIED without RUNNING, so the task cannot end before
    // the `Ready` made here is run, nor a root before its seat was called: the cell is there.
    let scheduler = unsafe { (*header).scheduler };
    scheduler.schedule(Ready(task));
}

/// Ends a task that is to be cancelled instead of polled.
#[cold]
#[inline(never)]
fn cancel_at_once(task: &'static TaskRecord) {
    let header = header(task);
    // SAFETY: RUNNING is set by the caller, so the task cannot be freed meanwhile.
    let vtable = unsafe { (*header).vtable };
    let error = condemned::execute(task).unwrap_or_else(|| JoinError::cancelled(task.id()));
    outcome::count(task, &error);
    // SAFETY: RUNNING makes this thread the only user of the future.
    current::scope(task, || unsafe { (vtable.cancel)(header, error) });
    end(task, header, vtable);
}

/// Runs one poll to its end: the task sleeps, is to be requeued, or is over.
#[inline]
fn poll_once(task: &'static TaskRecord) -> Option<AfterPoll> {
    let header = header(task);
    // SAFETY: RUNNING is set by the caller, so the task cannot be freed meanwhile.
    let vtable = unsafe { (*header).vtable };
    let waker = waker::borrowed(task);
    let mut cx = Context::from_waker(&waker);
    // SAFETY: RUNNING makes this thread the only user of the future.
    let poll = || unsafe { (vtable.poll)(header, &mut cx) };
    match current::scope(task, || budget::scope(poll)) {
        Poll::Pending => {
            let after = state::suspend(task);
            if after == AfterPoll::Idle {
                // The record is there, whoever has the task now.
                recall::asleep(task);
            }
            Some(after)
        }
        Poll::Ready(()) => {
            end(task, header, vtable);
            None
        }
    }
}

#[inline(never)]
fn end(task: &'static TaskRecord, header: *mut Header, vtable: &VTable) {
    let after = match state::end(task, true) {
        AfterEnd::DropOutput => {
            // SAFETY: RUNNING and TAKEN: nobody else will touch the output.
            unsafe { (vtable.drop_output)(header) };
            state::end(task, false)
        }
        after => after,
    };
    let free = match after {
        AfterEnd::DropOutput => unreachable!("there is no output any more"),
        AfterEnd::Gone { free } => free,
        AfterEnd::Joined { wake, drop_output } => {
            if wake {
                // SAFETY: the transition passed the joiner's place on, and the scheduler's handle
                // keeps the cell.
                let joiner = unsafe { &mut *joiner_of(header) };
                if let Some(joiner) = joiner.take() {
                    joiner.serve().wake();
                }
            }
            if drop_output {
                // SAFETY: TAKEN before DONE: nobody else will touch the output.
                unsafe { (vtable.drop_output)(header) };
            }
            state::drop_handle(task)
        }
    };
    if free {
        free_task(task);
    }
}

/// Frees a task whose last transition said so.
pub(super) fn free_task(task: &'static TaskRecord) {
    let header = header(task);
    // SAFETY: DONE, no handle, no waker: the caller is the last who knows the cell.
    let free = unsafe { (*header).vtable.free };
    // SAFETY: as above.
    unsafe { free(header) };
    task.retire();
}

/// Moves the output out. The caller is the `JoinHandle`, and the task is done.
pub(super) fn take<T>(task: &TaskRecord) -> Option<Result<T, JoinError>> {
    let header = header(task);
    let mut output = None::<Result<T, JoinError>>;
    // SAFETY: a handle is alive, so the cell is there.
    let take = unsafe { (*header).vtable.take_output };
    // SAFETY: DONE and not TAKEN: the output belongs to the `JoinHandle`, whose `T` is the type of
    // the future's output.
    unsafe { take(header, (&raw mut output).cast()) };
    output
}

/// Drops the output of a task that is done, on behalf of its `JoinHandle`.
pub(super) fn discard(task: &TaskRecord) {
    let header = header(task);
    // SAFETY: a handle is alive, so the cell is there.
    let drop_output = unsafe { (*header).vtable.drop_output };
    // SAFETY: `renounce` said that the output is the caller's.
    unsafe { drop_output(header) };
}

/// The joiner's place, for the `JoinHandle` while JOINER is not set.
pub(super) fn with_joiner<R>(task: &TaskRecord, f: impl FnOnce(&mut Option<Parked>) -> R) -> R {
    let header = header(task);
    // SAFETY: a handle is alive, so the cell is there; JOINER is not set, so the place is the
    // handle's, of which there is one.
    f(unsafe { &mut *joiner_of(header) })
}

/// Where the joiner's place is, in a cell that is not freed.
fn joiner_of(header: *mut Header) -> *mut Option<Parked> {
    // SAFETY: no reference is made, and the cell is there.
    UnsafeCell::raw_get(unsafe { &raw const (*header).joiner })
}

impl Ready {
    /// Polls the task once. `cancel`: ends it instead, as its runtime is shutting down.
    #[inline]
    pub(crate) fn run(self, cancel: bool) -> Option<Self> {
        let task = self.0;
        let begin = state::begin(task);
        task.begin_poll(clock::cached());
        if cancel || begin == BeforePoll::Cancel {
            cancel_at_once(task);
            return None;
        }
        match poll_once(task)? {
            AfterPoll::Idle => None,
            AfterPoll::Requeue => Some(self),
        }
    }

    /// The task's record.
    pub(crate) const fn record(&self) -> &'static TaskRecord {
        self.0
    }

    /// As an untyped pointer, for a place that holds one task; see [`Self::from_ptr`].
    pub(crate) const fn into_ptr(self) -> *mut TaskRecord {
        std::ptr::from_ref(self.0).cast_mut()
    }

    /// Back from [`Self::into_ptr`]; `None` from null.
    ///
    /// # Safety
    ///
    /// - `ptr` is null, or came from `into_ptr` and is given back once.
    pub(crate) const unsafe fn from_ptr(ptr: *mut TaskRecord) -> Option<Self> {
        // SAFETY: records are never unmapped.
        match unsafe { ptr.as_ref() } {
            Some(record) => Some(Self(record)),
            None => None,
        }
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ready").field(&self.0.id()).finish()
    }
}

/// The cell of a root task: a header alone.
pub(crate) struct RootCell(Header);

// SAFETY: the one part that cannot be shared is the joiner's place, which a root does not use.
unsafe impl Sync for RootCell {}

impl RootCell {
    /// A cell whose task is woken by `scheduler`; never freed.
    pub(crate) fn leak(scheduler: &'static dyn Schedule) -> &'static Self {
        let joiner = UnsafeCell::new(None);
        Box::leak(Box::new(Self(Header { vtable: &ROOT, scheduler, joiner })))
    }
}

impl fmt::Debug for RootCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootCell").finish_non_exhaustive()
    }
}

/// Makes `cell` the cell of `task`.
pub(super) fn seat(task: &TaskRecord, cell: &'static RootCell) {
    task.cell.store(std::ptr::from_ref(&cell.0).cast_mut().cast(), Ordering::Release);
}

/// A root is polled by its own thread and freed by nobody.
static ROOT: VTable = VTable {
    size: size_of::<RootCell>(),
    poll: |_, _| unreachable!("the future of a root is not in its cell"),
    cancel: |_, _| unreachable!("the future of a root is not in its cell"),
    drop_output: |_| {},
    take_output: |_, _| {},
    free: |_| {},
};

/// # Safety
///
/// - `cell` is the cell of a task of `F` that is not freed;
/// - the caller alone may touch the stage.
unsafe fn stage<'a, F: Future>(cell: *mut Header) -> &'a mut Stage<F> {
    let cell = cell.cast::<Cell<F>>();
    // SAFETY: no reference is made, and the cell is there.
    let stage = UnsafeCell::raw_get(unsafe { &raw const (*cell).stage });
    // SAFETY: the caller alone may touch the stage.
    unsafe { &mut *stage }
}

unsafe fn poll<F: Future>(cell: *mut Header, cx: &mut Context<'_>) -> Poll<()> {
    // SAFETY: RUNNING is the caller's.
    let stage = unsafe { stage::<F>(cell) };
    let result = catch_unwind(AssertUnwindSafe(|| match stage {
        // SAFETY: the future is dropped where it lies, in its cell.
        Stage::Future(future) => unsafe { Pin::new_unchecked(future) }.poll(cx),
        Stage::Output(_) | Stage::Empty => unreachable!("a task that is over is never queued"),
    }));
    let output = match result {
        Ok(Poll::Pending) => return Poll::Pending,
        Ok(Poll::Ready(output)) => Ok(output),
        Err(payload) => Err(panicked(payload, true)),
    };
    // SAFETY: RUNNING is still the caller's.
    unsafe { finish::<F>(cell, output) };
    Poll::Ready(())
}

/// The error of the current task; `first`, if that is what ended it.
fn panicked(payload: Box<dyn Any + Send>, first: bool) -> JoinError {
    let task = current::task().unwrap_or_else(|| unreachable!("polled in the task's scope"));
    let error = JoinError::panicked(task.id(), payload);
    if first {
        outcome::count(task, &error);
    }
    error
}

/// Drops the future, whose destructor may panic, and leaves `output`.
unsafe fn finish<F: Future>(cell: *mut Header, output: Result<F::Output, JoinError>) {
    // SAFETY: the caller's promise.
    let stage = unsafe { stage::<F>(cell) };
    let dropped = catch_unwind(AssertUnwindSafe(|| *stage = Stage::Empty));
    *stage = Stage::Output(match dropped {
        Ok(()) => output,
        Err(payload) => Err(panicked(payload, output.is_ok())),
    });
}

unsafe fn cancel<F: Future>(cell: *mut Header, error: JoinError) {
    // SAFETY: RUNNING is the caller's.
    unsafe { finish::<F>(cell, Err(error)) };
}

#[inline]
unsafe fn drop_output<F: Future>(cell: *mut Header) {
    // SAFETY: the output is the caller's.
    let stage = unsafe { stage::<F>(cell) };
    // A destructor that panics has nobody left to tell; the panic hook has told the user.
    let _ = catch_unwind(AssertUnwindSafe(|| *stage = Stage::Empty));
}

unsafe fn take_output<F: Future>(cell: *mut Header, to: *mut ()) {
    // SAFETY: the output is the caller's.
    let stage = unsafe { stage::<F>(cell) };
    if let Stage::Output(output) = std::mem::replace(stage, Stage::Empty) {
        // SAFETY: the caller's `T` is `F::Output`.
        unsafe { *to.cast::<Option<Result<F::Output, JoinError>>>() = Some(output) };
    }
}

unsafe fn free<F: Future>(cell: *mut Header) {
    // The output is there still if the task had nobody else when it ended.
    // SAFETY: DONE, no handle, no waker: the caller alone may touch the stage.
    unsafe { drop_output::<F>(cell) };
    // SAFETY: a cell that `spawn` made has an address.
    let cell = unsafe { NonNull::new_unchecked(cell.cast::<Cell<F>>()) };
    // SAFETY: DONE, no handle, no waker: it is dropped once, and used by nobody afterwards.
    unsafe { block::clear(cell) };
}
