//! A primitive's one lock, and the sleepers that are woken once it is released.

use std::fmt;
use std::mem;
use std::task::Waker;

use wakeful_diagnostics::names::{Op, Site};
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
#[derive(Debug, Default)]
#[must_use = "sleepers are woken when this is dropped: keep it until the lock is released"]
pub struct Wakes(Calls);

/// Most critical sections wake nobody or one: that needs no allocation, and one comparison.
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
    Wake(Sleeper),
    /// The task is marked as woken, and is to be queued.
    Queue(&'static TaskRecord),
    /// All of it; then it is to be seen whether the waker reached the task that was granted
    /// something.
    Land(Waker, &'static TaskRecord),
    /// The task that was granted something is over.
    LookAt(&'static TaskRecord),
}

/// To whom something was granted: a task, and which of those that had its record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grantee {
    pub(super) task: &'static TaskRecord,
    /// What the task waits for, and since which line.
    pub(super) wait: Option<(Op, Site)>,
    generation: u32,
}

impl Grantee {
    /// Strikes the grant from the ledger.
    pub(super) fn settle(self) {
        if self.task.generation() == self.generation {
            self.task.settle();
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
    /// Adds a sleeper.
    #[inline]
    pub fn push(&mut self, sleeper: Sleeper) {
        self.add(Call::Wake(sleeper));
    }

    /// Adds a sleeper to whom the resource with index `by` has granted something. Enters the grant,
    /// if there is a task to enter it for.
    #[inline]
    pub(super) fn grant(&mut self, parked: Parked, by: u32) -> Option<Grantee> {
        let wait = parked.told();
        let (sleeper, host) = parked.part();
        let (task, waker) = match (sleeper, host) {
            (Sleeper::Task(task), _) => (task, None),
            (Sleeper::Foreign(waker), Some(task)) => (task, Some(waker)),
            (sleeper, None) => {
                self.push(sleeper);
                return None;
            }
        };
        let grantee = Grantee { task, wait, generation: task.generation() };
        let entered = task.grant(by, waker.is_some());
        match waker {
            Some(waker) if entered => self.add(Call::Land(waker, task)),
            Some(waker) => self.push(Sleeper::Foreign(waker)),
            None if sleeper::notify(task) => self.add(Call::Queue(task)),
            None if recall::is_left_alone(task) => self.add(Call::LookAt(task)),
            None => {}
        }
        entered.then_some(grantee)
    }

    #[inline]
    fn add(&mut self, call: Call) {
        match self.0 {
            Calls::None => self.0 = Calls::One(call),
            _ => self.add_to_others(call),
        }
    }

    #[cold]
    fn add_to_others(&mut self, call: Call) {
        self.0 = match mem::take(&mut self.0) {
            Calls::None => Calls::One(call),
            Calls::One(first) => Calls::Many(vec![first, call]),
            Calls::Many(mut calls) => {
                calls.push(call);
                Calls::Many(calls)
            }
        };
    }
}

impl Call {
    #[inline]
    fn make(self) {
        match self {
            Self::Wake(sleeper) => sleeper.wake(),
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
        match mem::take(&mut self.0) {
            Calls::None => {}
            Calls::One(call) => call.make(),
            Calls::Many(calls) => calls.into_iter().for_each(Call::make),
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
