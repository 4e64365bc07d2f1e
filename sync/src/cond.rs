//! Waits for a change of what a mutex guards.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::registry::{Origin, Resource};

use crate::mutex::{Lock, MutexGuard};
use crate::wait::{Door, Inside, Line, Turn, Wakes, budget};

/// A condition variable: Go's `sync.Cond`.
///
/// A wait joins the line before it unlocks the mutex, so no call that comes after the look at the
/// condition is missed. Calls reach those who wait at that moment, in the order of their coming;
/// who comes later cannot take a call away from them. There are no wake-ups without a call, but the
/// condition may have changed again by the time the mutex is locked: wait in a loop.
///
/// A `Cond` is 96 bytes.
///
/// # Examples
///
/// ```
/// use wakeful_sync::{Cond, Mutex};
///
/// static JOBS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
/// static FILLED: Cond = Cond::new();
///
/// async fn job() -> u32 {
///     let mut jobs = JOBS.lock().await;
///     loop {
///         match jobs.pop() {
///             Some(job) => return job,
///             None => jobs = FILLED.wait(jobs).await,
///         }
///     }
/// }
/// # let worker = std::thread::spawn(|| futures::executor::block_on(job()));
/// # futures::executor::block_on(JOBS.lock()).push(7);
/// # FILLED.notify_one();
/// # assert_eq!(worker.join().unwrap(), 7);
/// ```
pub struct Cond {
    resource: Resource,
    door: Door<Line<Call>>,
}

/// By what a place in the line was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    /// Not yet.
    None,
    One,
    All,
}

/// The future of [`Cond::wait`]: 72 bytes.
#[must_use = "futures do nothing unless you `.await` them"]
pub struct CondWait<'a, T: ?Sized> {
    cond: &'a Cond,
    turn: Turn,
    stage: Stage<'a, T>,
    /// It was called by `notify_one`, and has not returned.
    owes: bool,
}

enum Stage<'a, T: ?Sized> {
    /// Not polled yet: the mutex is still locked.
    Holding(MutexGuard<'a, T>),
    Waiting(&'a crate::Mutex<T>),
    Locking(Lock<'a, T>),
    Over,
}

impl Cond {
    /// Creates a condition variable for which nobody waits.
    #[track_caller]
    #[must_use]
    pub const fn new() -> Self {
        Self::with(Origin { site: Site::caller(), name: None })
    }

    /// Creates a condition variable that goes by `name` in reports.
    #[track_caller]
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self::with(Origin { site: Site::caller(), name: Some(name) })
    }

    const fn with(origin: Origin) -> Self {
        Self { resource: Resource::new(Kind::Cond, origin), door: Door::new(Line::new()) }
    }

    /// Unlocks the mutex, waits for a call, and locks the mutex again.
    ///
    /// Nothing happens before the first poll: until then the mutex stays locked.
    ///
    /// # Panics
    ///
    /// If it is polled again after it has returned.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line, and leaves the mutex unlocked. A
    /// [`notify_one`](Self::notify_one) that was meant for it goes to the next.
    ///
    /// # In reports
    ///
    /// `cond wait`, and `mutex lock` once it was called.
    #[track_caller]
    pub fn wait<'a, T: ?Sized>(&'a self, guard: MutexGuard<'a, T>) -> CondWait<'a, T> {
        let turn = Turn::new(Op::CondWait);
        CondWait { cond: self, turn, stage: Stage::Holding(guard), owes: false }
    }

    /// Calls whoever has waited longest. The mutex need not be locked.
    pub fn notify_one(&self) {
        let mut inside = self.door.enter();
        let Inside { state: line, wakes } = &mut inside;
        self.call_one(line, wakes);
    }

    /// Calls everybody who waits. The mutex need not be locked.
    pub fn notify_all(&self) {
        let mut inside = self.door.enter();
        let Inside { state: line, wakes } = &mut inside;
        while line.serve(wakes, |call| *call = Call::All).is_some() {}
        self.note(line);
    }

    fn call_one(&self, line: &mut Line<Call>, wakes: &mut Wakes) {
        if line.serve(wakes, |call| *call = Call::One).is_some() {
            self.note(line);
        }
    }

    /// Tells the registry how many wait.
    fn note(&self, line: &Line<Call>) {
        self.resource.record().takers.store(line.len() as u32, Relaxed);
    }

    fn poll_called(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<Option<Call>> {
        turn.settle();
        let mut inside = self.door.enter();
        let line = &mut *inside.state;
        if line.is_served(turn) {
            return Poll::Ready(line.leave(turn));
        }
        let parked = line.park(turn, &self.resource, || Call::None, cx);
        self.note(line);
        parked
    }
}

impl<'a, T: ?Sized> Future for CondWait<'a, T> {
    type Output = MutexGuard<'a, T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { cond, turn, stage, owes } = &mut *self;
        loop {
            match stage {
                Stage::Holding(guard) => {
                    let mutex = MutexGuard::mutex(guard);
                    // Into the line first, then out of the mutex.
                    let _: Poll<_> = cond.poll_called(turn, cx);
                    *stage = Stage::Waiting(mutex);
                    return Poll::Pending;
                }
                Stage::Waiting(mutex) => {
                    ready!(budget::proceed(cx));
                    *owes = ready!(cond.poll_called(turn, cx)) == Some(Call::One);
                    *stage = Stage::Locking(mutex.lock_at(turn.site()));
                }
                Stage::Locking(lock) => {
                    let guard = ready!(Pin::new(lock).poll(cx));
                    *owes = false;
                    *stage = Stage::Over;
                    return Poll::Ready(guard);
                }
                Stage::Over => panic!(
                    "CondWait: polled after it has returned; call `Cond::wait` for each wait"
                ),
            }
        }
    }
}

impl<T: ?Sized> Drop for CondWait<'_, T> {
    fn drop(&mut self) {
        if self.turn.is_in_line() || self.owes {
            let mut inside = self.cond.door.enter();
            let Inside { state: line, wakes } = &mut inside;
            if line.leave(&mut self.turn) == Some(Call::One) || self.owes {
                self.cond.call_one(line, wakes);
            }
            self.cond.note(line);
        }
    }
}

impl Default for Cond {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Cond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cond").finish_non_exhaustive()
    }
}

impl<T: ?Sized> fmt::Debug for CondWait<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CondWait").field("turn", &self.turn).finish_non_exhaustive()
    }
}
