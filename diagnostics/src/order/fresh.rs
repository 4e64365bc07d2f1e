//! Which locks are held for certain by the code that runs now.
//!
//! A task may be several futures that a join polls in turn, and only the house's own joins say so.
//! The code that runs has a lock for certain if
//! * nothing has suspended since it was taken, in this very poll; or if
//! * the task is one *strand*: when it was last suspended, that was in one place, and nothing has
//!   suspended since this poll began.
//!
//! Any other lock of the task's is *carried*. What suspends shows: a wait of the house's draws its
//! edge, or renews it ([`suspends`](super::suspends)); a branch of a `join!` of the house's is
//! entered, or left. Any other future that is to be polled again has a clone of the task's waker by
//! then, made now or long ago, or has woken the task: the state word tells both.
//!
//! Invariants:
//! * the list and the count are of one poll, which is named beside them;
//! * what is not in the list is carried, or the strand's: it may be cleared at any time, and passed
//!   over when full.

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;

use crate::current;
use crate::registry::{TaskRecord, word};

/// Locks in the list.
const MOST: usize = 32;

/// A possession, as its slot names it.
type Key = (usize, u64);

struct List {
    poll: Cell<u64>,
    /// How often something has suspended in this poll.
    suspensions: Cell<u32>,
    len: Cell<usize>,
    /// What was taken since.
    keys: [Cell<Key>; MOST],
}

impl List {
    fn keys(&self) -> &[Cell<Key>] {
        &self.keys[..self.len.get()]
    }

    /// Makes this the list of the task's poll.
    fn turn_to(&self, task: &TaskRecord) {
        let poll = task.fingerprint();
        if self.poll.replace(poll) != poll {
            self.suspensions.set(0);
            self.len.set(0);
        }
    }

    fn has(&self, key: Key) -> bool {
        self.keys().iter().any(|place| place.get() == key)
    }
}

thread_local! {
    static LIST: List = const {
        List {
            poll: Cell::new(0),
            suspensions: Cell::new(0),
            len: Cell::new(0),
            keys: [const { Cell::new((0, 0)) }; MOST],
        }
    };
}

/// Notes that the task, which is being polled, has taken a lock.
#[cold]
pub(crate) fn taken(task: &TaskRecord, key: Key) {
    LIST.with(|list| {
        list.turn_to(task);
        // What was in the same slot before is over.
        if let Some(place) = list.keys().iter().find(|place| place.get().0 == key.0) {
            place.set(key);
        } else if let Some(place) = list.keys.get(list.len.get()) {
            place.set(key);
            list.len.set(list.len.get() + 1);
        }
    });
}

/// Notes that something has suspended in the current task.
#[cold]
pub(crate) fn suspended() {
    let Some(task) = current::task() else { return };
    LIST.with(|list| {
        list.turn_to(task);
        list.suspensions.set(list.suspensions.get() + 1);
        list.len.set(0);
    });
}

/// How often something has suspended in this poll of the task.
pub(crate) fn suspensions(task: &TaskRecord) -> u32 {
    LIST.with(|list| if list.poll.get() == task.fingerprint() { list.suspensions.get() } else { 0 })
}

/// A task that polls another one, while it does.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    poll: u64,
    suspensions: u32,
}

/// Makes room for a task that the current one polls.
pub(crate) fn set_aside() -> Aside {
    LIST.with(|list| Aside { poll: list.poll.get(), suspensions: list.suspensions.get() })
}

/// Goes on with the task that polled another one.
pub(crate) fn put_back(aside: &Aside) {
    LIST.with(|list| {
        list.poll.set(aside.poll);
        list.suspensions.set(aside.suspensions);
        list.len.set(0);
    });
}

/// Whether a future that is not the house's may be suspended in the task, which is being polled.
#[inline]
pub(crate) fn may_be_asked_for(task: &TaskRecord) -> bool {
    let state = task.word.load(Relaxed);
    state & word::NOTIFIED != 0 || word::foreign(state) > 0
}

/// What the running code of a task has for certain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh {
    /// What is in the list of this poll; `None`: nothing.
    poll: Option<u64>,
    /// All else, too.
    is_strand: bool,
}

impl Fresh {
    /// Of the task that is being polled on this thread.
    #[inline]
    pub(crate) fn of(task: &TaskRecord) -> Self {
        if may_be_asked_for(task) {
            return Self { poll: None, is_strand: false };
        }
        let is_strand = task.is_strand() && suspensions(task) == 0;
        Self { poll: Some(task.fingerprint()), is_strand }
    }

    /// Whether the code that runs has this for certain.
    #[inline]
    pub(crate) fn has(self, key: Key) -> bool {
        let is_listed = |poll| LIST.with(|list| list.poll.get() == poll && list.has(key));
        self.is_strand || self.poll.is_some_and(is_listed)
    }
}
