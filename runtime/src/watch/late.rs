//! How much the machine keeps from the process: what the monitor comes too late.

use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

use wakeful_diagnostics::census;

/// A nap that took no longer than this too long is no sign of anything.
const USUAL: Duration = Duration::from_millis(5);
/// How far back lateness counts for those who do not remember when they began.
const SPAN: Duration = Duration::from_secs(10);

/// How late the monitor came.
#[derive(Debug, Default)]
pub(super) struct Late {
    total: Duration,
    recent: VecDeque<(Instant, Duration)>,
}

impl Late {
    /// Waits for so long, and notes how much longer it took.
    pub(super) fn nap(&mut self, length: Duration) {
        let began = Instant::now();
        census::rest(|| thread::park_timeout(length));
        self.note(Instant::now(), began.elapsed().saturating_sub(length));
    }

    fn note(&mut self, now: Instant, excess: Duration) {
        if excess > USUAL {
            self.total += excess;
            self.recent.push_back((now, excess));
        }
        while self
            .recent
            .front()
            .is_some_and(|(then, _)| now.saturating_duration_since(*then) > SPAN)
        {
            self.recent.pop_front();
        }
    }

    /// By how much it has been too late since the process began: a clock that stands still while
    /// the process makes progress as it should.
    pub(super) const fn total(&self) -> Duration {
        self.total
    }

    /// The same for the last seconds.
    pub(super) fn lately(&self) -> Duration {
        self.recent.iter().map(|(_, excess)| *excess).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_is_forgotten_after_a_while() {
        let (mut late, start) = (Late::default(), Instant::now());
        let second = Duration::from_secs(1);
        late.note(start, USUAL);
        assert_eq!(late.lately(), Duration::ZERO);
        late.note(start, second);
        late.note(start + second, second);
        assert_eq!((late.total(), late.lately()), (2 * second, 2 * second));
        late.note(start + SPAN + second / 2, Duration::ZERO);
        assert_eq!((late.total(), late.lately()), (2 * second, second));
    }
}
