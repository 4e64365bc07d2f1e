//! What all runs of a kernel come to.

use crate::kernel::{Form, Kernel, Sign, Variant};
use crate::pace::Pace;
use crate::run::{Manner, Run, run};

#[derive(Debug)]
pub(crate) struct Score {
    pub(crate) kernel: &'static Kernel,
    /// Whether the bug was made to show.
    forced: bool,
    pub(crate) runs: usize,
    /// Runs in which a sign of the bug was told.
    pub(crate) found: usize,
    /// Runs in which the house told more than that something is left over at the end.
    explained: usize,
    /// Runs that hung, or left something behind.
    pub(crate) hung: usize,
    /// All signs that were told.
    pub(crate) signs: Vec<Sign>,
    /// What was told of the cured kernel, for each run that was not as it must be.
    pub(crate) faults: Vec<String>,
}

/// How many runs there are of each kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Runs {
    pub(crate) buggy: usize,
    pub(crate) fixed: usize,
    /// More runs of the cure, so slow that it seems to be stuck.
    pub(crate) slow: usize,
    /// Whether the bug is left alone once it was found.
    pub(crate) until_found: bool,
}

impl Runs {
    /// The bug until it was found, five times at most; the cure three times.
    pub(crate) const FEW: Self = Self { buggy: 5, fixed: 2, slow: 1, until_found: true };
}

impl Score {
    pub(crate) fn of(kernel: &'static Kernel, runs: Runs, manner: Manner) -> Self {
        let forced = manner.pace == Pace::Forced;
        let mut score = Self {
            kernel,
            forced,
            runs: 0,
            found: 0,
            explained: 0,
            hung: 0,
            signs: Vec::new(),
            faults: Vec::new(),
        };
        while score.counts() && score.runs < runs.buggy {
            score.count(&run(kernel, Variant::Buggy, manner));
            if runs.until_found && score.is_found() {
                break;
            }
        }
        for number in 0..runs.fixed + runs.slow {
            let pace = if number < runs.fixed { manner.pace } else { Pace::Slow };
            let run = run(kernel, Variant::Fixed, Manner { pace, ..manner });
            if !run.faults().is_empty() {
                score.faults.push(format!("{}\n{}", run.faults().join("; "), run.stderr));
            }
        }
        score
    }

    fn count(&mut self, run: &Run) {
        self.runs += 1;
        self.hung += usize::from(run.hung());
        let signs = run.signs(self.kernel.signs);
        self.found += usize::from(!signs.is_empty());
        let is_bare = signs.iter().all(|sign| matches!(sign, Sign::Leak | Sign::Panic));
        self.explained += usize::from(!is_bare);
        self.signs.extend(signs);
        self.signs.sort();
        self.signs.dedup();
    }

    pub(crate) fn counts(&self) -> bool {
        self.kernel.form != Form::Prevented
    }

    pub(crate) fn is_missed(&self) -> bool {
        self.runs > 0 && self.found == 0 && (self.forced || self.hung > 0)
    }

    /// Whether the bug did not show, as far as can be seen from outside.
    pub(crate) fn is_hidden(&self) -> bool {
        self.runs > 0 && self.found == 0 && !self.is_missed()
    }

    pub(crate) fn is_found(&self) -> bool {
        self.found > 0
    }

    pub(crate) fn is_explained(&self) -> bool {
        self.explained > 0
    }

    /// One line.
    pub(crate) fn line(&self) -> String {
        let signs: Vec<&str> = self.signs.iter().map(|sign| sign.letters()).collect();
        let Self { found, explained, runs, hung, .. } = *self;
        let told = match (runs, found) {
            (0, _) => "-".to_owned(),
            (_, 0) if self.is_hidden() => format!("did not show in {runs} runs"),
            (_, 0) => format!("MISSED in {runs} runs, of which {hung} hung"),
            (1, _) => format!("found: {}", signs.join(" ")),
            _ => format!(
                "found {found}, explained {explained} of {runs}, {hung} hung: {}",
                signs.join(" ")
            ),
        };
        let cure = if self.faults.is_empty() { "quiet" } else { "FALSE" };
        format!("{:18} {:10} {:50} cured: {cure}", self.kernel.id, self.kernel.form.word(), told)
    }
}
