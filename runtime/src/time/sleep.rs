//! Sleeps: until a moment, or for a while.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use wakeful_diagnostics::names::{Op, Site};
use wakeful_sync::wait::{Turn, budget};

use super::Instant;
use crate::here;
use crate::timers::Entry;

/// Waits until `duration` has passed since the call.
///
/// A duration too long for the clock is as good as forever.
///
/// # Panics
///
/// The future panics when it is first polled outside a runtime.
///
/// # Cancel safety
///
/// Dropping the future ends the wait at once and costs the same however many sleep.
///
/// # In reports
///
/// `sleep`, with the line of this call.
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::lasting(duration, Site::caller(), &"wakeful::time::sleep")
}

/// Waits until `deadline`.
///
/// # Panics
///
/// The future panics when it is first polled outside a runtime.
///
/// # Cancel safety
///
/// Dropping the future ends the wait at once and costs the same however many sleep.
///
/// # In reports
///
/// `sleep`, with the line of this call.
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep::at(deadline, Site::caller(), &"wakeful::time::sleep_until")
}

/// The future of [`sleep`] and [`sleep_until`]: 72 bytes.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Sleep {
    deadline: Instant,
    turn: Turn,
    entry: Option<Entry>,
    /// Which of the functions made it. Behind a pointer, as nobody asks but a panic.
    call: Call,
    /// The deadline was ahead when it was set: the first poll need not ask what time it is. Should
    /// it come very late, the driver finds the deadline due when it looks next.
    was_ahead: bool,
}

/// The name of a function, in one word.
pub(crate) type Call = &'static &'static str;

impl Sleep {
    pub(crate) const fn at(deadline: Instant, site: Site, call: Call) -> Self {
        let turn = Turn::at(Op::Sleep, site);
        Self { deadline, turn, entry: None, call, was_ahead: false }
    }

    /// One that ends so long after this call.
    pub(super) fn lasting(duration: Duration, site: Site, call: Call) -> Self {
        let mut this = Self::at(Instant::now().saturating_add(duration), site, call);
        this.was_ahead = !duration.is_zero();
        this
    }

    /// When it ends.
    #[must_use]
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether its moment has come.
    #[must_use]
    pub fn is_elapsed(&self) -> bool {
        self.deadline <= Instant::now()
    }

    /// Moves its end, whether or not it has ended. Whoever waits for it waits on.
    pub fn reset(&mut self, deadline: Instant) {
        self.deadline = deadline;
        self.was_ahead = false;
        if let Some(entry) = &self.entry {
            entry.reset(deadline.into_std());
        }
    }

    /// The first poll, or the first since the runtime of an earlier one ended.
    fn begin(&mut self, cx: &Context<'_>) -> Poll<()> {
        let was_ahead = std::mem::replace(&mut self.was_ahead, false);
        if !was_ahead && self.is_elapsed() {
            ready!(budget::proceed(cx));
            budget::spend();
            return Poll::Ready(());
        }
        let entered = here::with_driver(|driver| {
            let shard = driver.timers().local();
            Entry::new(shard, self.deadline.into_std(), &self.turn, cx)
        });
        match entered {
            // A runtime that has ended lets its tasks sleep on: they are about to be dropped.
            Some(entry) => self.entry = entry,
            None => no_runtime(self.call, self.turn.site()),
        }
        Poll::Pending
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // A sleep that was slept asks for no budget: it must end even beside a future that uses all
        // of it up in each poll.
        let this = &mut *self;
        let Some(entry) = &this.entry else { return this.begin(cx) };
        match ready!(entry.poll(&this.turn, this.deadline.into_std(), cx)) {
            Ok(()) => {
                this.entry = None;
                Poll::Ready(())
            }
            Err(_dead) => {
                this.entry = None;
                this.begin(cx)
            }
        }
    }
}

#[cold]
fn no_runtime(call: &str, site: Site) -> ! {
    panic!(
        "{call}: no runtime on this thread; call it inside `Runtime::block_on` or a task \
         (called at {site})"
    )
}
