//! Lets a number of tasks go on together.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::registry::{Origin, Resource};

use crate::wait::{Door, Inside, Line, Turn, budget};

/// Lets a number of tasks go on together, once the last of them has come; again and again.
///
/// A `Barrier` is 112 bytes.
///
/// # Examples
///
/// ```
/// let barrier = wakeful_sync::Barrier::new(1);
/// assert!(futures::executor::block_on(barrier.wait()).is_leader());
/// ```
pub struct Barrier {
    parties: usize,
    resource: Resource,
    door: Door<Line<()>>,
}

/// The future of [`Barrier::wait`]: 32 bytes.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct BarrierWait<'a> {
    barrier: &'a Barrier,
    turn: Turn,
}

/// What [`Barrier::wait`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarrierWaitResult {
    is_leader: bool,
}

impl BarrierWaitResult {
    /// Returns whether this was the last to come; one of each round is.
    #[must_use]
    pub const fn is_leader(&self) -> bool {
        self.is_leader
    }
}

impl Barrier {
    /// Creates a barrier for so many tasks. For none it is as for one: nobody waits.
    #[track_caller]
    #[must_use]
    pub const fn new(parties: usize) -> Self {
        Self::with(parties, Origin { site: Site::caller(), name: None })
    }

    /// Creates a barrier that goes by `name` in reports.
    #[track_caller]
    #[must_use]
    pub const fn named(name: &'static str, parties: usize) -> Self {
        Self::with(parties, Origin { site: Site::caller(), name: Some(name) })
    }

    const fn with(parties: usize, origin: Origin) -> Self {
        let resource = Resource::new(Kind::Barrier, origin);
        Self { parties, resource, door: Door::new(Line::new()) }
    }

    /// Waits until everybody has come.
    ///
    /// # Cancel safety
    ///
    /// A task comes when the future is first polled; dropping the future takes that back, unless
    /// everybody has come.
    ///
    /// # In reports
    ///
    /// `barrier wait`
    #[track_caller]
    pub fn wait(&self) -> BarrierWait<'_> {
        BarrierWait { barrier: self, turn: Turn::new(Op::Barrier) }
    }

    fn poll_wait(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<BarrierWaitResult> {
        turn.settle();
        let mut inside = self.door.enter();
        let Inside { state: line, wakes } = &mut inside;
        if line.is_served(turn) {
            line.leave(turn);
            return Poll::Ready(BarrierWaitResult { is_leader: false });
        }
        if !turn.is_in_line() && line.len() + 1 >= self.parties {
            while line.serve(wakes, |()| ()).is_some() {}
            return Poll::Ready(BarrierWaitResult { is_leader: true });
        }
        let parked = line.park(turn, &self.resource, || (), cx);
        self.note(line);
        parked
    }

    /// Tells the registry how many are awaited, and how many have come.
    fn note(&self, line: &Line<()>) {
        let record = self.resource.record();
        record.capacity.store(self.parties as u64, Relaxed);
        record.level.store(line.len() as i64, Relaxed);
    }
}

impl Future for BarrierWait<'_> {
    type Output = BarrierWaitResult;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(budget::proceed(cx));
        let Self { barrier, turn } = &mut *self;
        let result = ready!(barrier.poll_wait(turn, cx));
        budget::spend();
        Poll::Ready(result)
    }
}

impl Drop for BarrierWait<'_> {
    fn drop(&mut self) {
        if self.turn.is_in_line() {
            let mut inside = self.barrier.door.enter();
            inside.state.leave(&mut self.turn);
            self.barrier.note(&inside.state);
        }
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").field("parties", &self.parties).finish_non_exhaustive()
    }
}
