//! A counter, and those who wait for it to be zero.
//!
//! Invariants:
//! * `WAITING` is set inside the door only, while the counter is not zero; it is cleared inside the
//!   door once the counter is zero;
//! * somebody sleeps only while `WAITING` is set;
//! * while `WAITING` is set, the registry's `level` follows the counter: whoever changes the one
//!   adds the same to the other.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::memory::{self, Mark, side};
use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::registry::{Origin, Resource};

use super::spawn::{self, Spawned};
use super::token::Token;
use super::tracked::Tracked;
use crate::shim::AtomicUsize;
use crate::wait::{Door, Inside, Line, Turn, budget};

/// Somebody waits.
const WAITING: usize = 1;
/// One that is not done yet; the counter lies above the flag.
const ONE: usize = 2;

/// Waits until a group of tasks is done: Go's `sync.WaitGroup`.
///
/// A clone is another handle of the same group. The counter starts at zero. What is counted with
/// [`spawn`](Self::spawn), [`track`](Self::track) or [`token`](Self::token) is counted off whatever
/// happens to it, a panic included; [`add`](Self::add) and [`done`](Self::done) are there for code
/// that is written after Go. A group may be used again once its counter is zero; other than in Go
/// it does not matter whether everybody who waited has noticed.
///
/// A `WaitGroup` is 24 bytes; the group it belongs to takes 128 bytes of the heap.
///
/// # Examples
///
/// ```
/// let group = wakeful_sync::WaitGroup::new();
/// let work = group.track(async { 2 + 2 });
/// let worker = std::thread::spawn(|| futures::executor::block_on(work));
/// futures::executor::block_on(group.wait());
/// assert_eq!(worker.join().unwrap(), 4);
/// ```
#[repr(C)]
pub struct WaitGroup {
    shared: Arc<Shared>,
    /// It is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    mark: Mark,
}

struct Shared {
    word: AtomicUsize,
    resource: Resource,
    door: Door<Line<()>>,
}

/// The future of [`WaitGroup::wait`]: 32 bytes.
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Wait<'a> {
    group: &'a WaitGroup,
    turn: Turn,
}

impl WaitGroup {
    /// Creates a group whose counter is zero.
    #[track_caller]
    #[must_use]
    pub fn new() -> Self {
        Self::with(Origin { site: Site::caller(), name: None })
    }

    /// Creates a group that goes by `name` in reports.
    #[track_caller]
    #[must_use]
    pub fn named(name: &'static str) -> Self {
        Self::with(Origin { site: Site::caller(), name: Some(name) })
    }

    fn with(origin: Origin) -> Self {
        let resource = Resource::new(Kind::WaitGroup, origin);
        let shared = Shared { word: AtomicUsize::new(0), resource, door: Door::new(Line::new()) };
        Self::of(Arc::new(shared))
    }

    fn of(shared: Arc<Shared>) -> Self {
        Self { shared, mark: Mark::new(side::BOTH) }
    }

    /// What the pointer in each clone says.
    #[inline]
    fn points_to(&self) -> usize {
        memory::points_to(&*self.shared)
    }

    /// Adds `count` to the counter: so many more calls of [`done`](Self::done) until nobody waits.
    ///
    /// # Panics
    ///
    /// If the counter has just become zero and those who waited for it are about to be woken: that
    /// `add` races with their `wait`. Call it before `wait`, or from something that is counted.
    #[inline]
    #[track_caller]
    pub fn add(&self, count: usize) {
        let Shared { word, resource, .. } = &*self.shared;
        let mut seen = word.load(Relaxed);
        loop {
            assert!(
                seen != WAITING || count == 0,
                "WaitGroup::add: called while `wait` returns (the counter has just become 0); call \
                 `add` before `wait`, or from a task that is counted"
            );
            let Some(sum) = count.checked_mul(ONE).and_then(|more| seen.checked_add(more)) else {
                panic!("WaitGroup::add: the counter overflows; pair each `add(1)` with one `done`");
            };
            match word.compare_exchange(seen, sum, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(now) => seen = now,
            }
        }
        if seen & WAITING != 0 {
            resource.record().level.fetch_add(count as i64, Relaxed);
        }
    }

    /// Subtracts one from the counter; at zero, everybody who waits goes on.
    ///
    /// # Panics
    ///
    /// If the counter is zero.
    #[inline]
    #[track_caller]
    pub fn done(&self) {
        let Shared { word, resource, .. } = &*self.shared;
        let mut seen = word.load(Relaxed);
        loop {
            assert!(
                seen >= ONE,
                "WaitGroup::done: called more often than `add` (the counter would be -1); pair \
                 each `add(1)` with one `done`, or use `token`"
            );
            // Acquire and release: whoever waits must see what everybody did before `done`.
            match word.compare_exchange(seen, seen - ONE, AcqRel, Relaxed) {
                Ok(_) => break,
                Err(now) => seen = now,
            }
        }
        if seen & WAITING != 0 {
            resource.record().level.fetch_sub(1, Relaxed);
            if seen == ONE | WAITING {
                self.shared.finish();
            }
        }
    }

    /// Waits until the counter is zero; returns at once if it is.
    ///
    /// What was done before each [`done`](Self::done) is seen by whoever waited.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the group.
    ///
    /// # In reports
    ///
    /// `waitgroup wait`
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> Wait<'_> {
        Wait { group: self, turn: Turn::new(Op::WaitGroup) }
    }

    /// Counts one more, until the token is dropped.
    ///
    /// # Panics
    ///
    /// As [`add`](Self::add).
    ///
    /// # Examples
    ///
    /// ```
    /// let group = wakeful_sync::WaitGroup::new();
    /// let token = group.token();
    /// assert_eq!(group.count(), 1);
    /// drop(token);
    /// assert_eq!(group.count(), 0);
    /// ```
    #[track_caller]
    pub fn token(&self) -> Token {
        self.add(1);
        Token::of(self.clone())
    }

    /// Counts one more, from now until `future` is ready or dropped.
    ///
    /// While it is being polled, the task that polls it is known to owe the group an end: a group
    /// all of whose members are such tasks can be shown to be stuck.
    ///
    /// # Panics
    ///
    /// As [`add`](Self::add).
    #[track_caller]
    pub fn track<F: Future>(&self, future: F) -> Tracked<F> {
        Tracked::of(future, self.token(), Site::caller())
    }

    /// Spawns a task that is counted until it has ended: Go's `WaitGroup.Go`.
    ///
    /// There is no handle to await it by: the group is. For the outputs of tasks, or their errors,
    /// use a `JoinSet` or a `Group`. Other than in Go a panic of the task counts it off, and ends
    /// nothing but the task.
    ///
    /// # Panics
    ///
    /// Outside a runtime, and as [`add`](Self::add).
    #[track_caller]
    pub fn spawn<F: Future<Output = ()> + Send + 'static>(&self, future: F) {
        let how = Spawned { site: Site::caller(), type_name: std::any::type_name::<F> };
        spawn::spawn(self.track(future), how);
    }

    /// Returns the counter. It may have changed by the time you look at it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.word.load(Acquire) / ONE
    }

    pub(super) fn resource(&self) -> &Resource {
        &self.shared.resource
    }
}

impl Shared {
    /// Lets everybody go. The counter is zero, and stays so as long as `WAITING` is set.
    #[cold]
    fn finish(&self) {
        let mut inside = self.door.enter();
        let Inside { state: line, wakes } = &mut inside;
        self.word.fetch_and(!WAITING, Relaxed);
        while line.serve(wakes, |()| ()).is_some() {}
        self.resource.record().takers.store(0, Relaxed);
    }

    #[cold]
    fn poll_line(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<()> {
        turn.settle();
        let mut inside = self.door.enter();
        let line = &mut inside.state;
        if line.is_served(turn) {
            line.leave(turn);
            return Poll::Ready(());
        }
        if !turn.is_in_line() {
            let record = self.resource.record();
            let mut seen = self.word.load(Acquire);
            while seen & WAITING == 0 {
                if seen < ONE {
                    return Poll::Ready(());
                }
                match self.word.compare_exchange(seen, seen | WAITING, Relaxed, Acquire) {
                    Ok(_) => {
                        record.level.fetch_add((seen / ONE) as i64, Relaxed);
                        break;
                    }
                    Err(now) => seen = now,
                }
            }
            record.takers.store(line.len() as u32 + 1, Relaxed);
        }
        line.park(turn, &self.resource, || (), cx)
    }
}

impl Future for Wait<'_> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(budget::proceed(cx));
        let Self { group, turn } = &mut *self;
        if turn.is_in_line() || group.shared.word.load(Acquire) >= ONE {
            ready!(group.shared.poll_line(turn, cx));
        }
        budget::spend();
        Poll::Ready(())
    }
}

impl Drop for Wait<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.turn.is_in_line() {
            let shared = &*self.group.shared;
            let mut inside = shared.door.enter();
            inside.state.leave(&mut self.turn);
            shared.resource.record().takers.store(inside.state.len() as u32, Relaxed);
        }
    }
}

impl Clone for WaitGroup {
    fn clone(&self) -> Self {
        self.mark.cloned(self.points_to());
        Self::of(Arc::clone(&self.shared))
    }
}

impl Drop for WaitGroup {
    #[inline]
    fn drop(&mut self) {
        self.mark.dropped(self.points_to());
    }
}

impl Default for WaitGroup {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WaitGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitGroup").field("count", &self.count()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Wait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("turn", &self.turn).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom), target_arch = "x86_64"))]
mod tests {
    use super::*;

    /// Stated in the docs of `WaitGroup`; the heap's share is two counts more.
    #[test]
    fn a_group_takes_128_bytes() {
        assert_eq!(size_of::<Shared>() + 2 * size_of::<usize>(), 128);
    }
}
