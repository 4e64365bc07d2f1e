//! The thread that looks for tasks that wait for ever while others run.
//!
//! It sleeps until the monitor says that something has run, at most once a second, or that all has
//! gone quiet; so a process at rest has no thread that wakes up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use wakeful_diagnostics::names::TaskId;
use wakeful_diagnostics::registry::{self, TaskRecord, word};
use wakeful_diagnostics::verdict::Watch;
use wakeful_diagnostics::{Action, Finding, FindingKind, Subject, census, policy};

use crate::scheduler::{Shared, Verdict};
use crate::{task, verdict};

/// How often the monitor's word that something has run is passed on.
const EVERY: Duration = Duration::from_secs(1);

static START: Once = Once::new();
static THREAD: OnceLock<Thread> = OnceLock::new();
static CALLED: AtomicBool = AtomicBool::new(false);

/// The monitor's memory of when it last called.
#[derive(Debug, Default)]
pub(crate) struct Calls(Option<Instant>);

impl Calls {
    /// Something has run.
    pub(crate) fn busy(&mut self) {
        if self.0.is_none_or(|last| last.elapsed() >= EVERY) {
            self.quiet();
        }
    }

    /// All has gone quiet, or it is time.
    pub(crate) fn quiet(&mut self) {
        self.0 = Some(Instant::now());
        if policy::stuck().is_none() {
            return;
        }
        START.call_once(|| {
            let spawned = thread::Builder::new().name("wakeful-watch".into()).spawn(run);
            if let Ok(thread) = spawned {
                let _ = THREAD.set(thread.thread().clone());
            }
        });
        CALLED.store(true, Ordering::SeqCst);
        if let Some(thread) = THREAD.get() {
            thread.unpark();
        }
    }
}

fn run() {
    let _own = census::own_thread_from_its_start();
    let mut watch = Watch::default();
    let mut again = None::<Duration>;
    loop {
        match again {
            Some(pause) => census::rest(|| thread::park_timeout(pause)),
            None => {
                while !CALLED.load(Ordering::SeqCst) {
                    census::rest(thread::park);
                }
            }
        }
        CALLED.store(false, Ordering::SeqCst);
        let Some(stuck) = policy::stuck() else {
            again = None;
            continue;
        };
        let looked = watch.look(stuck);
        again = looked.again;
        for finding in &looked.findings {
            // Hooks of the user's are called, and a panic in one must not end the watch.
            let _ = catch_unwind(AssertUnwindSafe(|| tell(finding)));
        }
    }
}

fn tell(finding: &Finding) {
    if verdict::is_told() {
        return;
    }
    let tasks = finding.subjects.iter().filter_map(|subject| match *subject {
        Subject::Task(id) => Some(id),
        _ => None,
    });
    let tasks: Vec<TaskId> = tasks.collect();
    let is_one = |record: &&TaskRecord| record.is_unfinished() && tasks.contains(&record.id());
    let records = || registry::records().filter(is_one);
    // Who reads again behind a writer is dead as well, whatever is said of the habit.
    let kind = match finding.kind {
        FindingKind::LostWakeup => FindingKind::LostWakeup,
        _ => FindingKind::Deadlock,
    };
    let wanted = records().map(|record| policy::of(record.runtime(), kind));
    // Tasks of several runtimes may be in one knot; the strictest counts.
    let action = wanted.max().unwrap_or(Action::Off);
    if policy::tell(finding, action) {
        // The youngest has done least; a root comes last, because the program ends with it.
        // One whose thread is in a `block_on` cannot be polled until that has ended.
        let can_be =
            |record: &&TaskRecord| record.word.load(Ordering::Acquire) & word::RUNNING == 0;
        let victims = records().filter(can_be);
        let victim = victims.max_by_key(|record| (record.is_for_workers(), record.id()));
        if let Some(victim) = victim {
            condemn(victim, format!("deadlock: {} [{}]", finding.headline, finding.id));
        }
    }
}

fn condemn(victim: &'static TaskRecord, message: String) {
    let root = Shared::of(victim.runtime())
        .and_then(|shared| shared.roots.all().into_iter().find(|root| root.is_of(victim)));
    match root {
        Some(root) => {
            root.condemn(Verdict { message: message.into() });
        }
        None => task::condemn(victim, message),
    }
}
