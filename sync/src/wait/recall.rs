//! Taking back what a task was granted and then stops polling for.
//!
//! A lock, permit or value that was handed to a sleeping future is its task's until the future
//! collects it. If the task goes to sleep again without that, nobody is coming for it: its wake was
//! spent on a poll that ran past the future (a `select!` by reference, a stream whose body awaits),
//! or was swallowed by a combinator that is itself not polled. So at that moment the grant is taken
//! back and passed on. The future keeps its position in line, and asks again when it is polled.
//!
//! So it is with locks, permits, the right to initialize, values of channels, and the calls of
//! `Notify` and `Cond`. The other channels need none of it: a oneshot's value has one receiver; what
//! `watch` and `broadcast` show stays where it is, for each receiver that looks; and so do the ends
//! of a wait group, a barrier or a context.
//!
//! Invariants:
//! * a grant stands in its task's record, in the slot of the wait that it ended or in the ledger, from
//!   inside the door until it is collected or taken back;
//! * a task of the house that is granted something is marked as woken after that, inside the same
//!   door, so a task that went to sleep unmarked has had a poll since each of its grants, and sees them;
//! * any other waker is called outside the door, and until then the ledger says that a wake is in
//!   flight, in which case nobody takes anything back. Whoever delivers the last such wake looks at
//!   the task, as the task does when it falls asleep; both are sequentially consistent, so at least
//!   one of them finds a task asleep with a grant;
//! * a task whose poll waits in a `block_on` is as good as asleep, whether it is woken or not: it
//!   is marked *paused* before that, and then looked at;
//! * what is taken back is under the granter's own door, and is looked at again there.

use std::cell::{Cell, RefCell};
use std::sync::atomic::Ordering::SeqCst;

use wakeful_diagnostics::registry::{TaskRecord, recaller, word};

use crate::shim::{self, fence};

shim::thread_local! {
    /// Tasks to look at, while this thread is looking at one. To loom, too, each thread has its own:
    /// what another one left there it would be given without the order that the other one saw.
    #[allow(clippy::missing_const_for_thread_local, reason = "loom's macro knows no `const`")]
    static DUE: RefCell<Option<Vec<&'static TaskRecord>>> = RefCell::new(None);
}

thread_local! {
    /// The root whose poll has just ended on this thread, though it has not gone to sleep yet.
    static ENDED: Cell<Option<&'static TaskRecord>> = const { Cell::new(None) };
}

/// A task has gone to sleep, with no wake pending.
#[inline]
pub fn asleep(task: &'static TaskRecord) {
    total_order();
    if task.has_grants() {
        look_at(task);
    }
}

/// The poll of a root has ended on this thread: it will not be polled again before it is woken,
/// though its word does not say so yet.
#[inline]
pub fn root_polled(task: &'static TaskRecord) {
    if task.has_grants() {
        let before = ENDED.replace(Some(task));
        look_at(task);
        ENDED.set(before);
    }
}

/// The poll of a task begins to wait for another one's, on its own thread; then [`resume`].
pub fn pause(task: &'static TaskRecord) {
    task.word.fetch_or(word::PAUSED, SeqCst);
    total_order();
    if task.has_grants() {
        look_at(task);
    }
}

/// The poll of a task that was paused goes on.
pub fn resume(task: &'static TaskRecord) {
    task.word.fetch_and(!word::PAUSED, SeqCst);
}

/// Whether nobody polls the task, or will before it is woken again.
#[must_use]
pub fn is_left_alone(task: &'static TaskRecord) -> bool {
    let seen = task.word.load(SeqCst);
    let ended = ENDED.try_with(Cell::get).ok().flatten();
    let awake = match ended {
        Some(ended) if std::ptr::eq(ended, task) => word::NOTIFIED,
        _ => word::NOTIFIED | word::RUNNING,
    };
    seen & (word::DONE | word::PAUSED) != 0 || seen & awake == 0
}

/// To loom, sequential consistency is a matter of fences alone.
#[inline]
pub(super) fn total_order() {
    if cfg!(loom) {
        fence(SeqCst);
    }
}

/// Takes back what the task was granted, and goes on with whoever is found asleep because of that.
#[cold]
pub(super) fn look_at(task: &'static TaskRecord) {
    let first = DUE.try_with(|due| match &mut *due.borrow_mut() {
        Some(more) => {
            more.push(task);
            false
        }
        none => {
            *none = Some(Vec::new());
            true
        }
    });
    // On a thread that is ending, chains of recalls nest.
    if matches!(first, Ok(false)) {
        return;
    }
    struct Over;
    impl Drop for Over {
        fn drop(&mut self) {
            let _ = DUE.try_with(|due| due.replace(None));
        }
    }
    let _over = Over;
    let mut next = Some(task);
    while let Some(task) = next {
        if task.has_grants() && is_left_alone(task) {
            let before = wakeful_diagnostics::before_taking_back(task);
            for by in task.granted_by() {
                let Some(granter) = recaller(by) else { continue };
                let (taken, finish) = granter.recall(task);
                if taken.count > 0 {
                    wakeful_diagnostics::taken_back(before.as_ref(), by, taken);
                }
                finish();
            }
        }
        next = DUE.try_with(|due| due.borrow_mut().as_mut().and_then(Vec::pop)).ok().flatten();
    }
}
