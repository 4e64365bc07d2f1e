//! The task of a `block_on`: its future stays on the stack of the thread that polls it.
//!
//! Its cell is only a header, and belongs to the thread's parking place, which is never freed: a
//! wake that comes late finds the place, and wakes it for nothing.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use wakeful_diagnostics::names::{RuntimeId, Site, TaskId};
use wakeful_diagnostics::registry::{Birth, Meta, Target, TaskRecord};
use wakeful_diagnostics::{clock, current};
use wakeful_sync::wait::{budget, recall};

use super::cell::{self, RootCell};
use super::state::{self, AfterEnd};
use super::waker;

/// A root task, in the registry under the name of its thread for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Root {
    record: &'static TaskRecord,
    /// The task whose poll waits for this one.
    paused: Option<&'static TaskRecord>,
}

impl Root {
    /// Enters a root. A wake goes to the scheduler of `cell`, once per sleep.
    pub(crate) fn enter(
        site: Site,
        type_name: fn() -> &'static str,
        runtime: RuntimeId,
        cell: &'static RootCell,
    ) -> Self {
        let paused = current::task();
        let record = TaskRecord::register(Birth {
            site,
            type_name,
            parent: paused,
            meta: thread::current()
                .name()
                .map(|name| Meta { name: Some(name.into()), ..Meta::default() }),
            daemon: false,
            root: true,
            local: true,
            runtime,
            word: state::ROOT,
        });
        cell::seat(record, cell);
        if let Some(task) = paused {
            recall::pause(task);
        }
        Self { record, paused }
    }

    /// What a wait for its end leads to.
    pub(crate) fn target(&self) -> Target {
        self.record.target()
    }

    /// The index of its record.
    pub(crate) fn index(&self) -> u32 {
        self.record.index()
    }

    /// Its number.
    pub(crate) fn id(&self) -> TaskId {
        self.record.id()
    }

    /// Polls the future.
    pub(crate) fn poll<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        let waker = waker::borrowed(self.record);
        let mut cx = Context::from_waker(&waker);
        self.record.begin_poll(clock::cached());
        let polled = current::scope(self.record, || budget::scope(|| future.poll(&mut cx)));
        if polled.is_pending() {
            recall::root_polled(self.record);
        }
        polled
    }

    /// Whether it was woken.
    pub(crate) fn is_notified(&self) -> bool {
        state::is_notified(self.record)
    }

    /// Whether it was woken since it was last asked.
    pub(crate) fn take_notified(&self) -> bool {
        state::take_notified(self.record)
    }

    /// Goes to sleep: from now on the next wake is scheduled. False if it was woken already.
    pub(crate) fn fall_asleep(&self) -> bool {
        if !state::set_running(self.record, false) {
            recall::asleep(self.record);
            return true;
        }
        // Woken while it ran: nobody has to call it.
        let _ = self.wake_up();
        false
    }

    /// Is awake again. True if it was woken while it slept: then its seat is called, or will be.
    #[must_use]
    pub(crate) fn wake_up(&self) -> bool {
        state::set_running(self.record, true)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        if let Some(task) = self.paused {
            recall::resume(task);
        }
        match state::end(self.record, false) {
            AfterEnd::Gone { free: true } => cell::free_task(self.record),
            AfterEnd::Gone { free: false } => {}
            AfterEnd::DropOutput | AfterEnd::Joined { .. } => {
                unreachable!("a root has neither output nor joiner")
            }
        }
    }
}
