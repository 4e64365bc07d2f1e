//! The cell: one block of memory with the future of a task, and then its output.
//!
//! A cell is known by the untyped pointer in its task's record; its first field tells the type's
//! functions. Which thread may call which function follows from the state word.
//!
//! Here is how a cell is made, and what its handles do with it; its polls and its end are in [`ready`],
//! what is done by type in [`table`].

mod ready;
mod table;

use std::cell::UnsafeCell;
use std::fmt;
use std::sync::atomic::Ordering;

use wakeful_diagnostics::memory;
use wakeful_diagnostics::names::{RuntimeId, Site};
use wakeful_diagnostics::registry::{Birth, Meta, TaskRecord};
use wakeful_sync::wait::Parked;

use super::{JoinError, JoinHandle, block, state};
pub(crate) use ready::Ready;
pub(super) use ready::free_task;
use table::{ROOT, VTable};

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
    joiner: UnsafeCell<Option<Parked>>,
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
    let cell = block::room::<Cell<F>>();
    // Each part where it will lie: a whole would be put together elsewhere, and moved there.
    let joiner = UnsafeCell::new(None);
    let header = Header { vtable: VTable::of::<F>(), scheduler: how.scheduler, joiner };
    // SAFETY: the block is new and nobody else's, and a cell begins with its header.
    unsafe { cell.cast().write(header) };
    // SAFETY: no reference is made, and the block is there.
    let stage = unsafe { &raw mut (*cell.as_ptr()).stage };
    // SAFETY: the block is new, and nobody else's.
    unsafe { stage.write(UnsafeCell::new(Stage::Future(future))) };
    record.cell.store(cell.as_ptr().cast(), Ordering::Release);
    (Ready::new(record), JoinHandle::new(record))
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
    scheduler.schedule(Ready::new(task));
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

/// Lets the diagnostics try out what futures would give back.
pub(super) fn install() {
    // SAFETY: it asks for what it is told to see to.
    unsafe { memory::know_drop(drop_future) };
}

/// Drops the future of a task.
///
/// # Safety
///
/// - the task is asleep, and nobody else touches its future from now on.
unsafe fn drop_future(task: &'static TaskRecord) {
    let header = header(task);
    // SAFETY: the task is asleep, so the cell is there.
    let clear = unsafe { (*header).vtable.clear };
    // SAFETY: the caller's promise.
    unsafe { clear(header) };
}

/// Drops the output of a task that is done, on behalf of its `JoinHandle`.
pub(super) fn discard(task: &TaskRecord) {
    let header = header(task);
    // SAFETY: a handle is alive, so the cell is there.
    let clear = unsafe { (*header).vtable.clear };
    // SAFETY: `renounce` said that the output is the caller's.
    unsafe { clear(header) };
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
