//! Where a worker without work looks for some.

use super::{Core, count};
use crate::task::Ready;

/// How often a searcher asks everybody before it sleeps.
const ROUNDS: usize = 3;

impl Core {
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
