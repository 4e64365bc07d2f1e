//! What a thread does between two looks at a lock that another one has.
//!
//! It looks on for a microsecond or two, about as long as it takes the holder to be done, and only
//! then lets other threads run: a holder that lost its processor gets it back, also from a thread of
//! higher priority, because in the end everybody sleeps in between. So does Go's runtime with its own
//! locks.
//!
//! Two threads that want a lock all the time are slower than one of them would be, as each takes
//! what lies under it from the other's cache, again and again. So who has waited a moment ago stays away
//! for some microseconds, in which the other does some hundred operations; then it is its own turn.
//! If the other has done next to nothing, as it waits for what this thread is to do, that was in vain, and
//! the thread does not stay away again for some time.

#[cfg(not(loom))]
pub(super) use real::Pauses;

/// A model counts no time.
#[cfg(loom)]
pub(super) struct Pauses;

#[cfg(loom)]
impl Pauses {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) fn pause(&mut self) {
        super::super::thread::yield_now();
    }

    pub(super) fn end(self, _: u32) {}
}

#[cfg(not(loom))]
mod real {
    use std::cell::Cell;
    use std::thread;
    use std::time::{Duration, Instant};

    /// So often a thread looks on before it lets others run, and waits twice as long after each look:
    /// each takes the cache line from the holder, who is to get on with what it does.
    const LOOKS: u32 = 7;

    /// Who has waited less than so long ago stays away instead.
    const LATELY: Duration = Duration::from_micros(100);
    /// It looks so often, and spins so often before each next look: some 10 us.
    const RARE_LOOKS: u32 = 4;
    const AWAY: u32 = 256;
    /// In vain unless the lock was used so often meanwhile.
    const WORTH: u32 = 16;
    /// Then it looks on at the next so many waits.
    const IN_VAIN: u32 = 1000;

    /// So often it lets others run before it sleeps.
    const TURNS: u32 = 20;
    /// It sleeps so long, and then each time twice as long.
    const FIRST_SLEEP: Duration = Duration::from_micros(20);
    const LAST_SLEEP: Duration = Duration::from_millis(1);

    thread_local! {
        /// When this thread has last waited for a lock.
        static WAITED: Cell<Option<Instant>> = const { Cell::new(None) };
        /// At how many of the next waits it is not to stay away.
        static STAYS: Cell<u32> = const { Cell::new(0) };
    }

    /// The pauses of one who waits.
    pub(in super::super) struct Pauses {
        look: u32,
        stays_away: bool,
    }

    impl Pauses {
        #[inline]
        pub(in super::super) fn new() -> Self {
            let stays = STAYS.get();
            if stays > 0 {
                STAYS.set(stays - 1);
                return Self { look: 0, stays_away: false };
            }
            let stays_away = WAITED.get().is_some_and(|last| last.elapsed() < LATELY);
            Self { look: 0, stays_away }
        }

        #[inline]
        pub(in super::super) fn pause(&mut self) {
            let (looks, spins) = match self.stays_away {
                true => (RARE_LOOKS, AWAY),
                false => (LOOKS, 1 << self.look.min(LOOKS)),
            };
            if self.look < looks {
                (0..spins).for_each(|_| std::hint::spin_loop());
            } else if self.look < looks + TURNS {
                thread::yield_now();
            } else {
                let sleep = FIRST_SLEEP * 2_u32.saturating_pow(self.look - looks - TURNS);
                thread::sleep(sleep.min(LAST_SLEEP));
            }
            self.look += 1;
        }

        /// It has the lock, which was used so often meanwhile.
        #[inline]
        pub(in super::super) fn end(self, uses: u32) {
            if self.look > 0 && self.stays_away && uses < WORTH {
                STAYS.set(IN_VAIN);
            }
            WAITED.set(Some(Instant::now()));
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// One wait of a look, while the lock was used so often; says whether it stayed away.
        fn wait(uses: u32) -> bool {
            let mut pauses = Pauses::new();
            pauses.pause();
            let stayed_away = pauses.stays_away;
            pauses.end(uses);
            stayed_away
        }

        #[test]
        fn who_waits_again_stays_away_unless_that_was_in_vain() {
            assert!(!wait(0), "the first wait is short");
            // Under load a wait may come late, and counts as a first one then.
            while !wait(WORTH) {}
            while !wait(WORTH) {}
            while !wait(WORTH - 1) {}
            assert!((0..IN_VAIN).all(|_| !wait(0)));
            while !wait(WORTH) {}
        }
    }
}
