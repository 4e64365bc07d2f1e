//! Polls that do not return: since when, and whether it is the program or the machine.
//!
//! A worker is suspected when a poll has been under way at two looks, 10 ms apart. From then on the
//! time counts that its thread ran or was blocked: not what it waited for a processor, and not what
//! the monitor came too late for.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use wakeful_diagnostics::stall::{self, Doing, Spent, Stuck, Thread};
use wakeful_diagnostics::{Finding, FindingId, FindingKind, policy, registry, renew, stacks};

use super::late::Late;
use crate::scheduler::{Flavor, Shared};

/// All workers stuck for so long, while tasks are ready, is told whatever the limit is.
const STARVED: Duration = Duration::from_secs(1);
/// What is told again of a poll that still lasts: when it has lasted so many times as long.
const AGAIN: u32 = 10;
/// How often the kernel is asked about a thread.
const OFTEN: Duration = Duration::from_millis(50);
/// How many places are remembered.
const KNOWN: usize = 1024;

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Stalls {
    /// By runtime and worker.
    suspects: Vec<Vec<Suspect>>,
    /// Runtimes whose workers were all stuck when last told: the half-polls of each.
    starved: HashMap<u32, Vec<u64>>,
    /// The longest that was told of each.
    longest: HashMap<FindingId, Duration>,
}

/// A worker in a poll.
#[derive(Debug, Default)]
struct Suspect {
    half_polls: u64,
    seen: Option<Seen>,
}

#[derive(Debug)]
struct Seen {
    since: Instant,
    late: Duration,
    spent: Option<Spent>,
    /// What the last look at its thread said, and when that was.
    last: Option<(Instant, Stuck)>,
    /// What was told of this poll.
    told: Option<(Finding, Stuck)>,
}

impl Stalls {
    /// Looks at each worker.
    pub(super) fn look(&mut self, now: Instant, runtimes: &[&'static Shared], late: &Late) {
        self.suspects.resize_with(runtimes.len(), Vec::new);
        let mut suspects = std::mem::take(&mut self.suspects);
        for (shared, suspects) in runtimes.iter().zip(&mut suspects) {
            suspects.resize_with(shared.benches.len(), Suspect::default);
            let mut is_long = false;
            for (bench, suspect) in shared.benches.iter().zip(&mut *suspects) {
                let half_polls = bench.half_polls.load(Ordering::Relaxed);
                if half_polls % 2 == 0 || half_polls != suspect.half_polls {
                    self.over(now, suspect);
                    suspect.half_polls = half_polls;
                } else if suspect.seen.is_none() {
                    let spent = Spent::of(bench.thread.load(Ordering::Relaxed));
                    let late = late.total();
                    suspect.seen = Some(Seen { since: now, late, spent, last: None, told: None });
                } else {
                    is_long = true;
                }
            }
            let starved = is_long && !shared.is_closed() && self.judge(now, shared, suspects, late);
            shared.starved.store(starved, Ordering::Relaxed);
        }
        self.suspects = suspects;
    }

    /// A poll that was told has ended: it is kept with its full length if that is a record.
    fn over(&mut self, now: Instant, suspect: &mut Suspect) {
        let Some(seen) = suspect.seen.take() else { return };
        let Some((finding, mut stuck)) = seen.told else { return };
        stuck.lasted = now.saturating_duration_since(seen.since);
        stuck.ran = None;
        if let Some(longest) = self.longest.get_mut(&finding.id).filter(|l| **l < stuck.lasted) {
            *longest = stuck.lasted;
            renew(&Finding { id: finding.id, ..stall::stuck(&stuck) });
        }
    }

    /// Says whether every worker is stuck and tasks are ready.
    fn judge(
        &mut self,
        now: Instant,
        shared: &'static Shared,
        suspects: &mut [Suspect],
        late: &Late,
    ) -> bool {
        let Some(limit) = shared.config().stall_after() else { return false };
        let has_work = shared.has_work();
        let limit = if has_work { limit.min(STARVED) } else { limit };
        let mut all = Vec::new();
        for (worker, suspect) in suspects.iter_mut().enumerate() {
            let Some(seen) = &mut suspect.seen else { continue };
            // First what costs nothing.
            let elapsed = now.saturating_duration_since(seen.since);
            let own = elapsed.saturating_sub(late.total().saturating_sub(seen.late));
            if own < limit {
                continue;
            }
            let is_recent = |(then, _): &(Instant, Stuck)| now.duration_since(*then) < OFTEN;
            if !seen.last.as_ref().is_some_and(is_recent) {
                let stuck = examine(shared, worker, suspect.half_polls, seen, own, limit);
                seen.last = stuck.map(|stuck| (now, stuck));
                if let Some((_, stuck)) = seen.last.clone() {
                    let told = seen.told.as_ref().map_or(Duration::ZERO, |(_, told)| told.lasted);
                    if stuck.lasted >= least(limit, stuck.doing).max(told * AGAIN)
                        && !is_alone(shared)
                    {
                        self.tell(shared, seen, stuck);
                    }
                }
            }
            let last = seen.last.iter().map(|(_, stuck)| stuck);
            all.extend(last.filter(|stuck| stuck.lasted >= STARVED).cloned());
        }
        let is_starved = has_work && all.len() > 1 && all.len() == shared.benches.len();
        if is_starved {
            let polls: Vec<u64> = suspects.iter().map(|suspect| suspect.half_polls).collect();
            if self.starved.insert(shared.id.0, polls.clone()) != Some(polls) {
                say_who_shares(&mut all);
                let action = policy::of(shared.id, FindingKind::Stall);
                policy::tell(&stall::starved(&all), action);
            }
        }
        is_starved
    }

    fn tell(&mut self, shared: &'static Shared, seen: &mut Seen, mut stuck: Stuck) {
        if let Doing::Futex(address) = stuck.doing {
            stuck.beside = on_the_same(shared, stuck.worker, address);
        }
        // Asked at the end, when it is to be told: it takes a signal.
        let thread = shared.benches[stuck.worker].thread.load(Ordering::Relaxed);
        // What is asked of the diagnostics takes its time, and is nobody's fault.
        let Some(calls) = stacks::calls_of(thread, stuck.task.id) else { return };
        stuck.calls = calls;
        let finding = stall::stuck(&stuck);
        let action = policy::of(shared.id, FindingKind::Stall);
        let lasted = stuck.lasted;
        if self.longest.len() >= KNOWN {
            self.longest.clear();
        }
        let longest = self.longest.entry(finding.id.clone()).or_default();
        if lasted >= *longest * AGAIN {
            // The first, or another order of magnitude.
            policy::tell_again(&finding, action);
        } else if lasted > *longest {
            renew(&finding);
        }
        *longest = lasted.max(*longest);
        seen.told = Some((finding, stuck));
    }
}

/// Whether the runtime is one thread that has nothing else to do, so that nobody waits for it.
fn is_alone(shared: &'static Shared) -> bool {
    shared.flavor == Flavor::CurrentThread
        && shared.watched() == 0
        && registry::records()
            .filter(|record| record.runtime() == shared.id && record.is_unfinished())
            .nth(1)
            .is_none()
}

/// A lock of `std` may be held by a thread that itself waits for a processor, which cannot be seen.
fn least(limit: Duration, doing: Doing) -> Duration {
    if matches!(doing, Doing::Futex(_)) { limit * 2 } else { limit }
}

/// For how long the poll has lasted by its own doing, and what it does; `None` if it is over, or not
/// to be known.
fn examine(
    shared: &'static Shared,
    worker: usize,
    half_polls: u64,
    seen: &Seen,
    own: Duration,
    limit: Duration,
) -> Option<Stuck> {
    let bench = &shared.benches[worker];
    let task = registry::task(bench.polled.load(Ordering::Relaxed))?;
    let thread = Thread::look(bench.thread.load(Ordering::Relaxed));
    if bench.half_polls.load(Ordering::Relaxed) != half_polls {
        return None;
    }
    let doing = thread.map_or(Doing::Unknown, |thread| thread.doing);
    let spent = thread.and_then(|thread| thread.spent).zip(seen.spent);
    let spent = spent.map(|(now, then)| Spent {
        ran: now.ran.saturating_sub(then.ran),
        queued: now.queued.saturating_sub(then.queued),
    });
    let lasted = by_own_doing(doing, own, spent, limit)?;
    let ran = spent.map(|spent| spent.ran);
    let (workers, ready) = (shared.benches.len(), shared.queued());
    let (calls, beside) = (Vec::new(), Vec::new());
    Some(Stuck { worker, task, lasted, ran, doing, calls, beside, workers, ready })
}

/// For how much of the time `own` a thread that has `spent` so much of it keeps its worker by what it does;
/// `None` if that is not to be known yet.
fn by_own_doing(
    doing: Doing,
    own: Duration,
    spent: Option<Spent>,
    limit: Duration,
) -> Option<Duration> {
    let Some(Spent { ran, queued }) = spent else {
        // Whether it ran or waited for a processor is not known.
        let is_unknown = matches!(doing, Doing::Running | Doing::Unknown);
        return (!is_unknown || !cfg!(target_os = "linux")).then_some(own);
    };
    let lasted = own.saturating_sub(queued);
    // What could run, and has not, waits for a processor since it ran last, which the kernel counts only
    // once it gets one. Or it runs between two waits, which another look will see.
    let has_run = ran * 2 >= lasted || ran >= limit;
    (doing != Doing::Running || has_run).then_some(lasted)
}

/// The other workers that wait on this address.
fn on_the_same(shared: &'static Shared, worker: usize, address: u64) -> Vec<usize> {
    let waits_there = |&(other, thread): &(usize, u32)| {
        other != worker
            && Thread::look(thread).is_some_and(|look| look.doing == Doing::Futex(address))
    };
    let threads = shared.benches.iter().map(|bench| bench.thread.load(Ordering::Relaxed));
    threads.enumerate().filter(waits_there).map(|(other, _)| other).collect()
}

fn say_who_shares(all: &mut [Stuck]) {
    let at: Vec<(usize, Doing)> = all.iter().map(|stuck| (stuck.worker, stuck.doing)).collect();
    for stuck in all {
        let same = at.iter().filter(|(worker, doing)| {
            *worker != stuck.worker && *doing == stuck.doing && matches!(doing, Doing::Futex(_))
        });
        stuck.beside = same.map(|(worker, _)| *worker).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(50);

    fn lasted(doing: Doing, own: u64, ran: u64, queued: u64) -> Option<u64> {
        let [own, ran, queued] = [own, ran, queued].map(Duration::from_millis);
        let lasted = by_own_doing(doing, own, Some(Spent { ran, queued }), LIMIT);
        lasted.map(|lasted| lasted.as_millis() as u64)
    }

    #[test]
    fn a_thread_that_waits_for_a_processor_has_not_stalled_however_long() {
        assert_eq!(lasted(Doing::Running, 202, 0, 0), None, "it waits since the poll began");
        assert_eq!(lasted(Doing::Running, 5_000, 10, 3_000), None, "it waits again");
        assert_eq!(
            lasted(Doing::Running, 5_000, 60, 4_900),
            Some(100),
            "it has run for longer than the limit"
        );
    }

    #[test]
    fn a_thread_that_runs_or_is_blocked_has_stalled_for_all_the_time_it_was_not_queued() {
        assert_eq!(lasted(Doing::Running, 202, 200, 1), Some(201));
        assert_eq!(lasted(Doing::Sleep, 202, 0, 2), Some(200));
        assert_eq!(by_own_doing(Doing::Sleep, LIMIT, None, LIMIT), Some(LIMIT));
        if cfg!(target_os = "linux") {
            assert_eq!(by_own_doing(Doing::Running, LIMIT, None, LIMIT), None);
        }
    }
}
