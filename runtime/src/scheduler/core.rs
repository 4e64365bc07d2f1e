//! One worker: find a task, run it, or sleep.
//!
//! A core is a worker's queue and what goes with it. It belongs to one thread at a time, in whose
//! thread-local place it lies, and can move to another thread when its own is about to block.

mod counting;
mod root;
mod search;

pub(crate) use root::Root;

use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use wakeful_diagnostics::{census, clock};

use super::Shared;
use super::next::Next;
use super::park::Parker;
use super::queue::{Local, Victim};
use super::stats::{Probe, Stats};
use crate::task::Ready;

/// How many tasks a worker runs before it looks at the global queue and the driver, whatever else
/// there is to do. A prime, as in Go and tokio, so that it does not fall in step with the program.
const LOOK_AROUND: u32 = 61;

/// How many tasks in a row may come from the `next` slot: a pair that wakes each other must not
/// starve the queue.
const NEXT_IN_A_ROW: u32 = 16;

/// What the others see of a worker.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) next: Next,
    pub(crate) parker: Parker,
    pub(super) victim: Victim,
    /// Polls begun, written by the owner alone. An even number of half-polls: no task is running.
    pub(crate) half_polls: AtomicU64,
    /// The index of the task that is polled, or was polled last.
    pub(crate) polled: AtomicU32,
    /// The thread that works here, or did last, as the kernel knows it; 0 if that is not known.
    pub(crate) thread: AtomicU32,
    /// Times the worker went to sleep.
    pub(crate) parks: AtomicU64,
    /// Tasks taken from others.
    pub(crate) steals: AtomicU64,
    /// What else is counted here.
    pub(super) stats: Stats,
}

impl Bench {
    pub(super) fn new(local: &Local) -> Self {
        Self {
            next: Next::default(),
            parker: Parker::default(),
            victim: local.victim(),
            half_polls: AtomicU64::new(0),
            polled: AtomicU32::new(0),
            thread: AtomicU32::new(0),
            parks: AtomicU64::new(0),
            steals: AtomicU64::new(0),
            stats: Stats::default(),
        }
    }

    pub(super) fn has_work(&self) -> bool {
        self.has_spare() || !self.next.is_empty()
    }

    /// How many tasks are queued here.
    pub(crate) fn queued(&self) -> usize {
        self.victim.len() + usize::from(!self.next.is_empty())
    }

    /// Whether there is something that another worker could take.
    pub(super) fn has_spare(&self) -> bool {
        !self.victim.is_empty()
    }
}

/// Adds one to a counter that only this thread writes.
#[inline]
fn count(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// A worker's own part.
#[derive(Debug)]
pub(crate) struct Core {
    pub(super) shared: &'static Shared,
    pub(super) index: usize,
    pub(super) local: Local,
    tick: u32,
    in_a_row: u32,
    searching: bool,
    random: u64,
    probe: Probe,
}

thread_local! {
    static CORE: RefCell<Option<Core>> = const { RefCell::new(None) };
}

/// Runs `f` with the core of this thread, if it has one.
fn with<R>(f: impl FnOnce(&mut Core) -> R) -> Option<R> {
    CORE.try_with(|core| core.borrow_mut().as_mut().map(f)).ok().flatten()
}

impl Core {
    pub(super) const fn new(shared: &'static Shared, index: usize, local: Local) -> Self {
        let random = 0x9e37_79b9_7f4a_7c15 ^ index as u64;
        Self {
            shared,
            index,
            local,
            tick: 0,
            in_a_row: 0,
            searching: false,
            random,
            probe: Probe::Rests,
        }
    }

    fn bench(&self) -> &'static Bench {
        &self.shared.benches[self.index]
    }

    /// Queues a task on this thread's core if it is one of `shared`; else gives it back.
    #[inline]
    pub(super) fn push_here(shared: &'static Shared, task: Ready) -> Option<Ready> {
        let mut task = Some(task);
        with(|core| {
            if ptr::eq(core.shared, shared) {
                if let Some(task) = task.take() {
                    core.push_next(task);
                }
            }
        });
        task
    }

    fn push_next(&mut self, task: Ready) {
        if let Some(displaced) = self.bench().next.replace(task) {
            self.push_back(displaced);
        }
    }

    fn push_back(&mut self, task: Ready) {
        if self.probe.is_armed() {
            self.probe.follow(&task, self.bench().victim.len());
        }
        self.local.push(task);
        self.shared.call_one();
    }

    /// Takes the core away from this thread, which will run no more tasks; the loop it is in ends.
    pub(crate) fn take_away() -> Option<Self> {
        CORE.try_with(|core| core.borrow_mut().take()).ok().flatten()
    }

    /// Whether this thread has a core of `shared`.
    #[inline]
    pub(crate) fn is_of(shared: &'static Shared) -> bool {
        with(|core| ptr::eq(core.shared, shared)).unwrap_or(false)
    }

    /// Ends a search it was in: it will not go on.
    pub(super) fn settle(mut self) -> Self {
        if std::mem::take(&mut self.searching)
            && self.shared.idle.found()
            && self.shared.has_spare()
        {
            self.shared.call_one();
        }
        if let Some(task) = self.bench().next.take() {
            self.push_back(task);
        }
        self
    }

    /// What it works for.
    pub(crate) const fn shared(&self) -> &'static Shared {
        self.shared
    }

    /// Which worker this is.
    pub(crate) const fn index(&self) -> usize {
        self.index
    }

    /// Works on this thread until `root` says so or panics, or the runtime is closed. Then the core
    /// is vacant, unless somebody took it away meanwhile.
    pub(crate) fn work(self, mut root: impl Root) {
        self.bench().parker.adopt();
        self.bench().thread.store(census::current_tid().unwrap_or(0), Ordering::Relaxed);
        census::work_as(u32::try_from(self.index).unwrap_or(u32::MAX));
        if self.bench().half_polls.load(Ordering::Relaxed) % 2 == 1 {
            // It was taken away in the middle of a poll, which is another thread's business now.
            count(&self.bench().half_polls);
        }
        CORE.with(|core| {
            let old = core.borrow_mut().replace(self);
            debug_assert!(old.is_none(), "a thread works for one runtime at a time");
        });
        struct Leave;
        impl Drop for Leave {
            fn drop(&mut self) {
                if let Some(core) = Core::take_away() {
                    core.shared.return_core(core);
                }
            }
        }
        let _leave = Leave;
        while root.turn().is_continue() {
            let Some(step) = with(Self::step) else { break };
            match step {
                Step::Run(task, cancel) => Self::run(task, cancel),
                // Here and not in the step: what the driver wakes is queued on this very core.
                Step::LookAround(shared) => {
                    clock::refresh();
                    shared.glance_at_driver();
                    with(Self::even_out);
                    Self::run_timed();
                }
                Step::Sleep if !root.may_sleep() => {}
                Step::Sleep => {
                    Self::sleep();
                    root.awake();
                }
                Step::Stop => break,
            }
        }
    }

    /// Makes known that this worker polls the task with this index.
    #[inline]
    fn begin_poll(&self, index: u32) {
        self.bench().polled.store(index, Ordering::Relaxed);
        count(&self.bench().half_polls);
    }

    /// Polls the root with this index; nothing is noted if this thread has no core.
    pub(crate) fn during_poll<R>(index: u32, poll: impl FnOnce() -> R) -> R {
        struct End(bool);
        impl Drop for End {
            fn drop(&mut self) {
                if self.0 {
                    with(|core| count(&core.bench().half_polls));
                }
            }
        }
        let _end = End(with(|core| core.begin_poll(index)).is_some());
        poll()
    }

    fn run(task: Ready, cancel: bool) {
        let index = task.record().index();
        with(|core| core.begin_poll(index));
        let mut again = task.run(cancel);
        with(|core| {
            count(&core.bench().half_polls);
            if let Some(task) = again.take() {
                core.push_back(task);
            }
        });
        if let Some(task) = again {
            // The core was taken away during the poll.
            runtime_of(&task).push(task);
        }
    }

    /// What to do next.
    fn step(&mut self) -> Step {
        let cancel = self.shared.is_closing();
        self.tick = self.tick.wrapping_add(1);
        match self.tick % LOOK_AROUND {
            0 => return Step::LookAround(self.shared),
            1 => {
                if let Some(task) = self.shared.global.pop() {
                    return self.run_next(task, cancel);
                }
            }
            _ => {}
        }
        if let Some(task) = self.own() {
            return self.run_next(task, cancel);
        }
        if !self.searching {
            self.searching = self.shared.idle.search(self.shared.benches.len());
        }
        if self.searching {
            if let Some(task) = self.search() {
                return self.run_next(task, cancel);
            }
        }
        if self.shared.is_closed() { Step::Stop } else { Step::Sleep }
    }

    fn run_next(&mut self, task: Ready, cancel: bool) -> Step {
        if std::mem::take(&mut self.searching) && self.shared.idle.found() {
            self.shared.call_one();
        }
        Step::Run(task, cancel)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller that is not cold runs it for each poll")]
    fn own(&mut self) -> Option<Ready> {
        if let Some(task) = self.bench().next.take() {
            self.in_a_row += 1;
            // Where nobody else waits nobody starves, and to call another worker would be in vain.
            if self.in_a_row < NEXT_IN_A_ROW || !self.bench().has_spare() {
                return Some(task);
            }
            self.push_back(task);
        }
        self.in_a_row = 0;
        let task = self.local.pop();
        if self.probe.follows() {
            self.probe.left(task.as_ref(), &self.bench().stats.latency);
        }
        task
    }

    /// Sleeps until called, in the driver if nobody else is there.
    fn sleep() {
        let Some((shared, index)) = with(|core| {
            core.tell_yields();
            let searching = std::mem::take(&mut core.searching);
            core.shared.idle.enter(core.index, searching);
            count(&core.bench().parks);
            (core.shared, core.index)
        }) else {
            return;
        };
        if shared.pass_time() {
            return Self::awake(shared, index);
        }
        // Said to be asleep; whatever was queued before that is seen here, what comes after calls.
        if !shared.has_spare() && !shared.is_closed() {
            let bench = &shared.benches[index];
            match shared.driver() {
                Some(mut driver) if driver.is_some() => {
                    if let Some(driver) = &mut *driver {
                        census::rest(|| {
                            bench.parker.park_in(driver, || Self::awake(shared, index));
                        });
                    }
                    return;
                }
                _ => census::rest(|| bench.parker.park()),
            }
        }
        Self::awake(shared, index);
    }

    fn awake(shared: &'static Shared, index: usize) {
        let called = shared.idle.leave(index);
        count(&shared.benches[index].stats.unparks);
        with(|core| core.searching = called);
        clock::refresh();
        shared.stir();
    }
}

/// The runtime of a task that has lost its core.
fn runtime_of(task: &Ready) -> &'static Shared {
    let runtime = task.record().runtime();
    Shared::of(runtime).unwrap_or_else(|| unreachable!("a task that runs has a runtime"))
}

enum Step {
    Run(Ready, bool),
    LookAround(&'static Shared),
    Sleep,
    Stop,
}
