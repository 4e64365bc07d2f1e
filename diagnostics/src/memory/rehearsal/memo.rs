//! What came of asking before.
//!
//! What was asked in vain is asked again after a hundred times as long as it took, and then after twice as long.
//! What was known twice stays known while none of the tasks moves that have it: nobody else can get at it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Had, Sleeper, Thing};
use crate::names::TaskId;

const REST: u32 = 100;
const LONGEST: Duration = Duration::from_secs(600);

/// So often is it to be known before it stays known.
const TWICE: u32 = 2;

/// So many things are remembered.
const MOST: usize = 1024;

#[derive(Debug)]
enum Before {
    /// Asked in vain, and put off until then, for so long.
    InVain(Instant, Duration),
    /// Known so often, and these had it all, each with its [moment](Sleeper::moment).
    Known(u32, HashMap<TaskId, (u64, u64)>, Had),
}

/// What to do about a thing.
#[derive(Debug)]
pub(super) enum Now {
    Ask,
    Wait,
    Known(Had),
}

static MEMO: Mutex<Option<HashMap<Thing, Before>>> = Mutex::new(None);

/// What to do about it, if it is asked of these tasks.
pub(super) fn now(thing: &Thing, tasks: &HashMap<TaskId, Sleeper>) -> Now {
    let memo = MEMO.lock().unwrap_or_else(PoisonError::into_inner);
    match memo.as_ref().and_then(|memo| memo.get(thing)) {
        Some(Before::InVain(until, _)) if *until > Instant::now() => Now::Wait,
        Some(Before::Known(TWICE.., who, had)) => {
            let is_as_it_was = |(id, moment): (&TaskId, &(u64, u64))| {
                tasks.get(id).is_some_and(|task| task.moment() == *moment)
            };
            if who.iter().all(is_as_it_was) { Now::Known(had.clone()) } else { Now::Ask }
        }
        _ => Now::Ask,
    }
}

/// It was asked, which took so long, and came to this.
pub(super) fn note(
    thing: Thing,
    had: Option<&Had>,
    tasks: &HashMap<TaskId, Sleeper>,
    took: Duration,
) {
    let mut memo = MEMO.lock().unwrap_or_else(PoisonError::into_inner);
    let memo = memo.get_or_insert_default();
    if memo.len() >= MOST {
        memo.clear();
    }
    let before = memo.remove(&thing);
    let after = match (had, before) {
        (None, before) => {
            let pause = match before {
                Some(Before::InVain(_, pause)) => pause * 2,
                _ => Duration::ZERO,
            };
            let pause = pause.max(took * REST).min(LONGEST);
            Before::InVain(Instant::now() + pause, pause)
        }
        (Some(had), before) => {
            let have =
                had.by.iter().filter_map(|id| Some((*id, tasks.get(id)?.moment()))).collect();
            match before {
                Some(Before::Known(times, who, same)) if who == have && same == *had => {
                    Before::Known(times + 1, who, same)
                }
                _ => Before::Known(1, have, had.clone()),
            }
        }
    };
    memo.insert(thing, after);
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::clock;
    use crate::memory::Address;

    fn sleeper() -> Sleeper {
        Sleeper { record: Box::leak(Box::default()), on_stack: None }
    }

    #[test]
    fn what_was_asked_in_vain_is_put_off() {
        let (thing, tasks) = (Thing::Arcs(Address::new(0x1000)), HashMap::new());
        assert!(matches!(now(&thing, &tasks), Now::Ask));
        note(thing, None, &tasks, Duration::from_secs(1));
        assert!(matches!(now(&thing, &tasks), Now::Wait));
        note(thing, None, &tasks, Duration::ZERO);
        assert!(matches!(now(&thing, &tasks), Now::Wait));
    }

    #[test]
    fn what_is_known_twice_is_asked_again_when_one_moves_who_has_it() {
        let (one, other) = (sleeper(), sleeper());
        let tasks = HashMap::from([(TaskId(1), one), (TaskId(2), other)]);
        let thing = Thing::Arcs(Address::new(0x2000));
        let had = Had { by: HashSet::from([TaskId(1)]), blindly: false, stays: false };
        for _ in 0..2 {
            assert!(matches!(now(&thing, &tasks), Now::Ask));
            note(thing, Some(&had), &tasks, Duration::ZERO);
        }
        other.record.begin_poll(clock::refresh());
        assert!(matches!(now(&thing, &tasks), Now::Known(known) if known == had));
        one.record.begin_poll(clock::refresh());
        assert!(matches!(now(&thing, &tasks), Now::Ask));
    }
}
