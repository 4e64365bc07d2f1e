//! Where the processor's time goes: a hundred looks in each second of it.
//!
//! A timer of the process's own time sends a signal to a thread that runs. Its handler walks the
//! frame pointers and counts the stack, in memory that is there already.
//!
//! Invariants:
//! * one profile is taken at a time;
//! * counts are read and set back when the timer is stopped and no handler is at work.

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
))]
#[expect(unsafe_code, reason = "a signal handler, and the timer that calls it")]
mod timer;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
)))]
#[path = "cpu/no_timer.rs"]
mod timer;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::table::Table;
use super::walk::{self, Walked};

/// So much processor time lies between two looks: Go's rate.
pub const PERIOD: Duration = Duration::from_millis(10);

const STACKS: usize = 1 << 14;
/// Together with the counts 4.2 MB, of which a program that is never profiled touches none.
static TABLE: Table<STACKS, { 1 << 19 }> = Table::new();
static COUNTS: [AtomicU32; STACKS] = [const { AtomicU32::new(0) }; STACKS];

static BUSY: AtomicBool = AtomicBool::new(false);
static COUNTING: AtomicBool = AtomicBool::new(false);
/// Whether callers can be found.
static CALLERS: AtomicBool = AtomicBool::new(false);
/// Handlers that may be counting.
static AT_WORK: AtomicUsize = AtomicUsize::new(0);
static LOST: AtomicU64 = AtomicU64::new(0);

/// So often a thread was seen at the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// An address in each call, the innermost first.
    pub stack: Vec<usize>,
    /// How often: each stands for [`PERIOD`].
    pub count: u64,
}

/// What was seen in a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The places, the most frequent first.
    pub samples: Vec<Sample>,
    /// How often a stack was seen for which there was no room.
    pub lost: u64,
    /// Whether callers are among the samples: they take frame pointers, and are known of threads that
    /// run tasks.
    pub has_callers: bool,
}

/// Why no profile was taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum Busy {
    /// One is being taken.
    InUse,
    /// Somebody else handles SIGPROF.
    Taken,
    /// The system refused.
    Refused(io::Error),
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("a profile is being taken already"),
            Self::Taken => f.write_str("somebody else handles SIGPROF"),
            Self::Refused(error) => write!(f, "the system refused a timer: {error}"),
        }
    }
}

impl std::error::Error for Busy {}

/// Counts where the process spends its processor time, for so long.
///
/// System calls that a signal interrupts are restarted, as far as the system does that.
///
/// # Errors
///
/// Another profile is being taken, somebody else handles the signal, or there is no timer.
pub fn profile(length: Duration) -> Result<Profile, Busy> {
    let until = Instant::now() + length;
    profile_during(|| {
        while Instant::now() < until {
            thread::sleep(until.saturating_duration_since(Instant::now()));
        }
    })
}

/// The same, for as long as `wait` takes.
///
/// # Errors
///
/// As [`profile`].
pub fn profile_during(wait: impl FnOnce()) -> Result<Profile, Busy> {
    if BUSY.swap(true, Ordering::AcqRel) {
        return Err(Busy::InUse);
    }
    struct Free;
    impl Drop for Free {
        fn drop(&mut self) {
            BUSY.store(false, Ordering::Release);
        }
    }
    let _free = Free;
    timer::install()?;
    let has_callers = walk::has_frame_pointers();
    CALLERS.store(has_callers, Ordering::Relaxed);
    collect();
    COUNTING.store(true, Ordering::SeqCst);
    let set = timer::set(PERIOD);
    if set.is_ok() {
        wait();
    }
    let unset = timer::set(Duration::ZERO);
    COUNTING.store(false, Ordering::SeqCst);
    while AT_WORK.load(Ordering::SeqCst) > 0 {
        thread::sleep(Duration::from_micros(100));
    }
    set.and(unset).map_err(Busy::Refused)?;
    let (samples, lost) = collect();
    Ok(Profile { samples, lost, has_callers })
}

/// Where the table lies.
pub(super) fn stretch() -> (usize, usize) {
    TABLE.stretch()
}

/// Takes what was counted.
fn collect() -> (Vec<Sample>, u64) {
    let counted = COUNTS.iter().zip(1..).filter_map(|(count, number)| {
        let count = count.swap(0, Ordering::Relaxed);
        let stack = TABLE.get(number).filter(|_| count > 0)?;
        Some(Sample { stack, count: u64::from(count) })
    });
    let mut samples: Vec<Sample> = counted.collect();
    samples.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.stack.cmp(&b.stack)));
    (samples, LOST.swap(0, Ordering::Relaxed))
}

/// Counts a stack, in a handler.
#[cfg_attr(
    not(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64"),
        not(any(loom, miri))
    )),
    expect(dead_code, reason = "there is no handler")
)]
fn count(look: impl FnOnce(&mut Walked)) {
    AT_WORK.fetch_add(1, Ordering::SeqCst);
    if COUNTING.load(Ordering::SeqCst) {
        let mut walked = Walked::new();
        look(&mut walked);
        match TABLE.enter(walked.calls()) {
            Some(number) => _ = COUNTS[number as usize - 1].fetch_add(1, Ordering::Relaxed),
            None => _ = LOST.fetch_add(1, Ordering::Relaxed),
        }
    }
    AT_WORK.fetch_sub(1, Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    fn spin_for_the_profile(until: Instant) -> u64 {
        let mut n = 0;
        while Instant::now() < until {
            n += 1;
            std::hint::black_box(n);
        }
        n
    }

    #[test]
    fn a_profile_finds_the_function_that_spins_and_one_is_taken_at_a_time() {
        let spin = |length| {
            thread::spawn(move || {
                let _base = crate::stacks::base();
                spin_for_the_profile(Instant::now() + length)
            })
        };
        let spinning = spin(Duration::from_secs(2));
        let first = thread::spawn(|| profile(Duration::from_secs(1)));
        while !COUNTING.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        // It lasts a second, in which this asks.
        assert!(matches!(profile(Duration::ZERO), Err(Busy::InUse)));
        let profile = first.join().expect("it ends").expect("nobody else takes one");
        spinning.join().expect("it ends");
        let all: u64 = profile.samples.iter().map(|sample| sample.count).sum();
        assert!(all > 0, "a second of processor time was spent");
        let names = |sample: &Sample| crate::stacks::resolve(&sample.stack);
        let in_it = |sample: &&Sample| {
            names(sample).iter().any(|frame| frame.function.ends_with("spin_for_the_profile"))
        };
        let found: u64 = profile.samples.iter().filter(in_it).map(|sample| sample.count).sum();
        let has_names = cfg!(feature = "stacks") && profile.has_callers;
        // Other tests may spend most of the processors.
        assert!(!has_names || found > 0, "{found} of {all}");
    }
}
