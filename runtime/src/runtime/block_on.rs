//! One thread, one root future.

use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::ptr;
use std::task::Poll;
use std::time::Instant;

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::Edge;
use wakeful_diagnostics::{census, clock, current, memory};

use super::Handle;
use crate::context::Ambient;
use crate::here::{self, Busy};
use crate::monitor;
use crate::scheduler::{self, Core, Flavor, Patience, RootSeat, Shared, Verdict};
use crate::task::Root;

/// Runs `future` on this thread until it is done.
#[track_caller]
pub(super) fn block_on<F: Future>(handle: &Handle, future: F) -> F::Output {
    match here::busy() {
        Busy::No => {}
        Busy::Worker => panic!(
            "wakeful::block_on: called from inside a task, whose worker would wait while other \
             tasks wait for it; `.await` the future instead, or move the call into \
             `task::spawn_blocking` or `task::block_in_place`"
        ),
        Busy::BlockOn => panic!(
            "wakeful::block_on: called from inside another `block_on` on the same thread, which \
             would wait for itself; `.await` the future instead"
        ),
    }
    let _own = census::own_thread();
    let site = Site::caller();
    let _enter = handle.enter();
    let ambient = Ambient::of_this_thread();
    let wait = || Waiting::begin(handle, pin!(future), site, ambient).wait();
    let done = here::while_busy(Busy::BlockOn, || Ambient::none().during(wait));
    // The monitor would, but may be too late if the program ends now.
    if current::task().is_none() {
        wakeful_diagnostics::tell_taken_back();
        wakeful_diagnostics::misuse::tell();
    }
    match done {
        Ok(output) => output,
        Err(verdict) => panic!("{}", verdict.message),
    }
}

/// A `block_on` under way.
struct Waiting<'a, F: Future> {
    handle: &'a Handle,
    shared: &'static Shared,
    seat: &'static RootSeat,
    root: Root,
    /// The task that called it, if it was one in a blocking section, waits for the root.
    _edge: Edge,
    /// Where the future lies.
    _frame: memory::Frame,
    future: Pin<&'a mut F>,
    due: bool,
    patience: Patience,
    /// What was ambient where it was called; the tasks this thread may run are not to see it.
    ambient: Ambient,
    done: Option<Result<F::Output, Verdict>>,
}

impl<'a, F: Future> Waiting<'a, F> {
    fn begin(handle: &'a Handle, future: Pin<&'a mut F>, site: Site, ambient: Ambient) -> Self {
        // What is waited for or held from here on is dated right, even if all have slept till now.
        clock::refresh();
        let shared = handle.shared();
        let seat = RootSeat::take();
        let root = Root::enter(site, std::any::type_name::<F>, shared.id, seat.cell());
        let frame = memory::frame(root.id(), ptr::from_ref(&*future));
        shared.roots.enter(seat);
        let edge = Edge::draw(Op::BlockOn, root.target(), site);
        Self {
            handle,
            shared,
            seat,
            root,
            _edge: edge,
            _frame: frame,
            future,
            due: true,
            patience: Patience::default(),
            ambient,
            done: None,
        }
    }

    fn wait(mut self) -> Result<F::Output, Verdict> {
        loop {
            if self.shared.flavor == Flavor::CurrentThread {
                self.work();
            }
            self.watch();
            if let Some(done) = self.done.take() {
                return done;
            }
        }
    }

    /// Runs the runtime's tasks on this thread, if no other does, until the root is done.
    fn work(&mut self) {
        let Some(core) = self.handle.take_core() else { return };
        self.seat.work_as(self.shared, core.index());
        core.work(&mut *self);
        self.seat.sleep_as_thread();
    }

    /// Polls the root alone, until it is done or this thread is needed as a worker.
    fn watch(&mut self) {
        use scheduler::Root as _;
        let mut this = self;
        while this.done.is_none() && this.turn().is_continue() {
            // As long as the root is up, who wakes it need not wake this thread.
            if this.patience.wait(|| this.root.is_notified()) {
                this.patience.has_worked();
            } else if this.may_sleep() {
                let since = Instant::now();
                census::rest(|| this.seat.park());
                this.patience.has_slept(since.elapsed());
                this.awake();
                if this.shared.flavor == Flavor::CurrentThread && this.handle.has_core() {
                    return;
                }
            }
        }
    }

    /// Polls the root if it is due, or ends the wait that is judged to be in vain.
    #[inline(never)]
    fn take_turn(&mut self) {
        if let Some(verdict) = self.seat.verdict() {
            self.done = Some(Err(verdict));
        } else if std::mem::take(&mut self.due) || self.root.take_notified() {
            let Self { root, future, ambient, .. } = self;
            let poll = || ambient.during(|| root.poll(future.as_mut()));
            if let Poll::Ready(output) = Core::during_poll(root.index(), poll) {
                self.done = Some(Ok(output));
            }
        }
    }
}

impl<F: Future> scheduler::Root for &mut Waiting<'_, F> {
    /// Asked before each task, and nearly always nothing is due.
    #[inline]
    fn turn(&mut self) -> ControlFlow<()> {
        if self.due || self.root.is_notified() || self.seat.is_condemned() {
            self.take_turn();
        }
        if self.done.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn may_sleep(&mut self) -> bool {
        let asleep = self.root.fall_asleep();
        if asleep {
            self.seat.set_asleep(true);
            monitor::stir();
        }
        asleep
    }

    fn awake(&mut self) {
        clock::refresh();
        self.seat.set_asleep(false);
        if self.root.wake_up() {
            self.seat.await_call();
        }
        monitor::stir();
    }
}

impl<F: Future> Drop for Waiting<'_, F> {
    fn drop(&mut self) {
        self.shared.roots.leave(self.seat);
        self.seat.give_back();
    }
}
