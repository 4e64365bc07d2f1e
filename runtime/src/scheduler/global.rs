//! The queue of everybody: what was queued where no worker was.
//!
//! One array under the lock of the house, held for as long as a word takes to be written, or a batch to be
//! read. A queue that is a list of blocks needs no lock of its own, and takes the allocator's: each of
//! its blocks is taken by who spawns and given back by a worker, and the two met at the arena of the
//! one who spawns, in the kernel, for an eighth of the time of `spawn_join` (`perf record`).
//!
//! Invariant: `len` is the length of the array, and changes under the lock; who queues a task looks for
//! a sleeper after that, and who is about to sleep looks at it once more.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::{array, mem};

use wakeful_sync::shim::{AtomicUsize, Mutex};

use super::queue::Local;
use crate::task::Ready;

/// At most so many are taken at once: as many as the queues of two workers exchange.
const BATCH: usize = 32;

/// For so many there is room from the beginning, in memory that was swept, and that the allocator keeps at
/// hand: in what it finds later others may have left words that lead somewhere.
const FIRST: usize = 64;

/// Room for so many is kept.
const KEPT: usize = 1024;

/// First in, first out; whoever comes takes from it.
#[derive(Debug)]
pub(crate) struct Global {
    tasks: Mutex<VecDeque<Ready>>,
    len: AtomicUsize,
}

impl Default for Global {
    fn default() -> Self {
        Self { tasks: Mutex::new(VecDeque::with_capacity(FIRST)), len: AtomicUsize::new(0) }
    }
}

impl Global {
    pub(crate) fn push(&self, task: Ready) {
        let mut tasks = self.tasks.lock();
        tasks.push_back(task);
        self.len.store(tasks.len(), Ordering::Release);
    }

    /// Moves a batch to `to`, and takes one of it: half of what there is, and no more than others would
    /// miss.
    pub(crate) fn take(&self, to: &Local) -> Option<Ready> {
        let [first, rest @ ..]: [_; BATCH] = self.remove(|tasks| {
            let mut left = tasks.len().div_ceil(2);
            array::from_fn(|_| {
                left = left.checked_sub(1)?;
                tasks.pop_front()
            })
        })?;
        rest.into_iter().flatten().for_each(|task| to.push(task));
        first
    }

    /// Takes one.
    pub(crate) fn pop(&self) -> Option<Ready> {
        self.remove(VecDeque::pop_front)?
    }

    /// Takes what `some` takes, if there is anything. Memory that a crowd has left is freed without the lock.
    #[inline]
    fn remove<R>(&self, some: impl FnOnce(&mut VecDeque<Ready>) -> R) -> Option<R> {
        if self.is_empty() {
            return None;
        }
        let mut tasks = self.tasks.lock();
        let taken = some(&mut tasks);
        self.len.store(tasks.len(), Ordering::Release);
        let is_left = tasks.is_empty() && tasks.capacity() > KEPT;
        let spare = is_left.then(|| mem::replace(&mut *tasks, VecDeque::with_capacity(FIRST)));
        drop(tasks);
        drop(spare);
        Some(taken)
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use wakeful_diagnostics::names::{RuntimeId, Site};

    use super::*;
    use crate::task::{Schedule, Spawned, make};

    struct Nobody;

    impl Schedule for Nobody {
        fn schedule(&'static self, _: Ready) {
            unreachable!("nobody wakes it");
        }
    }

    fn task() -> Ready {
        let how = Spawned {
            site: Site::caller(),
            runtime: RuntimeId(u32::MAX),
            scheduler: &Nobody,
            meta: None,
            daemon: false,
            type_name: || "nothing",
            local: false,
            parent: None,
        };
        make(async {}, how).0
    }

    /// Queues so many; returns their numbers in order.
    fn crowd(global: &Global, size: usize) -> Vec<u64> {
        let queue = |_| {
            let task = task();
            let number = task.record().id().0;
            global.push(task);
            number
        };
        (0..size).map(queue).collect()
    }

    fn end(task: Ready) -> u64 {
        let number = task.record().id().0;
        assert!(task.run(false).is_none(), "it ends in its first poll");
        number
    }

    #[test]
    fn who_comes_first_is_taken_first_and_half_are_left_to_others() {
        let (global, local) = (Global::default(), Local::new());
        let numbers = crowd(&global, 10);
        let first = global.take(&local).map(end);
        let rest = std::iter::from_fn(|| local.pop().map(end));
        let taken: Vec<_> = first.into_iter().chain(rest).collect();
        assert_eq!(taken, numbers[..5]);
        let left: Vec<_> = std::iter::from_fn(|| global.pop().map(end)).collect();
        assert_eq!(left, numbers[5..]);
        assert!(global.is_empty() && global.take(&local).is_none() && global.pop().is_none());
    }

    #[test]
    fn the_memory_of_a_crowd_is_given_back() {
        let (global, local) = (Global::default(), Local::new());
        let size = 2 * KEPT;
        crowd(&global, size);
        let mut taken = 0;
        while let Some(task) = global.take(&local) {
            end(task);
            taken += 1 + std::iter::from_fn(|| local.pop().map(end)).count();
        }
        assert_eq!((taken, global.len()), (size, 0));
        assert!(global.tasks.lock().capacity() <= KEPT);
    }
}
