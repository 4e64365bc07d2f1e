//! Looking several times, because a task may be just about to end.

use std::collections::HashSet;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use super::allowed::Snapshot as Allowed;
use crate::current;
use crate::names::{RuntimeId, TaskId};
use crate::registry::{self, TaskRecord};
use crate::snapshot::{Snapshot, TaskState, snapshot};

/// How often to look, and how long to wait before the second look; each further wait is half as
/// long again, which makes 90 ms in all.
const LOOKS: usize = 20;
const FIRST_PAUSE: Duration = Duration::from_micros(20);

/// What a runtime does for who looks.
#[derive(Debug, Clone, Copy)]
pub struct House {
    /// The runtime of this thread.
    pub runtime: fn() -> Option<RuntimeId>,
    /// Waits on this thread, and lets the tasks of its runtime run meanwhile.
    pub pause: fn(Duration),
}

static HOUSE: OnceLock<House> = OnceLock::new();

/// Makes the runtime known to who looks for what it leaves; the first one counts.
pub fn install(house: House) {
    let _ = HOUSE.set(house);
}

/// The records of tasks that ought to end, of every runtime.
pub(super) fn all() -> impl Iterator<Item = &'static TaskRecord> {
    registry::records().filter(|record| record.is_unfinished() && record.ought_to_end())
}

/// Tasks that are left over.
pub(super) struct Left {
    /// Everything there was at the last look.
    pub(super) house: Snapshot,
    /// Those that are charged.
    pub(super) tasks: HashSet<TaskId>,
}

/// Looks until nothing is left that is charged, or often enough.
pub(super) fn until_settled(allowed: &Allowed) -> Option<Left> {
    let own = current::task();
    let known = HOUSE.get();
    let runtime = allowed
        .wanted_runtime()
        .or_else(|| own.map(TaskRecord::runtime))
        .or_else(|| known.and_then(|known| (known.runtime)()));
    let pause = known.map_or(thread::sleep as fn(Duration), |known| known.pause);
    let is_charged = |record: &&'static TaskRecord| {
        runtime.is_none_or(|runtime| record.runtime() == runtime)
            && own.is_none_or(|own| own.id() != record.id())
            && !allowed.was_there(record.id())
    };
    let mut length = FIRST_PAUSE;
    for look in 1..=LOOKS {
        if !all().any(|record| is_charged(&record)) {
            return None;
        }
        let is_last = look == LOOKS;
        // Names and places are in a snapshot, which costs more.
        if is_last || allowed.asks_for_more() {
            let house = snapshot();
            let charged: HashSet<_> = all().filter(is_charged).map(TaskRecord::id).collect();
            let tasks = house.tasks.iter().filter(|task| {
                charged.contains(&task.id)
                    && task.state != TaskState::Done
                    && !allowed.may_stay(task)
            });
            let tasks: HashSet<_> = tasks.map(|task| task.id).collect();
            if is_last || tasks.is_empty() {
                return (!tasks.is_empty()).then_some(Left { house, tasks });
            }
        }
        pause(length);
        length = length * 3 / 2;
    }
    None
}
