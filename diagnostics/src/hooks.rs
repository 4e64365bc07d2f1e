//! Whom a finding is told to: hooks of the program's own.
//!
//! A hook is called last, when the finding stands on standard error, in the file and in the store: one
//! that waits or panics keeps nobody from reading it. No lock is held meanwhile, so a hook may ask for
//! the findings, and add a hook.

use std::any::Any;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::finding::Finding;

struct Hook {
    call: Box<dyn Fn(&Finding) + Send + Sync>,
    /// Where it was handed over.
    at: &'static Location<'static>,
    /// Whether it was told that it panics.
    has_panicked: AtomicBool,
}

static HOOKS: Mutex<Vec<Arc<Hook>>> = Mutex::new(Vec::new());

/// Calls `hook` with each finding from now on, once for each id, and again if it is proved later.
///
/// It is called after the finding was written to standard error and to the file, on the thread that has
/// found it: most often one of the house's own (`wakeful-monitor`, `wakeful-watch`), where there is no
/// runtime, and for some kinds a worker, in the midst of a poll. Until it returns, that thread finds
/// nothing else, and a task that is to panic does not: so it may log, count, `try_send` or abort, and must
/// not block. To wait for something it spawns a task through a [`Handle`] that it has brought along, as
/// `spawn` finds no runtime there.
///
/// A panic in it is caught, and told once with the line of this call.
///
/// [`Handle`]: https://docs.rs/wakeful-runtime/latest/wakeful_runtime/runtime/struct.Handle.html
#[track_caller]
pub fn on_finding(hook: impl Fn(&Finding) + Send + Sync + 'static) {
    let (call, at) = (Box::new(hook), Location::caller());
    let hook = Hook { call, at, has_panicked: AtomicBool::new(false) };
    HOOKS.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(hook));
}

/// Calls each hook.
pub(crate) fn call(finding: &Finding) {
    let hooks = HOOKS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for hook in hooks {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (hook.call)(finding))) {
            if !hook.has_panicked.swap(true, Ordering::Relaxed) {
                tell(hook.at, &*panic);
            }
        }
    }
}

/// What a panic says, if that is text.
#[must_use]
pub fn panic_text(panic: &(dyn Any + Send)) -> Option<&str> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
}

fn tell(at: &Location<'_>, panic: &(dyn Any + Send)) {
    let text = panic_text(panic).unwrap_or("no text");
    let text = format!(
        "wakeful: the hook that {}:{} gave to `on_finding` has panicked: {text}\n\
         fix: it is called on a thread that has no runtime: bring a `Handle` along to spawn, and do \
         not unwrap; further panics of this hook are not told\n",
        at.file(),
        at.line()
    );
    // A closed standard error is no reason to stop.
    let _ = io::stderr().write_all(text.as_bytes());
}
