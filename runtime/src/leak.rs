//! What a runtime or a test says of the tasks it leaves, before it ends them.

use std::thread;
use std::time::{Duration, Instant};

use wakeful_diagnostics::leak::{House, Snapshot, install as make_known, told};
use wakeful_diagnostics::{Action, FindingKind, census, policy, record};

use crate::here::{self, Busy};
use crate::runtime::Handle;
use crate::scheduler::{Core, Flavor};
use crate::task::yield_now;

/// Makes the runtimes known to who looks for leaks.
pub(crate) fn install() {
    make_known(House { runtime: || here::with(|handle| handle.shared().id), pause });
}

/// Tells what a runtime leaves that is about to end, if anybody wants to know.
pub(crate) fn tell(handle: &Handle) {
    let shared = handle.shared();
    let action = shared.config().action(FindingKind::Leak);
    let is_busy = here::busy() != Busy::No;
    let is_over = thread::panicking() || shared.is_closing() || shared.roots.have_failed();
    if action == Action::Off || is_busy || is_over {
        return;
    }
    let _enter = handle.enter();
    for finding in Snapshot::new().within(shared.id).find() {
        // Who drops a runtime is no test that could fail.
        policy::tell(&finding, Action::Report);
    }
}

/// What a test has left, if that is to make it fail.
pub(crate) fn left_by_test(handle: &Handle) -> Option<String> {
    let shared = handle.shared();
    let action = shared.config().action(FindingKind::Leak);
    if action < Action::Panic {
        // The drop of the runtime reports it.
        return None;
    }
    let _enter = handle.enter();
    let left = Snapshot::new().within(shared.id).find();
    for finding in &left {
        record(finding);
    }
    (!left.is_empty()).then(|| told("wakeful::test", &left))
}

/// Waits on this thread, and lets the tasks of its runtime run meanwhile.
fn pause(length: Duration) {
    let Ok(handle) = Handle::try_current() else { return thread::sleep(length) };
    let shared = handle.shared();
    match (here::busy(), shared.flavor) {
        (Busy::No, Flavor::CurrentThread) => handle.block_on(turns(length)),
        (Busy::No, Flavor::MultiThread) => thread::sleep(length),
        (_, Flavor::MultiThread) if Core::is_of(shared) => {
            crate::task::block_in_place(|| thread::sleep(length));
        }
        (_, Flavor::MultiThread) => thread::sleep(length),
        (_, Flavor::CurrentThread) => elsewhere(&handle, length),
    }
}

/// This thread is in a poll, and may be the one that runs the tasks: another one does, meanwhile.
fn elsewhere(handle: &Handle, length: Duration) {
    let shared = handle.shared();
    if let Some(core) = Core::is_of(shared).then(Core::take_away).flatten() {
        shared.return_core(core);
    }
    thread::scope(|scope| {
        let run = || {
            let _own = census::own_thread();
            handle.block_on(turns(length));
        };
        if thread::Builder::new().name("wakeful-leaks".into()).spawn_scoped(scope, run).is_err() {
            thread::sleep(length);
        }
    });
}

/// Lets others run for so long. It never sleeps, so that a clock which jumps while all tasks sleep
/// stands still.
async fn turns(length: Duration) {
    let end = Instant::now() + length;
    while Instant::now() < end {
        yield_now().await;
        thread::yield_now();
    }
}
