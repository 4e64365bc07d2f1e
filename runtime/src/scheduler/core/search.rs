//! Where a worker without work looks for some.

use super::{Inner, Step, count};
use crate::task::Ready;

/// How often a searcher asks everybody before it sleeps.
const ROUNDS: usize = 3;

/// A worker that has tasks looks at those of the others once in so many looks around.
const SELDOM: u32 = 8;

/// So many tasks more than twice as many are worth the way.
const MARGIN: usize = 16;

impl Inner {
    /// Takes some of the tasks of a worker that has far more to do: two that are both busy never search,
    /// and the tasks of the longer queue would be polled less often for as long as all of them stay.
    pub(super) fn even_out(&self) {
        let looks = self.looks.get().wrapping_add(1);
        self.looks.set(looks);
        if looks % SELDOM != 0 {
            return;
        }
        let own = self.bench.victim.len();
        let most = self.shared.benches.iter().max_by_key(|bench| bench.victim.len());
        let Some(bench) = most.filter(|bench| bench.victim.len() > 2 * own + MARGIN) else {
            return;
        };
        if let Some(task) = bench.victim.steal(&self.local) {
            count(&self.bench.steals);
            self.push_back(task);
        }
    }

    /// What to do when there is nothing of its own.
    #[cold]
    pub(super) fn search_or_sleep(&self) -> Step {
        if !self.searching.get() {
            self.searching.set(self.shared.idle.search(self.shared.benches.len()));
        }
        // One searcher too many takes what there is to be seen, but does not wait for more.
        if self.searching.get() || self.shared.has_spare() {
            if let Some(task) = self.search() {
                return Step::Found(self.found(task));
            }
        }
        if self.shared.is_closed() { Step::Stop } else { Step::Sleep }
    }

    /// It has found work: somebody else searches on, if there is more. What comes later calls for itself,
    /// as nobody searches then.
    #[cold]
    pub(super) fn end_search(&self) {
        self.searching.set(false);
        self.patience.has_worked();
        if self.shared.idle.found() && self.shared.has_spare() {
            self.shared.call_one();
        }
    }

    fn search(&self) -> Option<Ready> {
        let workers = self.shared.benches.len();
        for _ in 0..ROUNDS {
            if let Some(task) = self.shared.global.take(&self.local) {
                return Some(task);
            }
            let start = self.random() as usize % workers;
            for offset in 0..workers {
                let other = (start + offset) % workers;
                if other == self.index {
                    continue;
                }
                if let Some(task) = self.shared.benches[other].victim.steal(&self.local) {
                    count(&self.bench.steals);
                    return Some(task);
                }
            }
            std::hint::spin_loop();
        }
        None
    }

    /// xorshift64: which victim first need not be secret, only different.
    fn random(&self) -> u64 {
        let mut random = self.random.get();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        self.random.set(random);
        random
    }
}
