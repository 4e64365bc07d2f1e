//! The queue of everybody: what was queued where no worker was.
//!
//! One array under the lock of the house, held for as long as a word takes to be written, or a batch to be
//! read. A queue that is a list of blocks needs no lock of its own, and takes the allocator's: each of
//! its blocks is taken by who spawns and given back by a worker, and the two met at the arena of the
//! one who spawns, in the kernel, for an eighth of the time of `spawn_join` (`perf record`).
//!
//! Invariant: `len` is the length of the array, and changes under the lock; who queues a task looks for
//! a sleeper after that, and who is about to sleep looks at it once more.

use std::array;
use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use wakeful_sync::shim::{AtomicUsize, Mutex};

use super::queue::Local;
use crate::task::Ready;

/// At most so many are taken at once: as many as the queues of two workers exchange.
const BATCH: usize = 32;

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
        Self { tasks: Mutex::new(VecDeque::new()), len: AtomicUsize::new(0) }
    }
}

impl Global {
    pub(crate) fn push(&self, task: Ready) {
        let mut tasks = self.tasks.lock();
        tasks.push_back(task);
        self.len.store(tasks.len(), Ordering::Release);
    }

    /// Moves a batch to `to`, and takes one of it.
    pub(crate) fn take(&self, to: &Local) -> Option<Ready> {
        let [first, rest @ ..] = self.batch()?;
        rest.into_iter().flatten().for_each(|task| to.push(task));
        first
    }

    /// Half of what there is, and no more than others would miss.
    #[inline]
    fn batch(&self) -> Option<[Option<Ready>; BATCH]> {
        if self.is_empty() {
            return None;
        }
        let mut tasks = self.tasks.lock();
        let mut left = tasks.len().div_ceil(2);
        let batch = array::from_fn(|_| {
            left = left.checked_sub(1)?;
            tasks.pop_front()
        });
        let spare = self.taken(&mut tasks);
        drop(tasks);
        drop(spare);
        Some(batch)
    }

    /// Takes one.
    pub(crate) fn pop(&self) -> Option<Ready> {
        if self.is_empty() {
            return None;
        }
        let mut tasks = self.tasks.lock();
        let task = tasks.pop_front();
        let spare = self.taken(&mut tasks);
        drop(tasks);
        drop(spare);
        task
    }

    /// Some were taken. What comes back is memory that a crowd has left, to be freed without the lock.
    #[inline]
    fn taken(&self, tasks: &mut VecDeque<Ready>) -> VecDeque<Ready> {
        self.len.store(tasks.len(), Ordering::Release);
        match tasks.is_empty() && tasks.capacity() > KEPT {
            true => std::mem::take(tasks),
            false => VecDeque::new(),
        }
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
