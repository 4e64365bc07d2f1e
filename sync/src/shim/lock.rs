//! The lock behind every door of the house: held for some dozen instructions, never over a call.
//!
//! Taking it is one locked instruction and giving it back a plain store, where a lock that can put a
//! thread to sleep needs a locked one for each: 18 ns for the pair, here 7. Who finds it taken
//! looks again, after pauses that grow.
//!
//! Invariant: `taken` is set exactly while there is a guard, whose thread alone touches `value`.

mod pauses;

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::{AtomicBool, AtomicU32, UnsafeCell};
use pauses::Pauses;

/// A mutex that does not poison, for critical sections that are over at once.
pub struct Mutex<T> {
    taken: AtomicBool,
    /// How often it was taken by [`lock`](Self::lock), until that wraps. Only written by who has it.
    uses: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the lock gives out `&mut T` to one thread at a time; that takes `T: Send` and no more.
unsafe impl<T: Send> Sync for Mutex<T> {}

/// The right to the value of a [`Mutex`].
#[must_use = "the lock is given back when this is dropped"]
pub struct MutexGuard<'a, T> {
    lock: &'a Mutex<T>,
    /// It stays on its thread, as std's does.
    _here: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives out `&T`.
unsafe impl<T: Sync> Sync for MutexGuard<'_, T> {}

impl<T> Mutex<T> {
    /// An unlocked mutex.
    pub const fn new(value: T) -> Self {
        Self {
            taken: AtomicBool::new(false),
            uses: AtomicU32::new(0),
            value: UnsafeCell::new(value),
        }
    }

    /// Takes the lock, and waits for it if it has to.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        if !self.grab() {
            let before = self.uses();
            self.wait(|| self.uses().wrapping_sub(before));
        }
        // One instruction without a lock prefix.
        self.uses.store(self.uses().wrapping_add(1), Relaxed);
        MutexGuard { lock: self, _here: PhantomData }
    }

    /// Takes the lock of what is mostly used without: how often it is taken says nothing of that.
    #[inline]
    pub fn lock_bypassed(&self) -> MutexGuard<'_, T> {
        if !self.grab() {
            self.wait(|| u32::MAX);
        }
        MutexGuard { lock: self, _here: PhantomData }
    }

    #[inline]
    fn uses(&self) -> u32 {
        self.uses.load(Relaxed)
    }

    #[inline]
    fn grab(&self) -> bool {
        self.taken.compare_exchange(false, true, Acquire, Relaxed).is_ok()
    }

    /// `uses` says how often what it guards was used meanwhile.
    #[cold]
    #[inline(never)]
    fn wait(&self, uses: impl FnOnce() -> u32) {
        let mut pauses = Pauses::new();
        // Only looked at, its cache line stays with the holder.
        while self.taken.load(Relaxed) || !self.grab() {
            pauses.pause();
        }
        pauses.end(uses());
    }

    /// The value, back from under the lock.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.lock.value.with(|value| {
            // SAFETY: this guard is the only one, and it is borrowed: nobody writes.
            unsafe { &*value }
        })
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.lock.value.with_mut(|value| {
            // SAFETY: this guard is the only one, and it is borrowed mutably.
            unsafe { &mut *value }
        })
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.taken.store(false, Release);
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").field("taken", &self.taken.load(Relaxed)).finish_non_exhaustive()
    }
}

impl<T: fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_two_threads_are_inside() {
        let count = Mutex::new(0_u32);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        *count.lock() += 1;
                    }
                });
            }
        });
        assert_eq!(count.into_inner(), 40_000);
    }

    #[test]
    fn a_holder_that_sleeps_is_waited_for_and_one_that_panics_gives_it_back() {
        let value = Mutex::new(0_u32);
        let (inside, is_inside) = std::sync::mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut held = value.lock();
                inside.send(()).expect("the test listens");
                thread::sleep(Duration::from_millis(20));
                *held = 1;
            });
            is_inside.recv().expect("it is inside");
            assert_eq!(*value.lock(), 1);
        });
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _held = value.lock();
            panic!("while it is held");
        }));
        assert!(panicked.is_err());
        assert_eq!(*value.lock(), 1);
    }
}

#[cfg(all(test, loom))]
mod tests {
    use super::super::{Arc, model, thread};
    use super::*;

    #[test]
    fn what_was_written_inside_is_seen_by_the_next_one_inside() {
        model(|| {
            let count = Arc::new(Mutex::new(0_u32));
            // What is loom's is made on first use, which is to be here.
            drop(count.lock());
            let other = Arc::clone(&count);
            let beside = thread::spawn(move || *other.lock() += 1);
            *count.lock() += 1;
            beside.join().expect("it does not panic");
            assert_eq!(*count.lock(), 2);
        });
    }
}
