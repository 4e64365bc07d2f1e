//! One worker: find a task, run it, or sleep.
//!
//! A core is a worker's queue and what goes with it. It belongs to one thread at a time, and can move to
//! another thread when its own is about to block. A poll from the worker's own queue costs no more
//! than the load of the core's address before and after: who has a core has it to himself.

mod bench;
mod counting;
#[expect(unsafe_code, reason = "a core goes from one thread to another as a whole")]
mod here;
mod pace;
mod root;
mod search;
mod sleep;

pub(crate) use bench::Bench;
pub(crate) use root::Root;

use std::cell::Cell;
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use wakeful_diagnostics::{census, clock};

use super::Shared;
use super::patience::Patience;
use super::queue::Local;
use super::stats::Probe;
use crate::task::Ready;
use here::here;
use pace::Pace;

/// How many tasks in a row may come from the `next` slot: a pair that wakes each other must not
/// starve the queue.
const NEXT_IN_A_ROW: u32 = 16;

/// Adds one to a counter that only this thread writes.
#[inline]
fn count(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// A worker's own part, for whoever is to work with it.
pub(crate) struct Core(&'static Inner);

/// It is never freed, as the runtime's common part is not.
struct Inner {
    shared: &'static Shared,
    bench: &'static Bench,
    index: usize,
    local: Local,
    pace: Pace,
    /// How often it has looked around.
    looks: Cell<u32>,
    in_a_row: Cell<u32>,
    searching: Cell<bool>,
    random: Cell<u64>,
    probe: Cell<Probe>,
    patience: Patience,
}

impl Core {
    pub(super) fn new(shared: &'static Shared, index: usize, local: Local) -> Self {
        Self(Box::leak(Box::new(Inner {
            shared,
            bench: &shared.benches[index],
            index,
            local,
            pace: Pace::new(Instant::now()),
            looks: Cell::new(0),
            in_a_row: Cell::new(0),
            searching: Cell::new(false),
            random: Cell::new(0x9e37_79b9_7f4a_7c15 ^ index as u64),
            probe: Cell::default(),
            patience: Patience::default(),
        })))
    }

    /// Queues a task on this thread's core if it is one of `shared`; else gives it back.
    #[inline]
    pub(super) fn push_here(shared: &'static Shared, task: Ready) -> Option<Ready> {
        match here() {
            Some(core) if ptr::eq(core.shared, shared) => {
                core.push_next(task);
                None
            }
            _ => Some(task),
        }
    }

    /// Takes the core away from this thread, which will run no more tasks; the loop it is in ends.
    pub(crate) fn take_away() -> Option<Self> {
        here::leave()
    }

    /// Whether this thread has a core of `shared`.
    #[inline]
    pub(crate) fn is_of(shared: &'static Shared) -> bool {
        here().is_some_and(|core| ptr::eq(core.shared, shared))
    }

    /// Ends a search it was in: it will not go on.
    pub(super) fn settle(self) -> Self {
        let Self(core) = &self;
        if core.searching.take() && core.shared.idle.found() && core.shared.has_spare() {
            core.shared.call_one();
        }
        if let Some(task) = core.bench.next.take() {
            core.push_back(task);
        }
        core.in_a_row.set(0);
        core.probe.take();
        self
    }

    /// What it works for.
    pub(crate) const fn shared(&self) -> &'static Shared {
        self.0.shared
    }

    /// Which worker this is.
    pub(crate) const fn index(&self) -> usize {
        self.0.index
    }

    /// Works on this thread until `root` says so or panics, or the runtime is closed. Then the core
    /// is vacant, unless somebody took it away meanwhile.
    pub(crate) fn work(self, mut root: impl Root) {
        struct Leave;
        impl Drop for Leave {
            fn drop(&mut self) {
                if let Some(core) = Core::take_away() {
                    core.shared().return_core(core);
                }
            }
        }
        here::adopt(self).begin();
        let _leave = Leave;
        while root.turn().is_continue() {
            let Some(core) = here() else { break };
            match core.step() {
                Step::Run(task) => core.run(task),
                Step::Found(task) => core.run_or_time(task),
                Step::LookAround => core.look_around(),
                Step::Sleep if core.linger() => core.pace.polled_none(),
                // It is polled at once, as if it were a task.
                Step::Sleep if !root.may_sleep() => {}
                Step::Sleep => {
                    core.pace.polled_none();
                    core.sleep();
                    root.awake();
                    core.run_owed();
                }
                Step::Stop => break,
            }
        }
    }

    /// Polls the root with this index; nothing is noted if this thread has no core.
    pub(crate) fn during_poll<R>(index: u32, poll: impl FnOnce() -> R) -> R {
        struct End(bool);
        impl Drop for End {
            fn drop(&mut self) {
                if let Some(core) = here().filter(|_| self.0) {
                    count(&core.bench.half_polls);
                }
            }
        }
        let _end = End(here().map(|core| core.begin_poll(index)).is_some());
        poll()
    }
}

impl Inner {
    /// A thread begins to work here.
    fn begin(&self) {
        self.bench.parker.adopt();
        self.bench.thread.store(census::current_tid().unwrap_or(0), Ordering::Relaxed);
        census::work_as(u32::try_from(self.index).unwrap_or(u32::MAX));
        if self.bench.half_polls.load(Ordering::Relaxed) % 2 == 1 {
            // It was taken away in the middle of a poll, which is another thread's business now.
            count(&self.bench.half_polls);
        }
    }

    /// Whether it is still the core of this thread: a poll may have given it away.
    #[inline]
    fn is_here(&self) -> bool {
        here().is_some_and(|core| ptr::eq(core, self))
    }

    #[inline]
    fn push_next(&self, task: Ready) {
        if let Err(task) = self.bench.next.put(task) {
            self.displace_next(task);
        }
    }

    /// Apart, so that a wake that displaces none has nothing to keep for it.
    #[inline(never)]
    fn displace_next(&self, task: Ready) {
        if let Some(displaced) = self.bench.next.replace(task) {
            self.push_back(displaced);
        }
    }

    #[inline]
    fn push_back(&self, task: Ready) {
        if self.probe.get().is_armed() {
            self.follow(&task);
        }
        self.local.push(task);
        self.shared.call_one();
    }

    /// Makes known that this worker polls the task with this index.
    #[inline]
    fn begin_poll(&self, index: u32) {
        self.bench.polled.store(index, Ordering::Relaxed);
        count(&self.bench.half_polls);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller that is not cold runs it for each poll")]
    fn run(&self, task: Ready) {
        self.begin_poll(task.record().index());
        let again = task.run(self.shared.is_closing());
        if self.is_here() {
            count(&self.bench.half_polls);
            if let Some(task) = again {
                self.push_back(task);
            }
        } else if let Some(task) = again {
            runtime_of(&task).push(task);
        }
    }

    /// What to do next. Most tasks are at hand: those are found without a call.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "one caller, a loop that runs it for each poll")]
    fn step(&self) -> Step {
        // A look around would come between a task and the one that has just woken it.
        match self.warm() {
            Some(task) => Step::Run(self.found(task)),
            None => self.step_on(),
        }
    }

    /// What to do next, where nobody was woken just now.
    #[inline(never)]
    fn step_on(&self) -> Step {
        if !self.pace.goes_on() {
            return Step::LookAround;
        }
        match self.queued() {
            Some(task) => Step::Run(self.found(task)),
            None => self.search_or_sleep(),
        }
    }

    /// A task to run is at hand.
    #[inline]
    fn found(&self, task: Ready) -> Ready {
        if self.searching.get() {
            self.end_search();
        }
        task
    }

    /// The task that was woken last, unless so many in a row came from there.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller that is not cold runs it for each poll")]
    fn warm(&self) -> Option<Ready> {
        let in_a_row = self.in_a_row.get() + 1;
        if in_a_row == NEXT_IN_A_ROW {
            return None;
        }
        let task = self.bench.next.take();
        match task {
            Some(_) => self.in_a_row.set(in_a_row),
            None => _ = self.end_row(),
        }
        task
    }

    /// Says whether there was a row of tasks that were run as they were woken.
    #[inline]
    fn end_row(&self) -> bool {
        let row = self.in_a_row.take();
        if row != 0 {
            self.pace.spend(row);
        }
        row != 0
    }

    /// The task that has waited longest.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller that is not cold runs it for each poll")]
    fn queued(&self) -> Option<Ready> {
        if self.end_row() {
            if let Some(task) = self.bench.next.take() {
                // Where nobody else waits nobody starves, and to call another worker would be in vain.
                if self.local.is_empty() {
                    return Some(task);
                }
                self.push_back(task);
            }
        }
        let task = self.local.pop();
        if self.probe.get().follows() {
            self.left_queue(task.as_ref());
        }
        task
    }

    /// A task that is run without having asked whether it is time to look around.
    fn at_hand(&self) -> Option<Ready> {
        let task = self.warm().or_else(|| {
            let task = self.queued();
            self.pace.spend(u32::from(task.is_some()));
            task
        })?;
        Some(self.found(task))
    }

    /// Where there was none at hand when it was due, the first poll after a sleep is timed.
    fn run_owed(&self) {
        if self.pace.owes_sample() {
            if let Some(task) = self.at_hand() {
                self.run_timed(task);
            }
        }
    }

    /// What is done once in a while, whatever else there is to do.
    #[cold]
    fn look_around(&self) {
        let now = Instant::now();
        clock::refresh_at(now);
        let due = self.pace.look(now, || self.shared.watched() > 0);
        if due.glance {
            self.shared.glance_at_driver();
        } else if due.timers {
            self.shared.fire_timers();
        }
        self.even_out();
        if self.pace.owes_sample() {
            self.sample();
        }
        // Who was woken just now goes before what others have queued.
        if let Some(task) = self.at_hand() {
            self.run_or_time(task);
        }
        if self.is_here() {
            if let Some(task) = self.shared.global.pop() {
                self.pace.spend(1);
                self.run_or_time(self.found(task));
            }
        }
    }
}

/// The runtime of a task that has lost its core.
fn runtime_of(task: &Ready) -> &'static Shared {
    let runtime = task.record().runtime();
    Shared::of(runtime).unwrap_or_else(|| unreachable!("a task that runs has a runtime"))
}

enum Step {
    Run(Ready),
    /// This one came from elsewhere.
    Found(Ready),
    LookAround,
    Sleep,
    Stop,
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Core").field(&self.0.index).finish()
    }
}
