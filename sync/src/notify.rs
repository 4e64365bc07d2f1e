//! Wakes one task, or all who wait; remembers one call that nobody waited for.
//!
//! Invariants:
//! * while somebody sleeps no notification is stored, and none is back;
//! * *strays* are futures from which a notification was taken, because their task did not poll
//!   them, and which have not asked since. They wait, so what finds nobody asleep is kept for them:
//!   it is *back*, one for each at most, and goes to whoever asks next;
//! * `rounds` counts the calls of `notify_waiters`; it changes inside the door only.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll, Waker, ready};

use wakeful_diagnostics::names::{Kind, Op, Site};
use wakeful_diagnostics::registry::{Origin, Resource, Taken, TaskRecord};

use crate::shim::AtomicUsize;
use crate::wait::{Inside, Line, Recalls, Room, Turn, Wakes, budget};

/// Wakes one task, or all who wait.
///
/// [`notify_one`](Self::notify_one) wakes whoever has waited longest. If nobody waits, the
/// notification is stored, one at the most, and the next [`notified`](Self::notified) returns at
/// once: no notification is lost between looking at a condition and waiting for it.
/// [`notify_waiters`](Self::notify_waiters) reaches every `notified` that exists at the moment,
/// polled or not, and stores nothing.
///
/// A `Notify` is 64 bytes.
///
/// # Examples
///
/// ```
/// use wakeful_sync::Notify;
///
/// let ready = Notify::new();
/// ready.notify_one();
/// futures::executor::block_on(ready.notified());
/// ```
pub struct Notify {
    rounds: AtomicUsize,
    resource: Resource,
    door: Room<State>,
}

#[derive(Debug)]
struct State {
    line: Line<Call>,
    stored: bool,
    /// How many are back.
    back: usize,
    strays: usize,
}

/// By what a place in the line was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    /// Not yet.
    None,
    One,
    All,
}

/// The future of [`Notify::notified`]: 48 bytes.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct Notified<'a> {
    notify: &'a Notify,
    turn: Turn,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not polled yet; made when `rounds` was this.
    New(usize),
    /// It has a place in line; made when `rounds` was this.
    Waiting(usize),
    Done,
}

impl Notify {
    /// Creates a `Notify` without a stored notification.
    #[track_caller]
    #[must_use]
    pub const fn new() -> Self {
        Self::with(Origin { site: Site::caller(), name: None })
    }

    /// Creates a `Notify` that goes by `name` in reports.
    #[track_caller]
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self::with(Origin { site: Site::caller(), name: Some(name) })
    }

    const fn with(origin: Origin) -> Self {
        Self {
            rounds: AtomicUsize::new(0),
            resource: Resource::new(Kind::Notify, origin),
            door: Room::unentered(),
        }
    }

    /// Waits for a notification.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in line; a notification that was meant for it goes to
    /// the next, or is stored. If it was notified and its task goes to sleep without polling it, the
    /// notification goes to the next as well, or waits for whoever asks first; the place in line
    /// stays its own.
    ///
    /// # In reports
    ///
    /// `notify wait`
    #[track_caller]
    pub fn notified(&self) -> Notified<'_> {
        let stage = Stage::New(self.rounds.load(Acquire));
        Notified { notify: self, turn: Turn::new(Op::Notified), stage }
    }

    /// Wakes whoever has waited longest; stores the notification if nobody waits.
    pub fn notify_one(&self) {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        state.call_one(self.resource.index(), wakes);
    }

    /// Wakes everybody who waits, and everybody who holds a [`notified`](Self::notified) that was
    /// not polled yet. Stores nothing.
    pub fn notify_waiters(&self) {
        let mut inside = self.enter();
        let Inside { state, wakes } = &mut inside;
        self.rounds.fetch_add(1, Release);
        while state.line.serve(wakes, |call| *call = Call::All).is_some() {}
        // This round reaches those they were for.
        state.back = 0;
    }

    fn enter(&self) -> Inside<'_, State> {
        self.door.enter(&self.resource).0
    }
}

impl State {
    const fn new() -> Self {
        Self { line: Line::new(), stored: false, back: 0, strays: 0 }
    }

    /// Notifies whoever has waited longest, or stores the notification. `by`: the resource.
    fn call_one(&mut self, by: u32, wakes: &mut Wakes) {
        if self.line.grant(by, wakes, |call| *call = Call::One).is_none() {
            match self.back < self.strays {
                true => self.back += 1,
                false => self.stored = true,
            }
        }
    }

    /// Takes a notification that is for nobody else.
    fn take(&mut self) -> bool {
        match self.back.checked_sub(1) {
            Some(less) => {
                self.back = less;
                true
            }
            None => mem::take(&mut self.stored),
        }
    }
}

impl Recalls for State {
    fn empty() -> Self {
        Self::new()
    }

    fn recall(&mut self, from: &'static TaskRecord, own: u32, wakes: &mut Wakes) -> (Taken, bool) {
        let taken = self.line.recall(from, |call| *call = Call::None);
        self.strays += taken.count;
        for _ in 0..taken.count {
            self.call_one(own, wakes);
        }
        (taken, false)
    }
}

impl Notified<'_> {
    /// Waits from now on, without being polled: the next notification can be for this one.
    ///
    /// Returns whether there is a notification for it already.
    #[expect(clippy::must_use_candidate, reason = "mostly called for what it does")]
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.get_mut().advance(None).is_ready()
    }

    /// Looks for a notification; waits for one if there is none, as whoever polls, if anybody does.
    fn advance(&mut self, cx: Option<&Context<'_>>) -> Poll<()> {
        let Self { notify, turn, stage } = self;
        turn.settle();
        let (Stage::New(rounds) | Stage::Waiting(rounds)) = *stage else {
            return Poll::Ready(());
        };
        let mut inside = notify.enter();
        let state = &mut *inside.state;
        // While it sleeps there is nothing to take.
        state.strays -= usize::from(state.line.is_recalled(turn));
        let is_called =
            state.line.is_served(turn) || notify.rounds.load(Relaxed) != rounds || state.take();
        let line = &mut state.line;
        if is_called {
            line.leave(turn);
            *stage = Stage::Done;
            return Poll::Ready(());
        }
        if cx.is_none() && line.is_asleep(turn) {
            // It keeps the waker of whoever polled it.
            return Poll::Pending;
        }
        *stage = Stage::Waiting(rounds);
        // Whoever polls later takes the place over with a waker of their own.
        let nobody = Context::from_waker(Waker::noop());
        let cx = cx.unwrap_or(&nobody);
        let parked = line.park(turn, &notify.resource, || Call::None, cx);
        notify.resource.record().takers.store(line.len() as u32, Relaxed);
        parked
    }
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(budget::proceed(cx));
        ready!(self.advance(Some(cx)));
        budget::spend();
        Poll::Ready(())
    }
}

impl Drop for Notified<'_> {
    fn drop(&mut self) {
        if !self.turn.is_in_line() {
            return;
        }
        let mut inside = self.notify.enter();
        let Inside { state, wakes } = &mut inside;
        state.strays -= usize::from(state.line.is_recalled(&self.turn));
        if state.line.leave(&mut self.turn) == Some(Call::One) {
            state.call_one(self.notify.resource.index(), wakes);
        } else if state.back > state.strays {
            state.back -= 1;
            state.stored = true;
        }
    }
}

impl Default for Notify {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify").finish_non_exhaustive()
    }
}
