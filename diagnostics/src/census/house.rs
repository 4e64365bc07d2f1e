//! Which threads and signal handlers are the house's own.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::judge::House;

static THREADS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
static SIGNALS: AtomicU64 = AtomicU64::new(0);
static IGNORE_MAIN: AtomicBool = AtomicBool::new(false);

/// Enters the calling thread as one of the house's: the census leaves it out.
///
/// Whoever calls this promises that the thread wakes tasks only on behalf of what the registry
/// shows: a timer or a socket somebody waits for, a job that runs.
pub fn own_thread() -> OwnThread {
    let tid = current_tid();
    if let Some(tid) = tid {
        THREADS.lock().unwrap_or_else(PoisonError::into_inner).push(tid);
    }
    OwnThread(tid)
}

/// While it lives, the thread that made it is one of the house's.
#[derive(Debug)]
#[must_use = "the thread is the house's only while this is held"]
pub struct OwnThread(Option<u32>);

impl Drop for OwnThread {
    fn drop(&mut self) {
        let Some(tid) = self.0 else { return };
        let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = threads.iter().position(|&own| own == tid) {
            threads.swap_remove(place);
        }
    }
}

/// Says that the handler of signal `n` is the house's: it wakes no task unless one waits for the
/// signal, which the registry shows.
pub fn own_signal(n: i32) {
    if let Some(bit) = u32::try_from(n).ok().and_then(|n| n.checked_sub(1)) {
        SIGNALS.fetch_or(1_u64.checked_shl(bit).unwrap_or(0), Ordering::SeqCst);
    }
}

/// Leaves the main thread out of the census.
///
/// For test harnesses: their main thread waits for the tests with a time limit, and touches
/// nothing of the house. Whoever calls this promises just that.
pub fn ignore_main_thread() {
    IGNORE_MAIN.store(true, Ordering::SeqCst);
}

/// The list as it stands now.
pub(super) fn house() -> House {
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if IGNORE_MAIN.load(Ordering::SeqCst) {
        threads.push(std::process::id());
    }
    House { threads, signals: SIGNALS.load(Ordering::SeqCst) }
}

thread_local! {
    static TID: Option<u32> = read_tid();
}

/// The calling thread's number as the kernel knows it, where the census works.
#[must_use]
pub fn current_tid() -> Option<u32> {
    TID.try_with(|&tid| tid).ok().flatten()
}

/// Read from `/proc`, because this crate calls nothing unsafe.
fn read_tid() -> Option<u32> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}
