//! What did not end when its runtime did.

use std::fmt;

use wakeful_diagnostics::names::{Op, Site, TaskId};
use wakeful_diagnostics::registry::{self, TaskView};

/// What a shutdown left behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShutdownReport {
    /// The tasks and blocking jobs that did not end in time.
    pub stragglers: Vec<Straggler>,
}

/// A task that did not end in time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Straggler {
    /// Its id.
    pub id: TaskId,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Where it was spawned.
    pub spawned_at: Option<Site>,
    /// What it waits for, and from where; empty if it is running.
    pub waits: Vec<(Op, Site)>,
}

impl ShutdownReport {
    pub(super) fn new(left: &[TaskId]) -> Self {
        let stragglers = registry::tasks()
            .filter(|task| left.contains(&task.id))
            .map(|task| Straggler::new(&task))
            .collect();
        Self { stragglers }
    }

    /// Whether every task ended.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.stragglers.is_empty()
    }
}

impl Straggler {
    fn new(task: &TaskView) -> Self {
        let waits = task.edges.iter().filter(|edge| !edge.op.is_hold());
        Self {
            id: task.id,
            name: task.meta.as_ref().and_then(|meta| meta.name.as_deref()).map(str::to_owned),
            spawned_at: task.spawned_at,
            waits: waits.map(|edge| (edge.op, edge.site)).collect(),
        }
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return f.write_str("every task ended");
        }
        write!(f, "{} did not end:", self.stragglers.len())?;
        for straggler in &self.stragglers {
            write!(f, "\n  {straggler}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Straggler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        if let Some(name) = &self.name {
            write!(f, " \"{name}\"")?;
        }
        match self.waits.first() {
            Some((op, site)) => write!(f, " [{op}] at {site}")?,
            None => f.write_str(" [running]")?,
        }
        if let Some(site) = self.spawned_at {
            write!(f, ", spawned at {site}")?;
        }
        Ok(())
    }
}
