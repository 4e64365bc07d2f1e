//! `JoinHandle`: await, abort, detach.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::current;
use wakeful_diagnostics::memory::side;
use wakeful_diagnostics::names::{Op, Site, TaskId};
use wakeful_diagnostics::registry::TaskRecord;
use wakeful_sync::wait::{Parked, Turn, budget};

use super::state::{self, Joining};
use super::{JoinError, cell};

/// The right to await a task.
///
/// Dropping it detaches the task, which goes on; its output is then dropped when it ends. A
/// `JoinHandle` is 16 bytes.
///
/// # Examples
///
/// ```
/// # let rt = wakeful_runtime::Runtime::new()?;
/// # rt.block_on(async {
/// let handle = wakeful_runtime::spawn(async { 6 * 7 });
/// assert_eq!(handle.await.expect("it does not panic"), 42);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// Awaiting gives a [`JoinError`] if the task panicked or was cancelled.
///
/// # Cancel safety
///
/// The handle is itself the future, so nothing is lost when `&mut handle` is dropped: await it
/// again.
///
/// # In reports
///
/// A task that awaits another is `[join]`.
#[repr(C)]
pub struct JoinHandle<T> {
    task: &'static TaskRecord,
    /// Whether the joiner's place in the cell is offered.
    offered: bool,
    taken: bool,
    /// By agreement with `wakeful_diagnostics::memory` it ends the second word: of all words that say the
    /// record, those with it are the one way to the output.
    _side: u32,
    /// Shared between threads it gives no reference to the output: `T: Send` is enough.
    _output: PhantomData<Mutex<T>>,
}

// A handle is the right to an output of type `T`, which lies elsewhere.
impl<T> Unpin for JoinHandle<T> {}
impl<T> UnwindSafe for JoinHandle<T> {}
impl<T> RefUnwindSafe for JoinHandle<T> {}

/// Ends a task without awaiting it.
pub struct AbortHandle(&'static TaskRecord);

impl<T> JoinHandle<T> {
    /// The caller passes on one counted handle, to a task whose output is a `T`.
    pub(super) const fn new(task: &'static TaskRecord) -> Self {
        Self { task, offered: false, taken: false, _side: side::JOINS, _output: PhantomData }
    }

    /// Ends the task at its next suspension; awaiting it then gives a cancelled [`JoinError`],
    /// unless it ended before.
    pub fn abort(&self) {
        abort(self.task);
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        state::is_done(self.task)
    }

    /// The id of the task.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.task.id()
    }

    /// A handle that can only abort.
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        state::add_handle(self.task);
        AbortHandle(self.task)
    }

    /// The output of a task that has ended.
    pub(super) fn into_output(mut self) -> Result<T, JoinError> {
        assert!(self.is_finished(), "the caller has asked");
        let _ = self.withdraw();
        self.take()
    }

    /// Takes the output, which is there.
    fn take(&mut self) -> Result<T, JoinError> {
        self.taken = true;
        cell::take(self.task).unwrap_or_else(|| unreachable!("done and not taken"))
    }

    /// The joiner's place is this handle's again.
    fn withdraw(&mut self) -> Joining {
        if !self.offered {
            return if state::is_done(self.task) { Joining::Take } else { Joining::Wait };
        }
        self.offered = false;
        state::withdraw_joiner(self.task)
    }
}

/// The line that awaits. A handle that is itself the whole future of a task is polled by this crate:
/// then it is the line of the `block_on`, or of the spawn.
fn awaiting(caller: Site) -> Site {
    let of_this_crate = file!().strip_suffix("task/join.rs");
    let is_own = of_this_crate.is_some_and(|own| caller.file().starts_with(own));
    let spawned_at = || current::task()?.view()?.spawned_at;
    if is_own { spawned_at().unwrap_or(caller) } else { caller }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(!self.taken, "JoinHandle: polled after it gave its output; await it once");
        ready!(budget::proceed(cx));
        if self.withdraw() == Joining::Wait {
            let turn = Turn::at(Op::Join, awaiting(Site::caller()));
            cell::with_joiner(self.task, |joiner| match joiner {
                Some(parked) => parked.refresh(&turn, self.task.target(), cx),
                None => Parked::put(joiner, &turn, || self.task.target(), cx),
            });
            if state::offer_joiner(self.task) == Joining::Wait {
                self.offered = true;
                return Poll::Pending;
            }
            cell::with_joiner(self.task, |joiner| drop(joiner.take()));
        }
        budget::spend();
        Poll::Ready(self.take())
    }
}

impl<T> JoinHandle<T> {
    /// Gives the handle up, where more may be to be done than to say so.
    #[inline(never)]
    fn leave(&mut self) {
        if self.offered && self.withdraw() == Joining::Wait {
            cell::with_joiner(self.task, |joiner| drop(joiner.take()));
        }
        if !self.taken && state::renounce(self.task) {
            cell::discard(self.task);
        }
        if state::drop_handle(self.task) {
            cell::free_task(self.task);
        }
    }
}

impl<T> Drop for JoinHandle<T> {
    #[inline]
    fn drop(&mut self) {
        if self.offered || self.taken || !state::detach(self.task) {
            self.leave();
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinHandle").field(&self.id()).finish()
    }
}

impl AbortHandle {
    /// Ends the task at its next suspension.
    pub fn abort(&self) {
        abort(self.0);
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        state::is_done(self.0)
    }

    /// The id of the task.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.0.id()
    }
}

impl Clone for AbortHandle {
    fn clone(&self) -> Self {
        state::add_handle(self.0);
        Self(self.0)
    }
}

impl Drop for AbortHandle {
    fn drop(&mut self) {
        if state::drop_handle(self.0) {
            cell::free_task(self.0);
        }
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AbortHandle").field(&self.id()).finish()
    }
}

pub(super) fn abort(task: &'static TaskRecord) {
    if state::abort(task) {
        cell::schedule(task);
    }
}
