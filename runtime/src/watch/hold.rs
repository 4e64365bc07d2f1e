//! Locks held for long: when to look, and how often to tell.
//!
//! The resources are asked first whether anybody waits for a lock, which is cheap. Only if that was
//! so for as long as the limit, the whole house is looked at. Neither takes more than a fiftieth of
//! the time, however large the house is.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use wakeful_diagnostics::{
    FindingId, FindingKind, Subject, clock, findings, hold, policy, snapshot,
};

use super::late::Late;
use crate::monitor::signs_of_life;
use crate::scheduler::Shared;

/// How often to ask whether anybody waits.
const OFTEN: Duration = Duration::from_millis(100);
/// A look that takes so long is followed by a pause of this many times that.
const PAUSE: u32 = 50;
/// The same lock, held from and waited for at the same lines, is told once in this time.
const AGAIN: Duration = Duration::from_secs(60);

/// What it takes from when a wait is suspected until a deadlock is told: two looks, and what is tried out in each.
const DEADLOCK: Duration = Duration::from_secs(6);

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Holds {
    /// When to ask next.
    next: Option<Instant>,
    /// Since when somebody has been seen waiting for each lock, without a break.
    since: HashMap<(u32, u16), Instant>,
    /// What the signs of life were when nobody waited.
    quiet_at: Option<u64>,
    /// When each was told last.
    told: HashMap<FindingId, Instant>,
    /// What was seen once, and must be seen again to be believed.
    doubted: HashSet<FindingId>,
}

impl Holds {
    /// Looks if it is time to. Returns when it will be, unless nobody waits for a lock and nothing
    /// has moved since that was asked.
    pub(super) fn look(
        &mut self,
        now: Instant,
        runtimes: &[&'static Shared],
        late: &Late,
    ) -> Option<Duration> {
        if let Some(next) = self.next.filter(|&next| now < next) {
            let is_quiet = self.quiet_at == Some(signs_of_life(runtimes));
            return (!is_quiet).then(|| next - now);
        }
        let open = runtimes.iter().filter(|shared| !shared.is_closed());
        let limit = open.filter_map(|shared| shared.config().long_hold_after()).min();
        let Some(limit) = limit else {
            self.next = Some(now + OFTEN);
            self.quiet_at = Some(signs_of_life(runtimes));
            return None;
        };
        let life = signs_of_life(runtimes);
        let waited_for: HashSet<_> = hold::contended().collect();
        self.since.retain(|lock, _| waited_for.contains(lock));
        for &lock in &waited_for {
            self.since.entry(lock).or_insert(now);
        }
        self.quiet_at = waited_for.is_empty().then_some(life);
        let patience = limit.min(hold::ORPHAN) + late.lately();
        let is_due = |since: &Instant| now.saturating_duration_since(*since) >= patience;
        if self.since.values().any(is_due) {
            self.examine(now, late.lately());
            self.since.values_mut().filter(|since| is_due(since)).for_each(|since| *since = now);
        }
        let until_due = |since: &Instant| (*since + patience).saturating_duration_since(now);
        // New waiters come only with a sign of life, so it may be as long as until one is due.
        let pause = self.since.values().map(until_due).min().unwrap_or(OFTEN).max(OFTEN);
        let pause = if self.quiet_at.is_some() { OFTEN } else { pause };
        self.next = Some(now + OFTEN.max(now.elapsed() * PAUSE));
        (self.quiet_at.is_none()).then_some(pause)
    }

    fn examine(&mut self, now: Instant, late: Duration) {
        let tick = clock::refresh();
        let house = snapshot();
        let limit = |runtime| {
            let limit = Shared::of(runtime)?.config().long_hold_after()?;
            Some(limit + late)
        };
        self.told.retain(|_, told| now.saturating_duration_since(*told) < AGAIN);
        // A deadlock says more, and needs a while to be found.
        let doubt = policy::stuck().map_or(Duration::ZERO, |stuck| stuck + DEADLOCK);
        let found = hold::examine(&house, limit, doubt);
        let dead = if found.is_empty() { HashSet::new() } else { in_deadlocks() };
        for finding in found {
            if !hold::is_behind(&house, &dead, &finding) {
                self.tell(now, &finding);
            }
        }
        let orphans = hold::orphans(&house, || hold::stale_holds(tick), limit);
        let doubted = std::mem::take(&mut self.doubted);
        for finding in orphans {
            if doubted.contains(&finding.id) {
                self.tell(now, &finding);
            }
            self.doubted.insert(finding.id);
        }
    }

    fn tell(&mut self, now: Instant, finding: &wakeful_diagnostics::Finding) {
        if !self.told.contains_key(&finding.id) {
            self.told.insert(finding.id.clone(), now);
            policy::tell_again(finding, policy::strictest(FindingKind::LongHold));
        }
    }
}

/// What the deadlocks that were found are about.
fn in_deadlocks() -> HashSet<Subject> {
    let is_one = |kind| matches!(kind, FindingKind::Deadlock | FindingKind::SelfDeadlock);
    let deadlocks = findings().into_iter().filter(|finding| is_one(finding.kind));
    deadlocks.flat_map(|finding| finding.subjects).collect()
}
