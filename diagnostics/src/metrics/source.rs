//! Who counts, and how to ask them all.

use std::sync::{PoisonError, RwLock};

use super::{RuntimeMetrics, census};
use crate::names::RuntimeId;

/// A runtime that can be asked.
pub trait Source: Sync {
    /// What it has counted so far, without what the registry knows; `None` if it is closed.
    ///
    /// It is called from any thread, while every worker may be stuck: it waits for no lock that a
    /// poll can hold.
    fn read(&self) -> Option<RuntimeMetrics>;

    /// Notes that at least so many of its tasks have ended, and returns the most that was noted: a
    /// counter never falls, however the tasks are counted.
    fn note_finished(&self, finished: u64) -> u64;
}

static SOURCES: RwLock<Vec<&'static dyn Source>> = RwLock::new(Vec::new());

/// From now on it is asked as well.
pub fn register(source: &'static dyn Source) {
    SOURCES.write().unwrap_or_else(PoisonError::into_inner).push(source);
}

/// What each open runtime of the process has counted so far.
#[must_use]
pub fn metrics() -> Vec<RuntimeMetrics> {
    let sources = SOURCES.read().unwrap_or_else(PoisonError::into_inner).clone();
    // Asked first: what is spawned while the tasks are counted is not taken for ended.
    let read = sources.iter().filter_map(|&source| Some((source, source.read()?)));
    let read: Vec<_> = read.collect();
    let census = census();
    let complete = |(source, mut metrics): (&dyn Source, RuntimeMetrics)| {
        metrics.tasks = census.tasks.get(&metrics.runtime).copied().unwrap_or_default();
        let ended = metrics.spawned.saturating_sub(metrics.tasks.alive() as u64);
        metrics.finished = source.note_finished(ended);
        metrics
    };
    read.into_iter().map(complete).collect()
}

/// What the runtimes say themselves, without a look at the registry.
pub(crate) fn read_all() -> Vec<RuntimeMetrics> {
    let sources = SOURCES.read().unwrap_or_else(PoisonError::into_inner).clone();
    sources.iter().filter_map(|source| source.read()).collect()
}

/// What one runtime has counted so far, if it is open.
#[must_use]
pub fn metrics_of(runtime: RuntimeId) -> Option<RuntimeMetrics> {
    metrics().into_iter().find(|metrics| metrics.runtime == runtime)
}
