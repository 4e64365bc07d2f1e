//! How a runtime ends.
//!
//! From `closing` on, workers end every task they get instead of polling it, and each task is woken
//! so that they get it. Once no task is left, or patience is, the workers leave.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wakeful_diagnostics::names::TaskId;
use wakeful_diagnostics::registry;

use super::Shared;
use super::core::{Core, Root};
use crate::task;

/// How long to wait before looking again whether tasks have ended.
const FIRST_LOOK: Duration = Duration::from_micros(50);
const LAST_LOOK: Duration = Duration::from_millis(5);

impl Shared {
    /// Ends every task, then the workers. Returns the tasks that did not end in time.
    ///
    /// `waits` is called now and then while it waits, with the tasks it waits for.
    pub(crate) fn close(
        &'static self,
        threads: Vec<JoinHandle<()>>,
        deadline: Option<Instant>,
        mut waits: impl FnMut(&[TaskId]),
    ) -> Vec<TaskId> {
        self.set_closing();
        self.pool.close();
        let mut pause = FIRST_LOOK;
        let stragglers = loop {
            self.work_without_threads();
            let left = self.wake_every_task();
            self.call_all();
            if left.is_empty() || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                break left;
            }
            waits(&left);
            thread::sleep(pause);
            pause = (pause * 2).min(LAST_LOOK);
        };
        self.set_closed();
        self.call_all();
        for thread in threads {
            // A worker that is stuck in a poll is left behind; it ends with that poll.
            if stragglers.is_empty() || thread.is_finished() {
                let _ = thread.join();
            }
        }
        self.drain();
        self.close_driver();
        if stragglers.is_empty() && self.all_cores_back() && self.pool.is_idle() {
            self.retire();
        }
        stragglers
    }

    /// Runs what there is on this thread, if nobody else does.
    fn work_without_threads(&'static self) {
        if let Some(core) = self.take_core(self.life()) {
            core.work(UntilIdle);
        }
    }

    fn wake_every_task(&self) -> Vec<TaskId> {
        registry::records()
            .filter(|record| {
                record.runtime() == self.id && record.is_unfinished() && record.is_for_workers()
            })
            .map(|record| {
                // Should the record be another task's by now, that one is woken for nothing.
                task::wake(record);
                record.id()
            })
            .collect()
    }
}

/// Works until there is nothing to do.
struct UntilIdle;

impl Root for UntilIdle {
    fn turn(&mut self) -> std::ops::ControlFlow<()> {
        std::ops::ControlFlow::Continue(())
    }

    fn may_sleep(&mut self) -> bool {
        let _ = Core::take_away().map(|core| core.shared().return_core(core));
        false
    }

    fn awake(&mut self) {}
}
