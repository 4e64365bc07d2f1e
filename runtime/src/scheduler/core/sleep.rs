//! How a worker goes to sleep, and what it does when it is awake again.

use std::time::Instant;

use wakeful_diagnostics::{census, clock};

use super::super::Flavor;
use super::{Inner, count};
use crate::monitor;

impl Inner {
    /// Sleeps until called, in the driver if nobody else is there.
    pub(super) fn sleep(&self) {
        let Self { shared, bench, .. } = self;
        self.tell_yields();
        let looks = shared.idle.enter(self.index, self.searching.take());
        count(&bench.parks);
        if shared.pass_time() {
            return self.awake(None);
        }
        // Said to be asleep; whatever was queued before that is seen here, or by who searches, and what comes
        // after calls. A root that has gone to sleep may have left something to a task in this worker's
        // own slot.
        if looks && shared.has_spare() || !bench.next.is_empty() || shared.is_closed() {
            return self.awake(None);
        }
        let since = Instant::now();
        match shared.driver() {
            Some(mut driver) if driver.is_some() => {
                if let Some(driver) = &mut *driver {
                    census::rest(|| bench.parker.park_in(driver, || self.awake(Some(since))));
                }
            }
            _ => {
                census::rest(|| bench.parker.park());
                self.awake(Some(since));
            }
        }
    }

    /// It has slept since then, or not at all.
    fn awake(&self, since: Option<Instant>) {
        let called = self.shared.idle.leave(self.index);
        count(&self.bench.stats.unparks);
        self.searching.set(called);
        let now = Instant::now();
        clock::refresh_at(now);
        if let Some(since) = since {
            let time = now.duration_since(since);
            self.patience.has_slept(time);
            self.pace.has_slept(time);
        }
        monitor::stir();
    }

    /// Waits a little for work before it goes to sleep, if that has paid lately. True if there may be
    /// some.
    pub(super) fn linger(&self) -> bool {
        // While one searches nobody is called, which is what it saves the others: no more than one. The
        // only worker has nobody to save, and what its root waits for is not seen here.
        if !self.searching.get() || self.shared.flavor == Flavor::CurrentThread {
            return false;
        }
        self.patience.wait(|| self.shared.has_spare() || self.shared.is_closed())
    }
}
