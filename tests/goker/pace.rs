//! Where a kernel's tasks give way to each other, and how.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wakeful::time::sleep;
use wakeful::yield_now;

/// How the order in which tasks come to their lines is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// The bug shows: who comes to a gap lets all the others come to theirs.
    Forced,
    /// A gap is a random number of yields, or a short sleep.
    Chaos,
    /// As forced, but the first gaps are so long that who waits seems to be stuck.
    Slow,
    /// A gap is nothing: what happens is up to the scheduler.
    Natural,
}

static PACE: OnceLock<Pace> = OnceLock::new();

impl Pace {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Forced => "forced",
            Self::Chaos => "chaos",
            Self::Slow => "slow",
            Self::Natural => "natural",
        }
    }

    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Forced, Self::Slow, Self::Chaos, Self::Natural]
            .into_iter()
            .find(|pace| pace.word() == word)
    }

    /// After how long who waits is looked at, where that is not as long as usual.
    pub(crate) fn stuck(self) -> Option<Duration> {
        (self == Self::Slow).then_some(Duration::from_millis(20))
    }

    /// The pace of this process from now on.
    pub(crate) fn set(self) {
        let _ = PACE.set(self);
    }
}

/// A gap in which others can come to their lines.
pub(crate) async fn gap() {
    match pace() {
        Pace::Forced => sleep(Duration::from_millis(4)).await,
        Pace::Slow => sleep(Duration::from_millis(4) * slowness()).await,
        Pace::Natural => {}
        Pace::Chaos => match random(8) {
            yields @ 0..=5 => {
                for _ in 0..yields {
                    yield_now().await;
                }
            }
            more => sleep(Duration::from_micros(random(more * 100))).await,
        },
    }
}

/// A gap in which others can come beyond a gap of theirs.
pub(crate) async fn long_gap() {
    match pace() {
        Pace::Forced | Pace::Slow => {
            for _ in 0..3 {
                gap().await;
            }
        }
        Pace::Chaos | Pace::Natural => gap().await,
    }
}

/// A gap that is longer for those with a higher number, so that they come one after the other.
pub(crate) async fn stagger(number: u32) {
    match pace() {
        Pace::Forced => sleep(Duration::from_millis(2) * number).await,
        Pace::Slow => sleep(Duration::from_millis(2) * number * slowness()).await,
        Pace::Chaos | Pace::Natural => gap().await,
    }
}

fn pace() -> Pace {
    PACE.get().copied().unwrap_or(Pace::Forced)
}

/// By how much a gap is longer: no kernel is to take for ever.
fn slowness() -> u32 {
    static SLOW_GAPS: AtomicU32 = AtomicU32::new(0);
    if SLOW_GAPS.fetch_add(1, Relaxed) < 8 { 60 } else { 1 }
}

/// Whether what happens in some runs of the original happens in this one.
pub(crate) fn happens(percent: u64) -> bool {
    matches!(pace(), Pace::Forced | Pace::Slow) || random(100) < percent
}

fn random(below: u64) -> u64 {
    thread_local! {
        static STATE: std::cell::Cell<u64> = {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            std::cell::Cell::new(now.as_nanos() as u64 | 1)
        };
    }
    STATE.with(|state| {
        let mut x = state.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        state.set(x);
        x % below.max(1)
    })
}
