//! Which threads and signal handlers are the house's own, and which of the threads rest.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::judge::House;
use crate::memory::Address;
use crate::stacks;

static THREADS: Mutex<Vec<&'static Entry>> = Mutex::new(Vec::new());
static SIGNALS: AtomicU64 = AtomicU64::new(0);
static IGNORE_MAIN: AtomicBool = AtomicBool::new(false);

/// A thread of the house; entries are used again, and never freed.
#[derive(Debug, Default)]
struct Entry {
    /// Zero while it is nobody's.
    tid: AtomicU32,
    /// What lies beyond this on its stack is not the house's; as [`Address`] keeps it.
    base: AtomicUsize,
    rests: AtomicBool,
    /// Which worker of its runtime it is, plus one.
    worker: AtomicU32,
}

thread_local! {
    static CURRENT: Cell<Option<&'static Entry>> = const { Cell::new(None) };
}

/// Enters the calling thread as one of the house's: the census leaves it out.
///
/// Whoever calls this promises that the thread wakes tasks only on behalf of what the registry
/// shows: a timer or a socket somebody waits for, a job that runs.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "the base has to lie in the frame of the caller: what it \
    calls later has its frames where that of a function that has returned was"
)]
pub fn own_thread() -> OwnThread {
    let here = 0_u8;
    own_thread_down_from(Address::new((&raw const here).addr()), stacks::base())
}

/// As [`own_thread`], for a thread that the house has started: all its frames are the house's, also those
/// that began it. They have words that say where things were which are gone, and others lie there by now.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
pub fn own_thread_from_its_start() -> OwnThread {
    let here = 0_u8;
    let (here, of_stacks) = ((&raw const here).addr(), stacks::base());
    let base = stacks::first_frame().unwrap_or(here).max(here);
    own_thread_down_from(Address::new(base), of_stacks)
}

#[inline(never)]
fn own_thread_down_from(base: Address, of_stacks: stacks::Base) -> OwnThread {
    let Some(tid) = current_tid() else {
        return OwnThread { own: None, before: None, _base: of_stacks };
    };
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let free = threads.iter().find(|entry| entry.tid.load(Ordering::SeqCst) == 0).copied();
    let entry = free.unwrap_or_else(|| {
        let entry: &'static Entry = Box::leak(Box::default());
        threads.push(entry);
        entry
    });
    entry.base.store(Address::kept(base.get()), Ordering::SeqCst);
    entry.rests.store(false, Ordering::SeqCst);
    entry.worker.store(0, Ordering::SeqCst);
    entry.tid.store(tid, Ordering::SeqCst);
    drop(threads);
    OwnThread { own: Some(entry), before: CURRENT.replace(Some(entry)), _base: of_stacks }
}

/// While it lives, the thread that made it is one of the house's.
#[derive(Debug)]
#[must_use = "the thread is the house's only while this is held"]
pub struct OwnThread {
    own: Option<&'static Entry>,
    before: Option<&'static Entry>,
    _base: stacks::Base,
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        if let Some(entry) = self.own {
            CURRENT.set(self.before);
            entry.tid.store(0, Ordering::SeqCst);
        }
    }
}

/// Marks the calling thread, if it is the house's, as one that rests while `f` runs: nothing of
/// anybody's is on its stack down from where [`own_thread`] was called, but futures that are known.
#[inline]
pub fn rest<R>(f: impl FnOnce() -> R) -> R {
    let Ok(Some(entry)) = CURRENT.try_with(Cell::get) else { return f() };
    entry.rests.store(true, Ordering::Release);
    let result = f();
    entry.rests.store(false, Ordering::Release);
    result
}

/// Says that the calling thread, if it is the house's, is this worker of its runtime from now on.
pub fn work_as(worker: u32) {
    if let Ok(Some(entry)) = CURRENT.try_with(Cell::get) {
        entry.worker.store(worker.saturating_add(1), Ordering::SeqCst);
    }
}

/// The numbers of those threads of the house that do not rest, with that of the worker each is.
pub(crate) fn awake() -> Vec<(u32, Option<u32>)> {
    let threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let awake = threads.iter().filter(|entry| !entry.rests.load(Ordering::Acquire));
    let told = |entry: &&Entry| {
        let worker = entry.worker.load(Ordering::SeqCst).checked_sub(1);
        (entry.tid.load(Ordering::SeqCst), worker)
    };
    let mut awake: Vec<_> = awake.map(told).filter(|(tid, _)| *tid != 0).collect();
    // A thread may be entered twice, the last time as what it is now.
    awake.sort_unstable();
    awake.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same && later.1.is_some() {
            kept.1 = later.1;
        }
        same
    });
    awake
}

/// A thread of the house that rests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resting {
    pub(crate) tid: u32,
    pub(crate) base: Address,
}

/// An address on the stack of each thread of the house.
pub(crate) fn bases() -> Vec<Address> {
    let threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let own = threads.iter().filter(|entry| entry.tid.load(Ordering::SeqCst) != 0);
    own.map(|entry| Address::of_kept(entry.base.load(Ordering::SeqCst))).collect()
}

/// Those that rest now.
pub(crate) fn resting() -> Vec<Resting> {
    let threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let rests = threads.iter().filter(|entry| entry.rests.load(Ordering::Acquire));
    let resting = |entry: &&Entry| Resting {
        tid: entry.tid.load(Ordering::SeqCst),
        base: Address::of_kept(entry.base.load(Ordering::SeqCst)),
    };
    rests.map(resting).filter(|resting| resting.tid != 0).collect()
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
    let entries = THREADS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let tids = entries.iter().map(|entry| entry.tid.load(Ordering::SeqCst));
    let mut threads: Vec<u32> = tids.filter(|&tid| tid != 0).collect();
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

/// Read from `/proc`: once for each thread, and without a system call that is unsafe to name.
fn read_tid() -> Option<u32> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}
