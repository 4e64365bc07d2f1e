//! How a thread sleeps and is woken.
//!
//! Invariant: `unpark` before `park` makes that `park` return at once; a token is not counted.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Thread};

use crate::driver::{Driver, Handle};

const EMPTY: u32 = 0;
const TOKEN: u32 = 1;
const ON_THREAD: u32 = 2;
const IN_DRIVER: u32 = 3;

/// One thread's place to sleep.
#[derive(Debug, Default)]
pub(crate) struct Parker {
    state: AtomicU32,
    thread: Mutex<Option<Thread>>,
}

impl Parker {
    /// From now on the calling thread sleeps here.
    pub(crate) fn adopt(&self) {
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current());
    }

    /// Sleeps until the token is there, and takes it.
    pub(crate) fn park(&self) {
        if self.begin(ON_THREAD) {
            while self.state.load(Ordering::Acquire) == ON_THREAD {
                thread::park();
            }
            self.state.store(EMPTY, Ordering::Release);
        }
    }

    /// Sleeps in the driver until the token is there or the driver has something to tell, which
    /// it does after `awake`.
    pub(crate) fn park_in(&self, driver: &mut Driver, awake: impl FnOnce()) {
        if self.begin(IN_DRIVER) {
            driver.wait(None);
            self.state.store(EMPTY, Ordering::Release);
        }
        awake();
        driver.dispatch();
    }

    /// False if the token was there, and is taken.
    fn begin(&self, how: u32) -> bool {
        match self.state.compare_exchange(EMPTY, how, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(_) => {
                self.state.store(EMPTY, Ordering::Release);
                false
            }
        }
    }

    /// Leaves the token, and wakes who sleeps here.
    pub(crate) fn unpark(&self, driver: &Handle) {
        match self.state.swap(TOKEN, Ordering::AcqRel) {
            ON_THREAD => {
                let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(thread) = &*thread {
                    thread.unpark();
                }
            }
            IN_DRIVER => driver.unpark(),
            _ => {}
        }
    }
}
