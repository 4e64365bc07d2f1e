//! Spawns what hyper wants to run.

/// Spawns hyper's futures (HTTP/2 has one for each stream) as tasks of the current runtime.
///
/// # Panics
///
/// Executing a future panics outside a runtime.
#[derive(Debug, Clone, Copy, Default)]
pub struct Executor;

impl Executor {
    /// An executor for the runtime one is in when something is to be run.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<F> hyper::rt::Executor<F> for Executor
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        // Dropping the handle detaches the task.
        drop(crate::spawn(future));
    }
}
