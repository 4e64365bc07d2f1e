//! A task with a name, labels, or leave to stay.

use wakeful_diagnostics::names::Site;
use wakeful_diagnostics::registry::Meta;

use super::JoinHandle;
use super::spawn::spawn_with;
use crate::runtime::Wish;

/// Spawns a task that reports can call by name.
///
/// # Examples
///
/// ```
/// # wakeful_runtime::block_on(async {
/// use wakeful_runtime::task::Builder;
///
/// let fetcher = Builder::new().name("fetcher").label("tenant", "a").spawn(async { 7 });
/// assert_eq!(fetcher.await.expect("it does not panic"), 7);
/// # });
/// ```
///
/// # In reports
///
/// `task 17 "fetcher" [channel receive] {tenant: a}:`
#[derive(Debug, Clone, Default)]
pub struct Builder {
    meta: Meta,
    daemon: bool,
}

impl Builder {
    /// A task without a name, with the labels of the task that spawns it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What to call the task. Names need not be unique; children do not inherit them.
    #[must_use]
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.meta.name = Some(name.as_ref().into());
        self
    }

    /// A label, which the tasks it spawns inherit. The last value given for a key counts.
    #[must_use]
    pub fn label(mut self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.meta = self.meta.with_label(key.as_ref(), value.as_ref());
        self
    }

    /// The task is meant to stay until its runtime ends: it is never reported as a leak.
    #[must_use]
    pub const fn daemon(mut self) -> Self {
        self.daemon = true;
        self
    }

    /// Spawns it; see [`spawn`](crate::spawn).
    ///
    /// # Panics
    ///
    /// If there is no runtime on this thread.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (meta, daemon) = (Some(self.meta), self.daemon);
        let wish = Wish { meta, daemon, ..Wish::at(Site::caller()) };
        spawn_with(future, wish)
    }
}
