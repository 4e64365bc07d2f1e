//! How a runtime makes its threads.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

pub(super) type Hook = Arc<dyn Fn() + Send + Sync>;

/// What the threads of one runtime have in common.
#[derive(Clone)]
pub(crate) struct Threads {
    pub(crate) name: String,
    pub(crate) max_blocking: usize,
    /// Every byte of it is written, also if there is none: what nobody writes may say anybody's address.
    pub(super) stack_size: Option<NonZeroUsize>,
    pub(super) on_start: Option<Hook>,
    pub(super) on_stop: Option<Hook>,
}

impl Threads {
    /// Starts a thread that runs `body` between the hooks.
    pub(crate) fn spawn(
        &self,
        name: String,
        body: impl FnOnce() + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        let (on_start, on_stop) = (self.on_start.clone(), self.on_stop.clone());
        let mut thread = thread::Builder::new().name(name);
        if let Some(bytes) = self.stack_size {
            thread = thread.stack_size(bytes.get());
        }
        thread.spawn(move || {
            if let Some(hook) = on_start {
                hook();
            }
            body();
            if let Some(hook) = on_stop {
                hook();
            }
        })
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads")
            .field("name", &self.name)
            .field("max_blocking", &self.max_blocking)
            .field("stack_size", &self.stack_size)
            .finish_non_exhaustive()
    }
}
