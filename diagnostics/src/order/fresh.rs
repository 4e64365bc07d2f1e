//! Which locks are held for certain by the code that runs now.
//!
//! A task may be several futures that a join polls in turn, and only the house's own joins say so.
//! So the code that runs has a lock for certain only if the lock was taken in this very poll, and
//! nothing has suspended since. Any other lock of the task's is *carried*. What suspends shows:
//! * a wait of the house's draws its edge, or renews it ([`suspends`](super::suspends));
//! * a branch of a `join!` of the house's is entered or left;
//! * any other future that is to be polled again has a clone of the task's waker by then, made now or
//!   long ago, or has woken the task: the state word tells both.
//!
//! Invariants:
//! * the list is of one poll, which it names: what was taken in another one is not in it;
//! * what is not in it is carried, so it may be cleared at any time, and passed over when full.

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;

use crate::registry::{TaskRecord, word};

/// Locks in the list; deeper ones are carried.
const MOST: usize = 32;

/// A possession, as its slot names it.
type Key = (usize, u64);

struct List {
    poll: Cell<u64>,
    len: Cell<usize>,
    keys: [Cell<Key>; MOST],
}

impl List {
    fn keys(&self) -> &[Cell<Key>] {
        &self.keys[..self.len.get()]
    }
}

thread_local! {
    static LIST: List = const {
        List { poll: Cell::new(0), len: Cell::new(0), keys: [const { Cell::new((0, 0)) }; MOST] }
    };
}

/// Notes that the task, which is being polled, has taken a lock.
#[cold]
pub(crate) fn taken(task: &TaskRecord, key: Key) {
    let poll = task.fingerprint();
    LIST.with(|list| {
        if list.poll.replace(poll) != poll {
            list.len.set(0);
        }
        // What was in the same slot before is over.
        if let Some(place) = list.keys().iter().find(|place| place.get().0 == key.0) {
            place.set(key);
        } else if let Some(place) = list.keys.get(list.len.get()) {
            place.set(key);
            list.len.set(list.len.get() + 1);
        }
    });
}

/// Whatever is held now is carried from here on.
#[cold]
pub(crate) fn clear() {
    LIST.with(|list| list.len.set(0));
}

/// What the running code of a task has for certain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh {
    /// `None`: nothing.
    poll: Option<u64>,
}

impl Fresh {
    /// Of the task that is being polled on this thread.
    #[inline]
    pub(crate) fn of(task: &TaskRecord) -> Self {
        let state = task.word.load(Relaxed);
        let may_have_suspended = state & word::NOTIFIED != 0 || word::foreign(state) > 0;
        Self { poll: (!may_have_suspended).then(|| task.fingerprint()) }
    }

    /// Whether the code that runs has this for certain.
    #[inline]
    pub(crate) fn has(self, key: Key) -> bool {
        self.poll.is_some_and(|poll| {
            LIST.with(|list| {
                list.poll.get() == poll && list.keys().iter().any(|place| place.get() == key)
            })
        })
    }
}
