//! What may be left over: tasks that were there before, and those of a name or a place.

use std::collections::HashSet;

use super::{look, wording};
use crate::finding::Finding;
use crate::names::{RuntimeId, TaskId};
use crate::snapshot::{Place, Task};
use crate::store::record;

/// What may be left over (goleak's options).
///
/// # Examples
///
/// ```
/// use wakeful_diagnostics::leak;
///
/// let before = leak::Snapshot::take();
/// // .. what is tested ..
/// before.ignore_name("metrics").ignore_spawned_at("src/pool.rs").assert_no_leaks();
/// ```
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    before: HashSet<TaskId>,
    names: Vec<String>,
    spawned_at: Vec<String>,
    waiting_at: Vec<String>,
    runtime: Option<RuntimeId>,
}

impl Snapshot {
    /// Nothing may be left over.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tasks that are there now may stay.
    #[must_use]
    pub fn take() -> Self {
        Self { before: look::all().map(|record| record.id()).collect(), ..Self::default() }
    }

    /// Tasks of this name may stay.
    #[must_use]
    pub fn ignore_name(mut self, name: impl Into<String>) -> Self {
        self.names.push(name.into());
        self
    }

    /// Tasks that were spawned in this file, or at this line of it, may stay: `pool.rs`,
    /// `src/pool.rs` or `src/pool.rs:31`.
    #[must_use]
    pub fn ignore_spawned_at(mut self, place: impl Into<String>) -> Self {
        self.spawned_at.push(place.into());
        self
    }

    /// Tasks that wait in this file, or at this line of it, may stay.
    #[must_use]
    pub fn ignore_waiting_at(mut self, place: impl Into<String>) -> Self {
        self.waiting_at.push(place.into());
        self
    }

    /// Looks at this runtime, whichever is the caller's.
    #[doc(hidden)]
    #[must_use]
    pub const fn within(mut self, runtime: RuntimeId) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Finds what is left over besides; see [`leak::find`](super::find).
    #[must_use]
    pub fn find(&self) -> Vec<Finding> {
        match look::until_settled(self) {
            Some(left) => wording::findings(&left.house, |task| left.tasks.contains(&task.id)),
            None => Vec::new(),
        }
    }

    /// Panics if anything is left over besides; see
    /// [`assert_no_leaks`](crate::assert_no_leaks).
    ///
    /// # Panics
    ///
    /// If something is.
    #[track_caller]
    pub fn assert_no_leaks(&self) {
        let found = self.find();
        if !found.is_empty() {
            for finding in &found {
                record(finding);
            }
            panic!("{}", wording::all("wakeful::diagnostics::assert_no_leaks", &found));
        }
    }

    pub(super) const fn wanted_runtime(&self) -> Option<RuntimeId> {
        self.runtime
    }

    pub(super) fn was_there(&self, id: TaskId) -> bool {
        self.before.contains(&id)
    }

    /// Whether it depends on more than a task's number whether it may stay.
    pub(super) fn asks_for_more(&self) -> bool {
        !(self.names.is_empty() && self.spawned_at.is_empty() && self.waiting_at.is_empty())
    }

    pub(super) fn may_stay(&self, task: &Task) -> bool {
        let is_in = |place: Place, wanted: &[String]| wanted.iter().any(|w| lies_in(place, w));
        task.name.as_deref().is_some_and(|name| self.names.iter().any(|n| n == name))
            || task.spawned_at.is_some_and(|at| is_in(at, &self.spawned_at))
            || task.waits.iter().any(|wait| is_in(wait.at, &self.waiting_at))
    }
}

/// Whether a place is in the file `wanted`, or at that line: its last parts, as far as they go.
fn lies_in(place: Place, wanted: &str) -> bool {
    let (file, line) = match wanted.rsplit_once(':') {
        Some((file, line)) if line.parse::<u32>().is_ok() => (file, line.parse::<u32>().ok()),
        _ => (wanted, None),
    };
    let mut parts = place.file.rsplit(['/', '\\']);
    !file.is_empty()
        && line.is_none_or(|line| line == place.line)
        && file.rsplit(['/', '\\']).all(|part| parts.next() == Some(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_by_the_last_parts_of_its_path() {
        let place = Place { file: "crates/svc/src/pool.rs", line: 31 };
        for wanted in ["pool.rs", "src/pool.rs", "pool.rs:31", "crates/svc/src/pool.rs:31"] {
            assert!(lies_in(place, wanted), "{wanted}");
        }
        for wanted in ["", "ool.rs", "pool.rs:3", "lib/pool.rs", "/crates/svc/src/pool.rs"] {
            assert!(!lies_in(place, wanted), "{wanted}");
        }
    }
}
