//! The wheels of a runtime: one for each of a few threads, so that they seldom meet.
//!
//! Invariants:
//! * `earliest` is not after the deadline of any linked entry; it may be before all of them,
//!   because leaving does not look for the next one. The price is one idle look per deadline left;
//! * `watched` counts the linked entries that somebody sleeps on or that will call somebody, and
//!   those that fired whose sleepers are not yet awake; who asks whether all sleep reads it after it
//!   has seen that the thread which wrote it last is asleep, so it is written by plain stores;
//! * sleepers wake, and callbacks run, while no lock is held;
//! * `handles` counts the entries and callbacks that know the shard. It outlives its runtime until
//!   there are none, and then serves another one.
//!
//! A shard is never freed, as no record of the registry is: a sleep refers to it without the two locked
//! instructions, 17 ns, that a counted reference costs it; the count under the lock, which it takes
//! anyway, is two plain ones.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use wakeful_sync::shim::{AtomicU64, AtomicUsize, Mutex, MutexGuard};
use wakeful_sync::wait::{Parked, Sleeper};

use super::Ticks;
use super::bell::Bell;
use super::wheel::Wheel;

/// More wheels than this are not worth the look at each of them before a sleep.
const MOST_SHARDS: usize = 16;

/// So many entries fire under one hold of a shard's lock.
const BATCH: usize = if cfg!(loom) { 2 } else { 256 };

/// What runs when a callback's deadline has come; it is told the deadline.
pub(super) type Call = Arc<dyn Fn(Instant) + Send + Sync>;

/// Every deadline of a runtime.
#[derive(Debug)]
pub(crate) struct Timers {
    shards: Box<[&'static Shard]>,
}

/// One wheel behind a lock.
#[repr(align(128))]
pub(crate) struct Shard {
    state: Mutex<State>,
    earliest: AtomicU64,
    watched: AtomicUsize,
}

/// Shards that no runtime has, and nobody knows.
static IDLE: std::sync::Mutex<Vec<&'static Shard>> = std::sync::Mutex::new(Vec::new());

/// Threads are numbered as they first enter a deadline, so that neighbours differ.
mod threads {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static NEXT: AtomicUsize = AtomicUsize::new(0);

    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn number() -> usize {
        NUMBER.try_with(|number| *number).unwrap_or(0)
    }
}

pub(super) struct State {
    pub(super) wheel: Wheel<Work>,
    pub(super) shut: bool,
    /// `None` once the runtime is gone.
    bell: Option<Arc<Bell>>,
    handles: usize,
}

/// What an entry is for.
pub(super) enum Work {
    /// Wakes whoever sleeps until the deadline. Where there is no entry any more, who was given up may
    /// still lie here, with nothing left in it that would have to be dropped.
    Wake(Option<Parked>),
    /// Calls, and if there is a period, again.
    Call { call: Call, period: Option<u64>, detached: bool },
}

/// What is to be done for an entry whose deadline has come.
pub(crate) enum Fired {
    /// Nobody polled it since its last deadline.
    Nobody,
    /// Somebody is to be woken.
    Wake(Sleeper),
    /// Somebody is to be called, and told the deadline.
    Call(Arc<dyn Fn(Instant) + Send + Sync>, Instant),
}

impl Default for Work {
    fn default() -> Self {
        Self::Wake(None)
    }
}

impl Timers {
    /// No deadlines; `bell` rouses the driver when there is one that it would miss.
    #[must_use]
    pub(crate) fn new(bell: &Arc<Bell>) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let shards = if cfg!(loom) { 1 } else { threads.next_power_of_two().min(MOST_SHARDS) };
        Self { shards: (0..shards).map(|_| Shard::with(Arc::clone(bell))).collect() }
    }

    /// The shard into which the calling thread enters its deadlines.
    #[inline]
    #[must_use]
    pub(crate) fn local(&self) -> &'static Shard {
        // Their number is a power of two: a division would be the dearest part of entering a deadline.
        self.shards[threads::number() & (self.shards.len() - 1)]
    }

    /// A tick before which nothing is due.
    #[must_use]
    pub(crate) fn earliest(&self) -> Ticks {
        let earliest = self.shards.iter().map(|shard| shard.earliest.load(Ordering::Acquire));
        Ticks(earliest.min().unwrap_or(u64::MAX))
    }

    /// The deadline that comes next.
    #[must_use]
    pub(crate) fn next_deadline(&self) -> Option<Ticks> {
        self.shards.iter().filter_map(|shard| shard.lock().wheel.earliest()).min().map(Ticks)
    }

    /// How many entries will wake or call somebody.
    #[must_use]
    pub(crate) fn watched(&self) -> usize {
        self.shards.iter().map(|shard| shard.watched.load(Ordering::SeqCst)).sum()
    }

    /// Fires what is due at `now`, and says how many entries that were. `room` is scratch memory.
    pub(crate) fn fire(&self, now: Ticks, room: &mut Vec<Fired>) -> usize {
        let mut fired = 0;
        for shard in &self.shards {
            while shard.earliest.load(Ordering::Acquire) <= now.0 {
                fired += shard.fire_some(now, room);
            }
        }
        fired
    }

    /// Forgets every deadline; whoever sleeps on one is not woken.
    pub(crate) fn shut_down(&self) {
        for shard in &self.shards {
            let mut state = shard.lock();
            state.shut = true;
            let works: Vec<Work> = state.wheel.values().map(std::mem::take).collect();
            shard.watched.store(0, Ordering::SeqCst);
            shard.earliest.store(u64::MAX, Ordering::Release);
            drop(state);
            // A callback's captives may do anything when they are dropped.
            drop(works);
        }
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.shut_down();
        for &shard in &self.shards {
            let mut state = shard.lock();
            state.bell = None;
            shard.rest(state);
        }
    }
}

impl Shard {
    /// A shard without deadlines, for the runtime of this bell.
    fn with(bell: Arc<Bell>) -> &'static Self {
        // What belongs to one run of a model cannot be used in another.
        let idle = if cfg!(loom) { None } else { idle().pop() };
        let shard = idle.unwrap_or_else(|| Box::leak(Box::new(Self::new())));
        let mut state = shard.lock();
        (state.shut, state.bell) = (false, Some(bell));
        drop(state);
        shard
    }

    fn new() -> Self {
        let state = State { wheel: Wheel::new(), shut: true, bell: None, handles: 0 };
        Self {
            state: Mutex::new(state),
            earliest: AtomicU64::new(u64::MAX),
            watched: AtomicUsize::new(0),
        }
    }

    /// Counts one who knows it.
    pub(super) fn join(&self, state: &mut State) {
        state.handles += 1;
    }

    /// Uncounts one who knows it, and gives up the lock.
    #[inline]
    pub(super) fn part(&'static self, mut state: MutexGuard<'_, State>) {
        state.handles -= 1;
        if state.shut {
            self.rest(state);
        }
    }

    /// Is there for another runtime, if nobody knows it any more.
    #[cold]
    fn rest(&'static self, mut state: MutexGuard<'_, State>) {
        if state.handles == 0 && state.bell.is_none() {
            let wheel = std::mem::replace(&mut state.wheel, Wheel::new());
            drop(state);
            drop(wheel);
            idle().push(self);
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Counts an entry that somebody began to sleep on, under the lock.
    pub(super) fn watch(&self, _under: &State) {
        self.watched.store(self.watched.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// Uncounts entries, under the lock.
    pub(super) fn unwatch(&self, state: &State, entries: usize) {
        if !state.shut {
            self.watched.store(self.watched.load(Ordering::Relaxed) - entries, Ordering::Release);
        }
    }

    /// Publishes a deadline entered under `state`, and rouses the driver if it would miss it.
    pub(super) fn publish(&self, state: MutexGuard<'_, State>, due: Ticks) {
        if due.0 >= self.earliest.load(Ordering::Relaxed) {
            return;
        }
        self.earliest.store(due.0, Ordering::Release);
        let bell = state.bell.clone();
        drop(state);
        if let Some(bell) = bell {
            bell.ring_before(due);
        }
    }

    fn fire_some(&self, now: Ticks, room: &mut Vec<Fired>) -> usize {
        let mut state = self.lock();
        let mut unwatched = 0;
        let mut fired = 0;
        while fired < BATCH {
            let Some(key) = state.wheel.pop(now.0) else { break };
            let (work, over) = state.expire(key, now);
            unwatched += usize::from(over);
            fired += 1;
            room.push(work);
        }
        self.earliest.store(state.wheel.next().unwrap_or(u64::MAX), Ordering::Release);
        drop(state);
        room.drain(..).for_each(Fired::fire);
        if unwatched > 0 {
            self.unwatch(&self.lock(), unwatched);
        }
        fired
    }
}

fn idle() -> std::sync::MutexGuard<'static, Vec<&'static Shard>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// What is to be done for an entry that left the wheel, and whether it was watched until now.
    fn expire(&mut self, key: u32, now: Ticks) -> (Fired, bool) {
        let tick = self.wheel.tick(key);
        match self.wheel.value(key) {
            Work::Wake(parked) => match parked.take() {
                Some(parked) => (Fired::Wake(parked.rouse()), true),
                None => (Fired::Nobody, false),
            },
            Work::Call { call, period, detached } => {
                let deadline = Ticks(tick).instant().unwrap_or_else(Instant::now);
                let fired = Fired::Call(Arc::clone(call), deadline);
                match *period {
                    // As in Go: a late ticker leaves out what it missed and keeps its beat.
                    Some(period) => {
                        let missed = (now.0 - tick) / period;
                        let next = tick.saturating_add(period.saturating_mul(missed + 1));
                        self.wheel.reset(key, next.min(Ticks::LAST.0));
                        (fired, false)
                    }
                    None => {
                        if *detached {
                            // What it captured is dropped by whoever calls it.
                            drop(self.wheel.remove(key, std::mem::take));
                        }
                        (fired, true)
                    }
                }
            }
        }
    }
}

impl Fired {
    fn fire(self) {
        match self {
            Self::Nobody => {}
            Self::Wake(sleeper) => sleeper.wake(),
            Self::Call(call, deadline) => call(deadline),
        }
    }
}

impl fmt::Debug for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shard").field("watched", &self.watched).finish_non_exhaustive()
    }
}

impl fmt::Debug for Fired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Wake(_) => "Wake",
            Self::Call(..) => "Call",
        })
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::ptr;
    use std::time::Duration;

    use super::*;
    use crate::timers::call_at;

    #[test]
    fn a_shard_that_somebody_knows_serves_no_other_runtime() {
        let timers = || Timers::new(&Arc::new(Bell::new(None)));
        let (first, soon) = (timers(), Instant::now() + Duration::from_secs(60));
        let (called, shard) = (call_at(&first, soon, |_| {}), first.local());
        drop(first);
        for _ in 0..3 {
            assert!(timers().shards.iter().all(|other| !ptr::eq(*other, shard)));
        }
        assert!(!called.is_due() && !called.stop());
        let later = timers();
        assert_eq!((later.watched(), later.next_deadline()), (0, None));
    }
}
