//! A task that sleeps and waits for nothing has been lost, or is on its way to being woken: it is looked at once more.

use std::thread;
use std::time::Duration;

use super::capture::state;
use super::data::{Task, TaskState};
use crate::registry;

/// How long who wakes a task may take from the end of its wait to the wake: as long as its thread is kept from
/// running, mostly.
const ON_THE_WAY: Duration = Duration::from_millis(2);

/// Looks once more at those that sleep and wait for nothing.
pub(super) fn look(tasks: &mut [Task], indices: &[u32]) {
    let seems_lost = |task: &Task| {
        task.is_asleep() && task.waits.is_empty() && task.foreign_wakers == 0 && !task.root
    };
    for pause in [Duration::ZERO, ON_THE_WAY, 10 * ON_THE_WAY] {
        let mut paused = pause.is_zero();
        for (task, &index) in tasks.iter_mut().zip(indices).filter(|(task, _)| seems_lost(task)) {
            if !std::mem::replace(&mut paused, true) {
                thread::sleep(pause);
            }
            let view = registry::task(index).filter(|view| view.id == task.id);
            let is_as_it_was = view.is_some_and(|view| {
                view.polls == task.polls
                    && state(view.word) == TaskState::Waiting
                    && view.edges.is_empty()
            });
            if !is_as_it_was {
                task.state = TaskState::Runnable;
            }
        }
    }
}
