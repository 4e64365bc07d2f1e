//! Runs one variant of a kernel, in this process.

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use wakeful::diagnostics::{self, Action, Config, FindingKind, Snapshot, on_finding, verdict};
use wakeful::runtime::Builder;
use wakeful::time::sleep;

use crate::event::Event;
use crate::kernel::{Kernel, Sign, Variant};

/// The words of the panic that is a finding already.
const ALL_ASLEEP: &str = "all tasks are asleep";

pub(crate) fn run(kernel: &Kernel, variant: Variant, patience: Duration) -> ExitCode {
    on_finding(|finding| Event::of(finding).tell());
    let other = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let text = info.payload_as_str().unwrap_or_default();
        if !text.contains(ALL_ASLEEP) {
            Event::new(Sign::Panic, "panic", text).tell();
        }
        other(info);
    }));
    // Everything is looked for, and nothing but the one verdict on the whole process ends it.
    let config = Config::dev().deadlock(Action::Report).lock_order(Action::Report);
    let runtime = Builder::new_multi_thread().worker_threads(2).diagnostics(config).build();
    let runtime = runtime.expect("threads for the runtime");
    let body = (kernel.body)(variant == Variant::Fixed);
    let run = panic::catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            body.await;
            settle(patience).await;
        });
    }));
    if diagnostics::misuses() > 0 {
        Event::new(Sign::Misuse, "counted", format!("{} misuses", diagnostics::misuses())).tell();
    }
    Event::Over.tell();
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(101),
    }
}

/// Waits until all tasks are over; tells of those that are not after a while.
async fn settle(patience: Duration) {
    let start = Instant::now();
    let mut before = diagnostics::snapshot();
    while !left_over(&before).is_empty() {
        if start.elapsed() > patience {
            return leaks();
        }
        sleep(Duration::from_millis(25)).await;
        let now = diagnostics::snapshot();
        look(&before, &now);
        before = now;
    }
}

/// Tells of parts that wait for ever, until a detector of the house does so by itself.
fn look(before: &Snapshot, now: &Snapshot) {
    let known = diagnostics::findings();
    let known = |kind| known.iter().any(|finding| finding.kind == kind);
    if known(FindingKind::Deadlock) || known(FindingKind::SelfDeadlock) {
        return;
    }
    for finding in verdict::confirm(before, now) {
        Event::of(&finding).tell();
    }
}

/// Tells of tasks that should not be there any more.
pub(crate) fn leaks() {
    for task in left_over(&diagnostics::snapshot()) {
        Event::new(Sign::Leak, "snapshot", task).tell();
    }
}

fn left_over(snapshot: &Snapshot) -> Vec<String> {
    let tasks = snapshot.tasks.iter().filter(|task| !task.root && !task.daemon);
    let tasks = tasks.filter(|task| task.state.word() != "done");
    tasks
        .map(|task| {
            let waits = task.waits.iter().map(|wait| format!(" [{:?} at {}]", wait.op, wait.at));
            let spawned = task.spawned_at.map(|place| format!(" spawned at {place}"));
            format!("task {}{}{}", task.id, spawned.unwrap_or_default(), waits.collect::<String>())
        })
        .collect()
}
