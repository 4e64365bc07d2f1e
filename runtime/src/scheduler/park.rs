//! How a thread sleeps and is woken.
//!
//! Invariant: `unpark` before `park` makes that `park` return at once; a token is not counted.

use std::sync::atomic::Ordering;

use wakeful_sync::shim::thread::{self, Thread};
use wakeful_sync::shim::{AtomicU32, Mutex};

use crate::driver::{Driver, Handle};

const EMPTY: u32 = 0;
const TOKEN: u32 = 1;
const ON_THREAD: u32 = 2;
const IN_DRIVER: u32 = 3;

/// One thread's place to sleep.
#[derive(Debug)]
pub(crate) struct Parker {
    state: AtomicU32,
    thread: Mutex<Option<Thread>>,
}

impl Default for Parker {
    fn default() -> Self {
        Self { state: AtomicU32::new(EMPTY), thread: Mutex::new(None) }
    }
}

impl Parker {
    /// From now on the calling thread sleeps here.
    pub(crate) fn adopt(&self) {
        *self.thread.lock() = Some(thread::current());
    }

    /// Sleeps until the token is there, and takes it.
    pub(crate) fn park(&self) {
        if self.begin(ON_THREAD) {
            while self.state.load(Ordering::Acquire) == ON_THREAD {
                thread::park();
            }
            self.take_token();
        }
    }

    /// Sleeps in the driver until the token is there or the driver has something to tell, which
    /// it does after `awake`.
    pub(crate) fn park_in(&self, driver: &mut Driver, awake: impl FnOnce()) {
        if self.begin(IN_DRIVER) {
            driver.wait(None);
            self.take_token();
        }
        awake();
        driver.dispatch();
    }

    /// False if the token was there, and is taken.
    fn begin(&self, how: u32) -> bool {
        match self.state.compare_exchange(EMPTY, how, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(_) => {
                self.take_token();
                false
            }
        }
    }

    /// Takes the token, and sees what was done before each `unpark` that left it: an exchange, as there
    /// may have been a second one.
    fn take_token(&self) {
        let _ = self.state.swap(EMPTY, Ordering::AcqRel);
    }

    /// Leaves the token, and wakes who sleeps here.
    pub(crate) fn unpark(&self, driver: Option<&Handle>) {
        match self.state.swap(TOKEN, Ordering::AcqRel) {
            ON_THREAD => {
                let thread = self.thread.lock();
                if let Some(thread) = &*thread {
                    thread.unpark();
                }
            }
            IN_DRIVER => {
                if let Some(driver) = driver {
                    driver.unpark();
                }
            }
            _ => {}
        }
    }
}
