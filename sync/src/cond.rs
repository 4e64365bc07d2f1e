//! Waits for a change of what a mutex guards.
//!
//! A call of `notify_one` whose wait is not polled goes to the next in line who was there at the
//! call. *Strays* are waits from which a call was taken and which have not asked since; they wait,
//! so a call that finds nobody in line is kept for them: it is *back*.
//!
//! Invariants:
//! * each call has a number, and reaches only who joined the line before it;
//! * no more calls are back than there are strays;
//! * `last_all` is the number of the last `notify_all`; calls before it are over.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::registry::{Origin, Resource, Taken, TaskRecord};

use crate::mutex::{Lock, MutexGuard};
use crate::wait::{Inside, Line, Recalls, Room, Turn, Wakes, budget};

/// A condition variable: Go's `sync.Cond`.
///
/// A wait joins the line before it unlocks the mutex, so no call that comes after the look at the
/// condition is missed. Calls reach those who wait at that moment, in the order of their coming;
/// who comes later cannot take a call away from them. There are no wake-ups without a call, but the
/// condition may have changed again by the time the mutex is locked: wait in a loop.
///
/// A `Cond` is 56 bytes.
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
    door: Room<State>,
}

#[derive(Debug)]
struct State {
    line: Line<Place>,
    calls: u64,
    last_all: u64,
    /// The numbers of those that are back, in order.
    back: Vec<u64>,
    strays: usize,
}

#[derive(Debug)]
struct Place {
    /// Calls before it joined the line.
    joined: u64,
    call: Option<Call>,
}

/// By what a place in the line was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    One(u64),
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
        Self { resource: Resource::new(Kind::Cond, origin), door: Room::unentered() }
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
    /// [`notify_one`](Self::notify_one) that was meant for it goes to the next. So it does, if there
    /// is a next, when the wait was called and its task goes to sleep without polling it.
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
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        state.call_one(self.resource.index(), wakes);
        self.note(state);
    }

    /// Calls everybody who waits. The mutex need not be locked.
    pub fn notify_all(&self) {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        state.calls += 1;
        state.last_all = state.calls;
        state.back.clear();
        while state.line.serve(wakes, |place| place.call = Some(Call::All)).is_some() {}
        self.note(state);
    }

    fn enter(&self) -> Inside<'_, State> {
        self.door.enter(&self.resource).0
    }

    /// Tells the registry how many wait.
    fn note(&self, state: &State) {
        self.resource.record().takers.store(state.line.len() as u32, Relaxed);
    }

    fn poll_called(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<Call> {
        turn.settle();
        let mut inside = self.enter();
        let state = &mut *inside.state;
        if let Some(call) = state.ask(turn) {
            state.line.leave(turn);
            return Poll::Ready(call);
        }
        let joined = state.calls;
        let place = || Place { joined, call: None };
        let parked = state.line.park(turn, &self.resource, place, cx);
        self.note(state);
        parked
    }
}

impl State {
    const fn new() -> Self {
        Self { line: Line::new(), calls: 0, last_all: 0, back: Vec::new(), strays: 0 }
    }

    /// Calls whoever has waited longest. `by`: the resource.
    fn call_one(&mut self, by: u32, wakes: &mut Wakes) {
        self.calls += 1;
        self.call(self.calls, by, wakes);
    }

    /// As [`call_one`](Self::call_one), by the call with this number.
    fn call(&mut self, number: u64, by: u32, wakes: &mut Wakes) {
        let hand = |place: &mut Place| place.call = Some(Call::One(number));
        if self.line.grant(by, wakes, hand).is_none() {
            self.keep(number);
        }
    }

    /// Keeps a call for the strays, unless there is one for each.
    fn keep(&mut self, number: u64) {
        if self.back.len() < self.strays {
            let before = self.back.partition_point(|&other| other < number);
            self.back.insert(before, number);
        }
    }

    /// By what a wait was called, if it was.
    fn ask(&mut self, turn: &Turn) -> Option<Call> {
        let is_stray = self.line.is_recalled(turn);
        self.strays -= usize::from(is_stray);
        let place = self.line.slot(turn)?;
        if !is_stray {
            return place.call;
        }
        let joined = place.joined;
        if self.last_all > joined {
            return Some(Call::All);
        }
        let mine = self.back.iter().position(|&number| number > joined)?;
        Some(Call::One(self.back.remove(mine)))
    }
}

impl Recalls for State {
    fn empty() -> Self {
        Self::new()
    }

    fn recall(&mut self, from: &'static TaskRecord, own: u32, wakes: &mut Wakes) -> (Taken, bool) {
        let mut numbers = Vec::new();
        let taken = self.line.recall(from, |place| match place.call.take() {
            Some(Call::One(number)) => numbers.push(number),
            call => place.call = call,
        });
        self.strays += taken.count;
        for number in numbers {
            let was_there = self.line.first().is_some_and(|next| next.joined < number);
            if was_there {
                self.call(number, own, wakes);
            } else if number > self.last_all {
                self.keep(number);
            }
        }
        (taken, false)
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
                    *owes = matches!(ready!(cond.poll_called(turn, cx)), Call::One(_));
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
            let mut inside = self.cond.enter();
            let Inside { state, wakes } = &mut inside;
            // A stray leaves what is back to the others, unless it is one too many.
            state.strays -= usize::from(state.line.is_recalled(&self.turn));
            let call = state.line.leave(&mut self.turn).and_then(|place| place.call);
            let too_many = state.back.len() > state.strays;
            if too_many {
                state.back.pop();
            }
            if matches!(call, Some(Call::One(_))) || self.owes || too_many {
                state.call_one(self.cond.resource.index(), wakes);
            }
            self.cond.note(state);
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
