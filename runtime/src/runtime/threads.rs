//! How a runtime makes its threads.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use wakeful_diagnostics::panic_text;

use crate::scheduler::Shared;

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
    /// Starts a thread that runs `body` between the hooks. If the first one panics, every `block_on` of
    /// the runtime does; the thread works all the same, so that the runtime can end.
    pub(crate) fn spawn(
        &self,
        shared: &'static Shared,
        name: String,
        body: impl FnOnce() + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        let life = shared.life();
        let (on_start, on_stop) = (self.on_start.clone(), self.on_stop.clone());
        let mut thread = thread::Builder::new().name(name);
        if let Some(bytes) = self.stack_size {
            thread = thread.stack_size(bytes.get());
        }
        thread.spawn(move || {
            if let Some(hook) = on_start {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| hook())) {
                    let why = format!(
                        "the hook of `Builder::on_thread_start` has panicked on the thread {:?}: {}",
                        thread::current().name().unwrap_or_default(),
                        panic_text(&*panic).unwrap_or("no text")
                    );
                    shared.fail(life, &why);
                }
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
