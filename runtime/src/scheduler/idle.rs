//! Which workers sleep, and which one to wake.
//!
//! Who has queued work calls nobody if somebody searches: whoever that is looks at every queue after it has
//! counted itself off, whether it has found work or goes to sleep. The last one to do so finds who sleeps
//! by then. Invariants:
//! * `sleeping` is the length of the list, and changes under its lock;
//! * each that `searching` counts is a worker, which counts itself off and then looks. So a caller
//!   counts whom it has found asleep, under the lock, and never itself while it looks for one: another
//!   caller would rely on it, and it looks at no queue.

use std::sync::atomic::Ordering;

use wakeful_sync::shim::{AtomicUsize, Mutex, MutexGuard, fence};

/// The workers of one runtime that have nothing to do.
#[derive(Debug)]
pub(crate) struct Idle {
    list: Mutex<Vec<usize>>,
    sleeping: AtomicUsize,
    searching: AtomicUsize,
}

impl Default for Idle {
    fn default() -> Self {
        Self {
            list: Mutex::new(Vec::new()),
            sleeping: AtomicUsize::new(0),
            searching: AtomicUsize::new(0),
        }
    }
}

impl Idle {
    fn list(&self) -> MutexGuard<'_, Vec<usize>> {
        self.list.lock()
    }

    /// A sleeper to be woken because there is work; none if somebody searches already. Whoever
    /// gets one wakes it, and it begins as a searcher.
    #[inline]
    pub(crate) fn call(&self) -> Option<usize> {
        // The work that was queued must be seen by a worker whose sleep is not seen here.
        fence(Ordering::SeqCst);
        if self.sleeping.load(Ordering::Relaxed) == 0 || self.searching.load(Ordering::Relaxed) != 0
        {
            return None;
        }
        self.call_slow()
    }

    #[cold]
    fn call_slow(&self) -> Option<usize> {
        let list = self.list();
        // Somebody was called meanwhile, or has begun to search.
        let is_searched = self.searching.load(Ordering::SeqCst) != 0;
        if is_searched { None } else { self.pop(list) }
    }

    /// A sleeper to be woken whatever the others do; it begins as a searcher.
    pub(crate) fn call_anyway(&self) -> Option<usize> {
        self.pop(self.list())
    }

    fn pop(&self, mut list: MutexGuard<'_, Vec<usize>>) -> Option<usize> {
        let called = list.pop()?;
        self.sleeping.store(list.len(), Ordering::SeqCst);
        // Under the lock: it may wake by itself, and then counts itself off as a searcher.
        self.searching.fetch_add(1, Ordering::SeqCst);
        Some(called)
    }

    /// Worker `index` is about to sleep; a searcher gives up. True if nobody else searches: then it has to
    /// look at every queue once more, as what was queued before this has not called it.
    #[must_use]
    pub(crate) fn enter(&self, index: usize, searching: bool) -> bool {
        let mut list = self.list();
        list.push(index);
        self.sleeping.store(list.len(), Ordering::SeqCst);
        drop(list);
        if searching {
            self.searching.fetch_sub(1, Ordering::SeqCst);
        }
        fence(Ordering::SeqCst);
        self.searching.load(Ordering::Relaxed) == 0
    }

    /// Worker `index` is awake. True if somebody called it: then it is a searcher already.
    pub(crate) fn leave(&self, index: usize) -> bool {
        let mut list = self.list();
        let Some(place) = list.iter().position(|&sleeper| sleeper == index) else { return true };
        list.swap_remove(place);
        self.sleeping.store(list.len(), Ordering::SeqCst);
        false
    }

    /// Joins the searchers, of which there are at most half the `workers`.
    pub(crate) fn search(&self, workers: usize) -> bool {
        if 2 * self.searching.load(Ordering::SeqCst) >= workers {
            return false;
        }
        self.searching.fetch_add(1, Ordering::SeqCst);
        true
    }

    /// A searcher found work. True if it was the last: then it passes the search on.
    pub(crate) fn found(&self) -> bool {
        self.searching.fetch_sub(1, Ordering::SeqCst) == 1
    }

    /// How many sleep.
    pub(crate) fn sleeping(&self) -> usize {
        self.sleeping.load(Ordering::SeqCst)
    }
}

#[cfg(all(test, loom))]
mod tests;
