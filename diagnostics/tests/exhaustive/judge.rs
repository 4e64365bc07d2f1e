//! What the judge claims of each state, against what is true of it.

use std::collections::BTreeMap;

use wakeful_diagnostics::census::Census;
use wakeful_diagnostics::names::TaskId;
use wakeful_diagnostics::snapshot::{Index, Reach, Snapshot, Task};
use wakeful_diagnostics::verdict::{Outside, confirm, judge_all_asleep, liveness};
use wakeful_diagnostics::{Class, Finding, Subject};

use crate::explore::Explored;
use crate::program::{Plan, Program};
use crate::translate;

/// What was counted. A pair is a task and a state in which it will never move again.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) states: usize,
    /// Claims where it was looked for who can get at what, and where it was not.
    pub(crate) claims: usize,
    pub(crate) unsurveyed: usize,
    /// Claims if nobody outside can act.
    pub(crate) alone: usize,
    pub(crate) findings: usize,
    pub(crate) proofs: usize,
    pub(crate) all_asleep: usize,
    pub(crate) wrong: usize,
    pub(crate) dead: usize,
    /// By kind of wait: pairs, and how many of them were claimed.
    pub(crate) by_wait: BTreeMap<&'static str, (usize, usize)>,
}

/// A claim that is not true.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) claim: String,
    pub(crate) state: usize,
    pub(crate) seen: Snapshot,
}

/// Judges each state of a program. Returns the first claim that is not true.
pub(crate) fn judge(program: &Program, explored: &Explored, tally: &mut Tally) -> Option<Wrong> {
    let (program, mut first) = (&Plan::of(program), None);
    for state in 0..explored.states.len() {
        let mut look = Look { program, explored, state, tally, first: None };
        look.at_all();
        first = first.or(look.first);
    }
    first
}

struct Look<'a> {
    program: &'a Plan<'a>,
    explored: &'a Explored,
    state: usize,
    tally: &'a mut Tally,
    first: Option<Wrong>,
}

impl Look<'_> {
    fn at_all(&mut self) {
        let seen = translate::snapshot(self.program, &self.explored.states[self.state], true);
        let has_threads = self.program.tasks.iter().any(|task| task.is_thread);
        self.tally.states += 1;
        if !seen.tasks.iter().any(Task::is_asleep) {
            return;
        }
        self.findings(&seen);
        // A guard of a static that borrows may have moved unseen: only proofs allow for that.
        if !self.program.statics {
            let dead = self.claims(&seen, Outside::Somebody, "surveyed");
            self.tally.claims += count(&dead);
            self.recall(&seen, &dead);
            let mut plain = seen.clone();
            plain.resources.iter_mut().for_each(|resource| resource.reach = Reach::default());
            let dead = self.claims(&plain, Outside::Somebody, "not surveyed");
            self.tally.unsurveyed += count(&dead);
            if !has_threads {
                let dead = self.claims(&plain, Outside::Nobody, "nobody outside");
                self.tally.alone += count(&dead);
            }
        }
        if !has_threads {
            if let Some(verdict) = judge_all_asleep(&seen, &Census::Proven) {
                self.tally.all_asleep += 1;
                for task in seen.tasks.iter().filter(|task| task.is_asleep()) {
                    self.check(task.id, &seen, || verdict.report());
                }
            }
        }
    }

    fn moves(&self, task: TaskId) -> bool {
        self.explored.moves[self.state] & 1 << (task.0 - 1) != 0
    }

    fn check(&mut self, task: TaskId, seen: &Snapshot, claim: impl FnOnce() -> String) {
        if self.moves(task) {
            self.tally.wrong += 1;
            let claim = format!("{task} is dead: {}", claim());
            self.first.get_or_insert(Wrong { claim, state: self.state, seen: seen.clone() });
        }
    }

    /// Checks who is called dead.
    fn claims(&mut self, seen: &Snapshot, outside: Outside, how: &str) -> Vec<bool> {
        let live = liveness(&Index::new(seen), outside);
        let tasks = seen.tasks.iter().zip(live);
        let dead: Vec<bool> = tasks.map(|(task, live)| task.is_asleep() && !live).collect();
        for (task, _) in seen.tasks.iter().zip(&dead).filter(|&(_, &dead)| dead) {
            self.check(task.id, seen, || format!("liveness, {how}"));
        }
        dead
    }

    fn findings(&mut self, seen: &Snapshot) {
        for finding in confirm(seen, seen) {
            let is_proof = finding.class == Class::Proof;
            self.tally.findings += 1;
            self.tally.proofs += usize::from(is_proof);
            if self.program.statics && !is_proof {
                continue;
            }
            for &subject in &finding.subjects {
                if let Subject::Task(task) = subject {
                    self.check(task, seen, || told(&finding));
                }
            }
        }
    }

    /// Counts those of whom a claim would be true, and those of whom it was made.
    fn recall(&mut self, seen: &Snapshot, dead: &[bool]) {
        for (task, dead) in seen.tasks.iter().zip(dead) {
            if task.is_asleep() && !self.moves(task.id) {
                let (pairs, claimed) = self.tally.by_wait.entry(wait(task)).or_default();
                *pairs += 1;
                *claimed += usize::from(*dead);
                self.tally.dead += 1;
            }
        }
    }
}

fn count(dead: &[bool]) -> usize {
    dead.iter().filter(|&&dead| dead).count()
}

fn told(finding: &Finding) -> String {
    format!("{:?}: {}", finding.class, finding.headline)
}

fn wait(task: &Task) -> &'static str {
    match &task.waits[..] {
        [wait] => wait.op.word(),
        waits if waits.iter().all(|wait| wait.in_select) => "select",
        _ => "join! of several",
    }
}
