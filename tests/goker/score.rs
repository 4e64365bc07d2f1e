//! What all runs of a kernel come to.

use crate::kernel::{Form, Kernel, Sign, Variant};
use crate::run::{Manner, Run, run};

#[derive(Debug)]
pub(crate) struct Score {
    pub(crate) kernel: &'static Kernel,
    pub(crate) runs: usize,
    /// Runs in which a sign of the bug was told.
    pub(crate) found: usize,
    /// Runs that hung, or left something behind.
    pub(crate) hung: usize,
    /// All signs that were told.
    pub(crate) signs: Vec<Sign>,
    /// What was told of the cured kernel, for each run that was not as it must be.
    pub(crate) faults: Vec<String>,
}

/// How many runs there are of each kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Runs {
    /// The bug until it was found, five times at most; the cure three times.
    Few,
    /// So many of each.
    Many(usize),
}

impl Score {
    pub(crate) fn of(kernel: &'static Kernel, runs: Runs, manner: Manner) -> Self {
        let mut score =
            Self { kernel, runs: 0, found: 0, hung: 0, signs: Vec::new(), faults: Vec::new() };
        let (buggy, fixed) = match runs {
            Runs::Few => (5, 3),
            Runs::Many(runs) => (runs, runs),
        };
        for _ in 0..buggy {
            if kernel.form == Form::Prevented || score.found > 0 && matches!(runs, Runs::Few) {
                break;
            }
            score.count(&run(kernel, Variant::Buggy, manner));
        }
        for _ in 0..fixed {
            let run = run(kernel, Variant::Fixed, manner);
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
        self.signs.extend(signs);
        self.signs.sort();
        self.signs.dedup();
    }

    pub(crate) fn counts(&self) -> bool {
        self.kernel.form != Form::Prevented
    }

    pub(crate) fn is_found(&self) -> bool {
        self.found > 0
    }

    /// Whether more was told than that something is left over at the end.
    pub(crate) fn is_explained(&self) -> bool {
        self.signs.iter().any(|sign| *sign != Sign::Leak)
    }

    /// One line.
    pub(crate) fn line(&self) -> String {
        let signs: Vec<&str> = self.signs.iter().map(|sign| sign.letters()).collect();
        let told = match (self.counts(), self.is_found()) {
            (false, _) => "-".to_owned(),
            (true, true) => format!("found {}/{}: {}", self.found, self.runs, signs.join(" ")),
            (true, false) => format!("MISSED in {} runs, {} of them hung", self.runs, self.hung),
        };
        let cure = if self.faults.is_empty() { "quiet" } else { "FALSE" };
        format!("{:18} {:10} {:34} cured: {cure}", self.kernel.id, self.kernel.form.word(), told)
    }
}
