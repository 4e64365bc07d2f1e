//! A primitive's one lock, and the sleepers that are woken once it is released.

use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::task::Waker;

use wakeful_diagnostics::registry::TaskRecord;

use super::{Parked, Sleeper, recall, sleeper};
use crate::shim;

/// The state of one primitive, behind its only lock.
pub struct Door<S>(shim::Mutex<S>);

/// The inside of a [`Door`].
///
/// Fields drop in order: the lock is released first, and only then are the sleepers woken.
pub struct Inside<'a, S> {
    /// The state.
    pub state: shim::MutexGuard<'a, S>,
    /// Whom to wake on the way out.
    pub wakes: Wakes,
}

/// Sleepers to be woken when this is dropped.
///
/// Most critical sections wake nobody, or one task of the house: that is one word, and it takes one
/// comparison to know that there is no more.
#[derive(Debug, Default)]
#[must_use = "sleepers are woken when this is dropped: keep it until the lock is released"]
pub struct Wakes {
    /// A task that is marked as woken, and is to be queued before all else.
    first: Option<&'static TaskRecord>,
    /// Nothing is left here when this goes, so there is nothing to be dropped.
    others: ManuallyDrop<Calls>,
}

/// The one task that was served, where nobody else can have been.
#[derive(Debug)]
#[must_use = "a task that is marked as woken has to be queued, once the lock is released"]
pub struct Woken {
    task: &'static TaskRecord,
    is_due: bool,
}

impl Woken {
    /// Marks a task as woken that was granted something.
    #[inline]
    pub(super) fn mark(task: &'static TaskRecord) -> Self {
        Self { task, is_due: task.notify() }
    }

    /// Wakes it, once the lock is released.
    #[inline]
    pub fn wake(self) {
        if self.is_due {
            sleeper::schedule(self.task);
        } else if recall::is_left_alone(self.task) {
            recall::look_at(self.task);
        }
    }
}

/// None or one needs no allocation.
#[derive(Debug, Default)]
enum Calls {
    #[default]
    None,
    One(Call),
    Many(Vec<Call>),
}

/// What is left to do to wake one.
#[derive(Debug)]
enum Call {
    /// All of it.
    Wake(Waker),
    /// The task is marked as woken, and is to be queued.
    Queue(&'static TaskRecord),
    /// All of it; then it is to be seen whether the waker reached the task that was granted
    /// something.
    Land(Waker, &'static TaskRecord),
    /// The task that was granted something is over.
    LookAt(&'static TaskRecord),
}

/// Where it is written down that something was granted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Entry {
    /// In the slot of the wait that is over.
    Slot,
    /// In the ledger of the task, when its record had this generation.
    Ledger(u32),
}

impl Entry {
    /// Strikes the grant out; what was `granted` is dropped after that.
    #[inline]
    pub(super) fn settle(self, granted: &Parked) {
        if let Self::Ledger(generation) = self {
            Self::strike(generation, granted);
        }
    }

    #[cold]
    fn strike(generation: u32, granted: &Parked) {
        if let Some(task) = granted.host().filter(|task| task.generation() == generation) {
            task.settle();
        }
    }
}

impl<S> Door<S> {
    /// A door with nobody inside.
    pub const fn new(state: S) -> Self {
        Self(shim::Mutex::new(state))
    }

    /// Takes the lock.
    #[inline]
    pub fn enter(&self) -> Inside<'_, S> {
        Inside { state: self.0.lock(), wakes: Wakes::default() }
    }

    /// The state, of which there is no other user.
    pub fn into_inner(self) -> S {
        self.0.into_inner()
    }
}

impl Wakes {
    /// Adds a sleeper. A task is marked as woken at once.
    #[inline]
    pub fn push(&mut self, sleeper: Sleeper) {
        match sleeper {
            Sleeper::Task(task) => self.push_task(task),
            Sleeper::Foreign(waker) => self.add(Call::Wake(waker)),
        }
    }

    /// Adds a task, which is marked as woken at once.
    #[inline]
    pub(super) fn push_task(&mut self, task: &'static TaskRecord) {
        if task.notify() {
            self.queue(task);
        }
    }

    /// Ends a wait, because the resource with index `by` has granted what it was for. What is left
    /// in `parked` stands for the grant; it goes if there is no task to enter it for.
    #[inline]
    pub(super) fn grant(&mut self, parked: &mut Option<Parked>, by: u32) -> Option<Entry> {
        match parked.as_ref().and_then(|parked| parked.grant(by)) {
            Some(task) => {
                self.notify(task);
                Some(Entry::Slot)
            }
            None => self.grant_by_ledger(parked, by),
        }
    }

    #[inline(never)]
    fn grant_by_ledger(&mut self, place: &mut Option<Parked>, by: u32) -> Option<Entry> {
        let parked = place.take()?;
        let Some(task) = parked.host() else {
            self.push(parked.serve());
            return None;
        };
        let (sleeper, remains) = parked.part(task);
        let generation = task.generation();
        let is_foreign = matches!(sleeper, Sleeper::Foreign(_));
        let entered = task.grant(by, is_foreign);
        match sleeper {
            Sleeper::Foreign(waker) if entered => self.add(Call::Land(waker, task)),
            Sleeper::Foreign(waker) => self.add(Call::Wake(waker)),
            Sleeper::Task(task) => self.notify(task),
        }
        if entered {
            *place = Some(remains);
        }
        entered.then_some(Entry::Ledger(generation))
    }

    /// The task was granted something: it is marked as woken.
    #[inline]
    fn notify(&mut self, task: &'static TaskRecord) {
        if task.notify() {
            self.queue(task);
        } else if recall::is_left_alone(task) {
            self.add(Call::LookAt(task));
        }
    }

    #[inline]
    fn queue(&mut self, task: &'static TaskRecord) {
        match (self.first, &*self.others) {
            (None, Calls::None) => self.first = Some(task),
            _ => self.add(Call::Queue(task)),
        }
    }

    #[cold]
    fn add(&mut self, call: Call) {
        *self.others = match mem::take(&mut *self.others) {
            Calls::None => Calls::One(call),
            Calls::One(first) => Calls::Many(vec![first, call]),
            Calls::Many(mut calls) => {
                calls.push(call);
                Calls::Many(calls)
            }
        };
    }

    #[cold]
    fn call_others(&mut self) {
        match mem::take(&mut *self.others) {
            Calls::None => {}
            Calls::One(call) => call.make(),
            Calls::Many(calls) => calls.into_iter().for_each(Call::make),
        }
    }
}

impl Call {
    fn make(self) {
        match self {
            Self::Wake(waker) => waker.wake(),
            Self::Queue(task) => sleeper::schedule(task),
            Self::Land(waker, task) => land(waker, task),
            Self::LookAt(task) => recall::look_at(task),
        }
    }
}

/// Wakes by a waker that may not reach the task.
fn land(waker: Waker, task: &'static TaskRecord) {
    struct Landed(&'static TaskRecord);
    impl Drop for Landed {
        fn drop(&mut self) {
            self.0.landed();
        }
    }
    {
        // Also if the waker panics.
        let _landed = Landed(task);
        waker.wake();
    }
    recall::total_order();
    if task.has_grants() && recall::is_left_alone(task) {
        recall::look_at(task);
    }
}

impl Drop for Wakes {
    #[inline]
    fn drop(&mut self) {
        if let Some(task) = self.first {
            sleeper::schedule(task);
        }
        if !matches!(*self.others, Calls::None) {
            self.call_others();
        }
    }
}

impl<S> fmt::Debug for Door<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Inside<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").field("wakes", &self.wakes).finish_non_exhaustive()
    }
}
