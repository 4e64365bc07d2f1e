//! Where a worker without work looks for some.

use super::{Core, LOOK_AROUND, count};
use crate::task::Ready;

/// How often a searcher asks everybody before it sleeps.
const ROUNDS: usize = 3;

/// A worker that has tasks looks at those of the others once in so many looks around.
const SELDOM: u32 = 8;

/// So many tasks more than twice as many are worth the way.
const MARGIN: usize = 16;

impl Core {
    /// Takes some of the tasks of a worker that has far more to do: two that are both busy never search,
    /// and the tasks of the longer queue would be polled less often for as long as all of them stay.
    pub(super) fn even_out(&mut self) {
        if self.tick / LOOK_AROUND % SELDOM != 0 {
            return;
        }
        let own = self.bench().victim.len();
        let most = self.shared.benches.iter().max_by_key(|bench| bench.victim.len());
        let Some(bench) = most.filter(|bench| bench.victim.len() > 2 * own + MARGIN) else {
            return;
        };
        if let Some(task) = bench.victim.steal(&self.local) {
            count(&self.bench().steals);
            self.push_back(task);
        }
    }

    pub(super) fn search(&mut self) -> Option<Ready> {
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
                    count(&self.bench().steals);
                    return Some(task);
                }
            }
            std::hint::spin_loop();
        }
        None
    }

    /// xorshift64: which victim first need not be secret, only different.
    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
