//! What a user says about a task: its name and its labels.

use std::sync::Arc;

/// A task's name and labels. Children inherit the labels, not the name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// What the user calls the task.
    pub name: Option<Arc<str>>,
    /// Key and value, sorted by key, one of each key.
    pub labels: Arc<[(Arc<str>, Arc<str>)]>,
}

impl Meta {
    /// No name and no labels: nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.labels.is_empty()
    }

    /// The same with `key` set to `value`; the last value given for a key wins.
    #[must_use]
    pub fn with_label(mut self, key: &str, value: &str) -> Self {
        let mut labels: Vec<_> = self.labels.iter().filter(|(k, _)| **k != *key).cloned().collect();
        let place = labels.partition_point(|(k, _)| **k < *key);
        labels.insert(place, (key.into(), value.into()));
        self.labels = labels.into();
        self
    }
}
