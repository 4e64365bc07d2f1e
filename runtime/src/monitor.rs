//! The thread that sees to it that nobody is stuck unseen (Go's sysmon).
//!
//! There is one in a process. While any worker is awake it looks every 10 ms, and re-homes what a
//! worker that is stuck in a poll keeps from the others. When all have been asleep for a while it
//! asks whether anything can ever wake them, and then sleeps itself until something stirs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Once, OnceLock};
use std::thread::{self, Thread};
use std::time::Duration;

use wakeful_diagnostics::{census, clock};

use crate::scheduler::{self, Flavor, Shared};
use crate::verdict;
use crate::watch::{Watch, deadlock};

/// A poll that lasts this long loses its claim on what its worker could share; Go's figure.
const TICK: Duration = Duration::from_millis(10);

/// While a suspicion stands that cannot be proved, look again after this long, at first.
const FIRST_DOUBT: Duration = Duration::from_millis(100);
/// And at last.
const LAST_DOUBT: Duration = Duration::from_secs(10);

static START: Once = Once::new();
static THREAD: OnceLock<Thread> = OnceLock::new();
static ASLEEP: AtomicBool = AtomicBool::new(false);
/// How often something happened after which to look again: with the `parks` of the workers, a sign of life.
static STIRS: AtomicU64 = AtomicU64::new(0);

/// Starts the monitor, once.
pub(crate) fn start() {
    START.call_once(|| {
        scheduler::prepare_barrier();
        let spawned = thread::Builder::new().name("wakeful-monitor".into()).spawn(run);
        if let Ok(thread) = spawned {
            let _ = THREAD.set(thread.thread().clone());
        }
    });
}

/// Something happened after which the monitor should look again: a thread of a runtime woke up, a root
/// went to sleep, or a blocking job is over.
#[inline]
pub(crate) fn stir() {
    // Pairs with the fence in `run`: either this sees that it sleeps, or it sees that something happened,
    // and does not go to sleep over a judgement that was made before.
    STIRS.fetch_add(1, Ordering::SeqCst);
    fence(Ordering::SeqCst);
    if ASLEEP.load(Ordering::Relaxed) && ASLEEP.swap(false, Ordering::AcqRel) {
        if let Some(thread) = THREAD.get() {
            thread.unpark();
        }
    }
}

fn run() {
    let _own = census::own_thread_from_its_start();
    let mut life = 0;
    let mut polls = Vec::new();
    let mut doubt = FIRST_DOUBT;
    let mut watch = Watch::default();
    let mut calls = deadlock::Calls::default();
    loop {
        watch.nap(TICK);
        clock::refresh();
        wakeful_diagnostics::tell_taken_back();
        wakeful_diagnostics::misuse::tell();
        let runtimes = Shared::all();
        let soon = watch.look(&runtimes);
        polls.resize_with(runtimes.len(), Vec::new);
        for (shared, polls) in runtimes.iter().zip(&mut polls) {
            relieve(shared, polls);
        }
        let now = signs_of_life(&runtimes);
        if now != std::mem::replace(&mut life, now) || !runtimes.iter().all(|r| is_quiet(r)) {
            doubt = FIRST_DOUBT;
            calls.busy();
            continue;
        }
        calls.quiet();
        let rest = match verdict::judge(&runtimes, || signs_of_life(&runtimes) == now) {
            verdict::Outcome::Alive | verdict::Outcome::Told => None,
            verdict::Outcome::Doubtful => {
                doubt = (doubt * 2).min(LAST_DOUBT);
                Some(doubt)
            }
        };
        ASLEEP.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if signs_of_life(&runtimes) == now && Shared::all().len() == runtimes.len() {
            match rest.into_iter().chain(soon).min() {
                Some(rest) => watch.nap(rest),
                None => {
                    while ASLEEP.load(Ordering::Acquire) {
                        census::rest(thread::park);
                    }
                }
            }
        }
        ASLEEP.store(false, Ordering::Relaxed);
    }
}

/// A number that changes whenever something [stirs](stir), or a worker falls asleep.
pub(crate) fn signs_of_life(runtimes: &[&Shared]) -> u64 {
    let benches = runtimes.iter().flat_map(|shared| &shared.benches);
    let parks = benches.map(|bench| bench.parks.load(Ordering::SeqCst));
    parks.fold(STIRS.load(Ordering::SeqCst), u64::wrapping_add)
}

/// Whether nothing runs and nothing is queued.
pub(crate) fn is_quiet(shared: &Shared) -> bool {
    if shared.is_closed() {
        return true;
    }
    let roots = shared.roots.all();
    let nobody_works = match shared.flavor {
        Flavor::MultiThread => shared.idle.sleeping() == shared.benches.len(),
        Flavor::CurrentThread => roots.is_empty() || shared.idle.sleeping() == 1,
    };
    nobody_works && !shared.has_work() && roots.iter().all(|root| root.is_asleep())
}

/// Takes from workers that are stuck in a poll what others could run.
fn relieve(shared: &'static Shared, seen: &mut Vec<u64>) {
    seen.resize(shared.benches.len(), 0);
    for (bench, seen) in shared.benches.iter().zip(seen) {
        let now = bench.half_polls.load(Ordering::Relaxed);
        if now == std::mem::replace(seen, now) && now % 2 == 1 {
            if let Some(task) = bench.next.raid() {
                shared.global.push(task);
            }
            shared.glance_at_driver();
            // Somebody may sleep while this one's queue is full; or has fallen asleep just now, outside of
            // the driver, because the monitor was in there: then nobody would wait for what comes next.
            shared.call_anyway();
        }
    }
}
