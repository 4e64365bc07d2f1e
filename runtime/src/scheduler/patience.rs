//! How long a thread without work waits for some before it sleeps.
//!
//! To wake a sleeper costs its waker some 2 µs and the sleeper 4 µs more, and where work comes in small
//! portions that is many times the work. So a thread whose sleeps turn out to be short waits instead,
//! looking for work, and half as often each time that was in vain: a runtime with nothing to do never
//! looks at all. Between two looks other threads get the processor, if they want it. A worker does it,
//! and the root of a `block_on` that the workers work for.

use std::cell::Cell;
use std::hint;
use std::thread;
use std::time::Duration;

/// A sleep as short as this was not worth it.
const SHORT: Duration = Duration::from_micros(50);

/// How often it looks at the most before it sleeps; a look takes about 1 µs.
const MOST: u32 = 8;

/// And at the least, if at all.
const LEAST: u32 = 2;

/// How long is a look.
const PAUSES: u32 = 24;

/// The patience of one thread.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    /// How often it looks before it sleeps.
    looks: Cell<u32>,
    /// How often it has, since it last had work.
    spent: Cell<u32>,
}

impl Patience {
    /// Waits until there is something, or patience is at an end. True if there is something.
    pub(crate) fn wait(&self, mut is_there: impl FnMut() -> bool) -> bool {
        let looks = self.looks.get();
        while self.spent.get() < looks {
            self.spent.set(self.spent.get() + 1);
            for _ in 0..PAUSES {
                hint::spin_loop();
            }
            thread::yield_now();
            if is_there() {
                return true;
            }
        }
        if looks > 0 {
            self.looks.set(if looks > LEAST { looks / 2 } else { 0 });
        }
        false
    }

    /// There was work.
    pub(crate) fn has_worked(&self) {
        self.spent.set(0);
    }

    /// It slept for so long.
    pub(crate) fn has_slept(&self, time: Duration) {
        self.spent.set(0);
        if time < SHORT {
            self.looks.set((self.looks.get() * 4).clamp(LEAST, MOST));
        }
    }
}
